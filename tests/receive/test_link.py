"""A visitor is handed between the owner's domains by a token that holds once, briefly, for one browser."""

import asyncio
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from collector.limits import Limits
from collector.model.policy import Policy
from collector.model.source import Modules, Settings, Source, TagSettings
from collector.receive import LinkEndpoint, link
from collector.receive.link import LIFE_S, MAX_CONFIRMING
from collector.store import Store, connect
from collector.store.catalog import Catalog
from tests.receive.running import FIREFOX, VISITOR, Running, detail_of

UUID = "01912f6e-7a6b-7cc0-8123-456789abcdef"
ASK = f"{UUID} www.shop.example"
HANDING = TagSettings(modules=Modules(cross_domain=True), domains=("blog.example", "shop.example"))
SHOP = "https://www.shop.example"


class Links:
    """The endpoint on a store of its own, by a clock that the test sets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now_ms = 1_767_268_800_000
        self._catalog = Catalog(store)
        limits = Limits(store, address_limit=0, workers=1)
        self._endpoint = LinkEndpoint(self._catalog, store, b"secret", (), limits, lambda: self.now_ms)

    def add_source(self, settings: Settings | None = None, policy: Policy | None = None) -> Source:
        return self.store.add_source("Shop", settings or Settings(tag=HANDING), policy or Policy())

    def move(self, source: Source, workspace_id: int) -> None:
        """Let a source belong to another workspace, of which a store has but one today."""
        moved = msgspec.structs.replace(source, workspace_id=workspace_id)
        self._catalog._sources[source.source_id] = moved

    def post(self, source: Source, body: str, **options: str) -> httpx.Response:
        return self.post_all(source, [body], **options)[0]

    def post_all(
        self, source: Source, bodies: list[str], *, origin: str = SHOP, peer: str = VISITOR, **headers: str
    ) -> list[httpx.Response]:
        """Send all of them at once."""
        sent = {"user-agent": FIREFOX, "content-type": "text/plain", "origin": origin} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        path = f"/b/{source.source_id}?link"

        async def send() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self._endpoint, client=(peer, 40_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://collector.example") as client:
                contents = [body.encode("latin-1", "replace") for body in bodies]
                return await asyncio.gather(
                    *(client.post(path, content=content, headers=sent) for content in contents)
                )

        return asyncio.run(send())

    def token(self, source: Source, **options: Any) -> str:
        response = self.post(source, ASK, **{"origin": "https://blog.example"} | options)
        assert response.status_code == 200, response.text
        return response.text


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Links]:
    """The endpoint, for all tests here."""
    store = connect(f"sqlite:///{tmp_path_factory.mktemp('data') / 'tagwell.db'}")
    store.migrate()
    yield Links(store)
    store.close()


@pytest.fixture(scope="module")
def source(links: Links) -> Source:
    """A source that hands visitors over."""
    return links.add_source()


def test_the_other_domain_gets_the_uuid_and_the_token_is_spent(links: Links, source: Source) -> None:
    token = links.token(source)
    first = links.post(source, token)
    assert (first.status_code, first.text) == (200, UUID)
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "no-store"
    again = links.post(source, token)
    assert (again.status_code, UUID in again.text) == (403, False)


def test_the_domains_may_be_of_two_sources_and_the_link_may_lead_on_to_another_host_of_its_domain(
    links: Links, source: Source
) -> None:
    other = links.add_source()
    assert links.post(other, links.token(source), origin="https://shop.example").text == UUID


def test_each_token_is_another_and_fits_into_an_address(links: Links, source: Source) -> None:
    tokens = {links.token(source) for _ in range(3)}
    assert len(tokens) == 3
    assert all(re.fullmatch(r"[\w.-]{1,200}", token, re.ASCII) for token in tokens)


@pytest.mark.parametrize("waited", [pytest.param(0, id="at once"), pytest.param(LIFE_S, id="two minutes")])
def test_a_token_holds_for_two_minutes(links: Links, source: Source, waited: int) -> None:
    token = links.token(source)
    links.now_ms += waited * 1000
    assert links.post(source, token).text == UUID


def test_a_token_expires(links: Links, source: Source) -> None:
    token = links.token(source)
    links.now_ms += (LIFE_S + 1) * 1000
    assert links.post(source, token).status_code == 403


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"origin": "https://blog.example"}, id="another of the owner's domains"),
        pytest.param({"origin": "https://evil.example"}, id="a foreign domain"),
        pytest.param({"origin": "https://evilshop.example"}, id="a domain with the same end"),
        pytest.param({"origin": "null"}, id="a sandboxed page"),
        pytest.param({"origin": "https://["}, id="no origin at all"),
        pytest.param({"peer": "203.0.113.78"}, id="another address"),
        pytest.param({"user_agent": "Another/1.0"}, id="another browser"),
    ],
)
def test_a_token_is_worth_nothing_elsewhere_and_stays_good_where_it_belongs(
    links: Links, source: Source, options: dict[str, str]
) -> None:
    token = links.token(source)
    assert links.post(source, token, **options).status_code == 403
    assert links.post(source, token).text == UUID


def test_a_token_of_another_workspace_is_worth_nothing(links: Links, source: Source) -> None:
    foreign = links.add_source()
    links.move(foreign, workspace_id=2)
    assert links.post(source, links.token(foreign)).status_code == 403


def test_a_changed_token_is_worth_nothing(links: Links, source: Source) -> None:
    token = links.token(source)
    for place in range(0, len(token) - 1, 7):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert links.post(source, forged).status_code == 403
    assert links.post(source, token).text == UUID


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{UUID} evil.example", id="a host that is not listed"),
        pytest.param(f"{UUID} evilshop.example", id="a host with a listed end"),
        pytest.param(f"{UUID} ", id="no host"),
        pytest.param("me shop.example", id="no uuid"),
        pytest.param(f"{UUID}\n shop.example", id="a uuid and more"),
        pytest.param("x", id="no token"),
        pytest.param("\u20ac.\u20ac.\u20ac", id="no token of ours"),
        pytest.param("", id="nothing"),
        pytest.param("\x00\xff", id="no text"),
        pytest.param("x" * 3000, id="too much"),
    ],
)
def test_nothing_is_made_or_confirmed_of(links: Links, source: Source, body: str) -> None:
    response = links.post(source, body)
    assert (response.status_code, detail_of(response)) == (403, "no link is made, or this one does not hold")


def _with(**changes: Any) -> Settings:
    return msgspec.structs.replace(Settings(tag=HANDING), **changes)


@pytest.mark.parametrize(
    ("settings", "policy", "headers"),
    [
        pytest.param(_with(tag=TagSettings(domains=HANDING.domains)), Policy(), {}, id="the module is off"),
        pytest.param(_with(origins=("https://a.example",)), Policy(), {}, id="the origin is not listed"),
        pytest.param(_with(), Policy(), {"sec_gpc": "1"}, id="Global Privacy Control"),
        pytest.param(_with(), Policy(do_not_track=True), {"dnt": "1"}, id="Do Not Track"),
    ],
)
def test_neither_owner_nor_visitor_is_passed_over(
    links: Links, source: Source, settings: Settings, policy: Policy, headers: dict[str, str]
) -> None:
    other = links.add_source(settings, policy)
    assert links.post(other, ASK, **headers).status_code == 403
    token = links.token(source)
    assert links.post(other, token, **headers).status_code == 403
    assert links.post(source, token).text == UUID


def test_a_source_that_is_unknown_or_off_hands_nobody_over(links: Links) -> None:
    off = links.add_source()
    links.store.save_source(off.source_id, enabled=False)
    unknown = msgspec.structs.replace(off, source_id="unknown")
    assert [links.post(source, ASK).status_code for source in (off, unknown)] == [403, 403]


class _Counting:
    """A store of which a test sees how many links are spent at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._now = self.most = 0
        self.go_on = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def spend_link(self, nonce: str, now_ms: int, until_ms: int) -> bool:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.go_on.wait(10)
        with self._lock:
            self._now -= 1
        return self._store.spend_link(nonce, now_ms, until_ms)


