"""Answers for the tag that were given before are given again, as long as they hold."""

import msgspec
import pytest
from starlette.types import Message, Receive, Scope, Send

from collector.model.policy import Policy
from collector.model.source import Settings, Source
from collector.tag_cache import MAX_ANSWERS, TagCache

SOURCE = Source(
    number=1,
    source_id="shop",
    workspace_id=1,
    name="Shop",
    enabled=True,
    settings=Settings(),
    policy=Policy(),
    policy_version=1,
    salt=b"",
    created_ms=0,
)


class Tags:
    """What is behind the cache: numbers its answers. `sources` are those at hand."""

    def __init__(self) -> None:
        self.asked = 0
        self.sources = {"shop": SOURCE}
        self.status = 200
        self.cache = TagCache(self, lambda id: self.sources.get(id))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        body = f"{scope['path']} {self.asked}".encode()
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"etag", b'"1"')]})
        await send({"type": "http.response.body", "body": body})

    async def ask(
        self,
        path: str = "/t/shop.js",
        *headers: tuple[bytes, bytes],
        method: str = "GET",
        query: bytes = b"",
    ) -> tuple[int, bytes]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            raise AssertionError("a tag is asked for without a body")

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [(b"host", b"collector.example"), *headers],
        }
        await self.cache(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]


BROTLI, GZIP = (b"accept-encoding", b"br"), (b"accept-encoding", b"gzip")


async def test_the_same_answer_is_given_again() -> None:
    tags = Tags()
    assert await tags.ask("/t/shop.js", BROTLI) == (200, b"/t/shop.js 1")
    assert await tags.ask("/t/shop.js", BROTLI, (b"user-agent", b"x")) == (200, b"/t/shop.js 1")


async def test_who_asks_otherwise_gets_an_answer_of_its_own() -> None:
    tags = Tags()
    asked: list[tuple[str, tuple[bytes, bytes]]] = [
        ("/t/shop.js", BROTLI),
        ("/t/shop.js", GZIP),
        ("/t/shop.js", (b"if-none-match", b'"1"')),
        ("/t/shop.0123456789abcdef.js", BROTLI),
    ]
    first = [await tags.ask(path, header) for path, header in asked]
    assert tags.asked == len(asked)
    assert [await tags.ask(path, header) for path, header in asked] == first
    assert tags.asked == len(asked)


async def test_a_source_that_changed_is_asked_anew() -> None:
    tags = Tags()
    await tags.ask()
    tags.sources["shop"] = msgspec.structs.replace(SOURCE, enabled=False)
    tags.status = 401
    assert await tags.ask() == (401, b"/t/shop.js 2")
    del tags.sources["shop"]
    assert (await tags.ask())[0] == 401


@pytest.mark.parametrize(
    ("path", "method", "query", "status"),
    [
        pytest.param("/t/shop.js", "HEAD", b"", 200, id="another method"),
        pytest.param("/t/shop.js", "GET", b"debug", 200, id="a query"),
        pytest.param("/t/shop.mjs", "GET", b"", 200, id="what tells the host it was asked at"),
        pytest.param("/t/shop.js", "GET", b"", 503, id="a refusal"),
        pytest.param("/t/nobody.js", "GET", b"", 200, id="a source that is not at hand"),
    ],
)
async def test_it_is_not_remembered(path: str, method: str, query: bytes, status: int) -> None:
    tags = Tags()
    tags.status = status
    for number in (1, 2):
        found = await tags.ask(path, method=method, query=query)
        assert found == (status, f"{path} {number}".encode())


async def test_what_is_remembered_is_bounded() -> None:
    tags = Tags()
    for number in range(2 * MAX_ANSWERS):
        await tags.ask("/t/shop.js", (b"if-none-match", f'"{number}"'.encode()))
    assert len(tags.cache._answers) <= MAX_ANSWERS
    await tags.ask("/t/shop.js", (b"if-none-match", b"x" * 10_000))
    assert all(len(str(asked)) < 1_000 for asked in tags.cache._answers)
