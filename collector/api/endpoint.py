"""Stands before every endpoint of the API: the api key, its permission, the version, and the shape of errors.

An endpoint is a plain function of an ApiRequest, run in a worker thread, so that it may ask the
store without blocking the beacons.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from collector.auth.keys import hash_key
from collector.model.workspace import ApiKey
from collector.store import Store, StoreUnavailable
from collector.store.catalog import Catalog

VERSION = "4.4"
"""The only value of the header Api-Version."""

RETRY_AFTER_S = 2
"""When a sender may come again after 503, in seconds."""


class ApiError(Exception):
    """Ends a request with this status, and a message that says what to mend."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """What the endpoints stand on. `secret_key` signs receipts."""

    store: Store
    catalog: Catalog
    secret_key: bytes


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """A request with a key that may make it."""

    request: Request
    context: ApiContext
    key: ApiKey

    @property
    def actor(self) -> str:
        """Who asks, for the audit."""
        return f"key:{self.key.name}"

    def path(self, name: str) -> str:
        """Return a part of the path, decoded."""
        return str(self.request.path_params[name])


Handler = Callable[[ApiRequest], Response]


class Endpoint:
    """An ASGI application for one endpoint. Raises nothing: every error has its status and JSON body."""

    def __init__(self, context: ApiContext, permission: str, handler: Handler) -> None:
        self._context = context
        self._permission = permission
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            key = await self._key(request)
            asked = ApiRequest(request=request, context=self._context, key=key)
            response = await run_in_threadpool(self._handler, asked)
        except ApiError as error:
            response = _failure(request, error.status, error.message)
        except StoreUnavailable:
            response = _failure(request, 503, "The store is busy. Nothing was changed; try again.")
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        await response(scope, receive, send)

    async def _key(self, request: Request) -> ApiKey:
        """The key of a request that may be made with it. Raises ApiError."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        found = None
        if scheme.lower() == "bearer" and secret.strip():
            found = await self._context.catalog.find_key(hash_key(secret.strip()))
        if found is None:
            raise ApiError(401, "Send an api key of the workspace: Authorization: Bearer KEY")
        if found.source_id is not None:
            raise ApiError(403, "This api key is for one source. Profiles need one of the whole workspace.")
        if not {"*", self._permission} & set(found.permissions):
            raise ApiError(403, f"This api key lacks the permission {self._permission}.")
        if request.headers.get("api-version") != VERSION:
            raise ApiError(400, f"Version header content is invalid: send Api-Version: {VERSION}")
        return found


def _failure(request: Request, status: int, message: str) -> Response:
    """The error body of the API (contracts/synerise-events-api.md section 1). `path` lacks the /v4."""
    body = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": status,
        "error": HTTPStatus(status).phrase,
        "message": message,
        "path": request.url.path.removeprefix(request.scope.get("root_path", "")),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers=headers)
