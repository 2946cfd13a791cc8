"""An operation of the API, which routes, validates, authorises and documents it; and a request of one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.api.context import ApiContext
from collector.api.reading import read_body
from collector.model.caller import Caller, Realm
from collector.model.source import Source
from collector.wire.synerise.faults import Fault

Handler = Callable[["ApiRequest"], Response | Awaitable[Response]]
OnRefusal = Callable[["ApiRequest", Exception], Awaitable[None]]

W, P, A, U, T = Realm.WORKSPACE, Realm.PROFILE, Realm.ANONYMOUS, Realm.USER, Realm.TRACKER


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the API.

    id           its operationId, camelCase, unique
    row          where the contract has it: "events 26", "profiles 17"; "ours" for one of our own
    paths        the first is documented; the others are spellings that older clients use
    who          realms that may call it; empty: nobody needs a token
    permission   one of auth/permissions.py; None where none is asked
    versioned    the header Api-Version is demanded
    body         the type of its body (anything that pydantic's TypeAdapter takes); None: it has none
    own_body     the handler reads the body itself: `body` only documents it
    query        a model of its query; an alias is the name in the address
    params       types of the parts of its path, by name; str where absent
    status       of success
    answer       the type of its answer; None: no body
    media        the Content-Type of its answer
    partly       the type of its answer 207, where it can take a part of what was sent
    failures     statuses that it documents besides
    handler      a plain function (run in a worker thread), or a coroutine function
    on_refusal   told of a request of a known caller that ends with an error of its own making
    """

    id: str
    row: str
    method: str
    paths: tuple[str, ...]
    summary: str
    group: str
    who: frozenset[Realm] = frozenset()
    permission: str | None = None
    versioned: bool = True
    body: Any = None
    own_body: bool = False
    query: type[BaseModel] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    status: int = 202
    answer: Any = None
    media: str = "application/json"
    partly: Any = None
    failures: tuple[int, ...] = ()
    deprecated: bool = False
    description: str = ""
    handler: Handler
    on_refusal: OnRefusal | None = None

    @property
    def takes_events(self) -> bool:
        """Whether what it is sent are events."""
        return self.on_refusal is not None


class ApiError(Exception):
    """Ends a request with this status, and a message that says what to mend.

    `code` is the `errorCode` of sign-in and accounts; `headers` are added to the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        faults: tuple[Fault, ...] = (),
        *,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.faults = faults
        self.code = code
        self.headers = headers or {}


@dataclass(kw_only=True)
class ApiRequest:
    """A request of a known caller, or of nobody where nobody is asked for.

    `body` and `query` are checked; `raw` is the body as it came, once `read` was called.
    """

    request: Request
    context: ApiContext
    operation: Operation
    caller: Caller | None
    body: Any = None
    query: Any = None
    raw: bytes = b""
    params: dict[str, Any] = field(default_factory=dict)
    _was_read: bool = field(default=False, init=False)

    async def read(self) -> None:
        """Read the body, the first time only. Raises BadBody where it is too large or cannot be unpacked."""
        if not self._was_read:
            self._was_read = True
            self.raw = await read_body(self.request)

    @property
    def by(self) -> Caller:
        """Who calls, where the operation asks for somebody."""
        if self.caller is None:
            raise TypeError(f"{self.operation.id} is called by nobody")
        return self.caller

    async def source(self) -> Source:
        """The source that what is written goes through. Raises ApiError."""
        if self.by.source_id is None:
            return await run_in_threadpool(self.source_now)
        return _fit(await self.context.catalog.find(self.by.source_id))

    def source_now(self) -> Source:
        """The same from a worker thread."""
        source_id = self.by.source_id or self.oldest_source()
        if source_id is None:
            raise ApiError(403, "This workspace has no source that could keep what you send. Add one first.")
        return _fit(self.context.catalog.known(source_id) or self.context.store.source(source_id))

    def oldest_source(self) -> str | None:
        """The id of the oldest source that is enabled, from a worker thread.

        Asked of the store, where the sources at hand were none: one may just have been added.
        """
        enabled = (source.source_id for source in self.context.store.sources() if source.enabled)
        return next(enabled, None)


def _fit(source: Source | None) -> Source:
    if source is None:
        raise ApiError(403, "The source of this key is gone.")
    if source.problem:
        raise ApiError(503, "The rules of this source cannot be read, so nothing is taken. Try again later.")
    if not source.enabled:
        raise ApiError(403, "This source is switched off.")
    return source
