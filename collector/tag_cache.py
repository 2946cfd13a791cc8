"""The tag's answers, as they were given before: most requests for a tag are the same few.

An answer holds as long as its source is the very one that it was made of: the catalogue hands out another as
soon as anything of it was changed. What is remembered is bounded; whoever asks oddly gets no place in it.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.model.source import Source
from collector.prepared import Prepared

PREFIX = "/t/"

MAX_ANSWERS, MAX_ASKED_BYTES = 512, 256
"""Answers remembered, and how long what was asked may be: some 10 kB each."""

_DECIDING = frozenset({b"accept-encoding", b"if-none-match"})
"""The headers that an answer depends on."""

Asked = tuple[object, ...]


class TagCache:
    """In front of what serves `/t/...`, as an ASGI application."""

    def __init__(self, app: ASGIApp, known: Callable[[str], Source | None]) -> None:
        """`known`: the source of an id, as far as it is at hand."""
        self._app = app
        self._known = known
        self._answers: dict[Asked, tuple[str, Source, Prepared]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["method"] != "GET" or scope["query_string"] or not path.endswith(".js"):
            await self._app(scope, receive, send)
            return
        asked = (path, *[header for header in scope["headers"] if header[0] in _DECIDING])
        found = self._answers.get(asked)
        if found is None or self._known(found[0]) is not found[1]:
            await self._ask(asked, scope, receive, send)
            return
        await found[2].send(scope, send)

    async def _ask(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        source_id = scope["path"][len(PREFIX) :].partition(".")[0]
        source = self._known(source_id)
        messages: list[Message] = []

        async def remember(message: Message) -> None:
            messages.append({**message})
            await send(message)

        await self._app(scope, receive, remember)
        if source is None or messages[0]["status"] not in (200, 304) or len(str(asked)) > MAX_ASKED_BYTES:
            return
        if len(messages) != 2:
            return  # a body in pieces
        if len(self._answers) >= MAX_ANSWERS:
            self._answers.clear()
        self._answers[asked] = source_id, source, Prepared(messages)