def test_a_few_more_wait_for_their_turn(links: Links) -> None:
    busy = Links(links.store)
    source = busy.add_source()
    tokens = [busy.token(source) for _ in range(3 * MAX_CONFIRMING)]
    assert {response.text for response in busy.post_all(source, tokens)} == {UUID}


def test_no_more_than_two_confirm_at_a_time_and_the_next_are_put_off(
    links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MAX_WAIT_S", 0.05)
    counting = _Counting(links.store)
    busy = Links(counting)
    source = busy.add_source()
    tokens = [busy.token(source) for _ in range(2 * MAX_CONFIRMING)]
    timer = threading.Timer(1, counting.go_on.set)
    timer.start()
    answers = busy.post_all(source, tokens)
    timer.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
    assert counting.most == MAX_CONFIRMING
    put_off = [answer.status_code == 503 for answer in answers]
    assert {answer.headers.get("retry-after") for answer in answers} == {None, "2"}
    # Their tokens are not spent.
    again = [busy.post(source, token).status_code == 200 for token in tokens]
    assert again == put_off


def test_it_stands_beside_the_beacon(collector: Running) -> None:
    source = collector.store.add_source("Shop", Settings(tag=HANDING))
    path, headers = f"/b/{source.source_id}?link", {"user-agent": FIREFOX, "origin": SHOP}
    token = collector.request("POST", path, content=ASK, headers=headers)
    assert token.status_code == 200
    answers = [collector.request("POST", path, content=token.text, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert collector.request("GET", path).status_code == 405
    assert collector.events(source.source_id) == []
