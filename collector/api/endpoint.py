"""Stands before every operation of the API: who calls, what they may, the version, the body, and errors.

Nothing is raised past this: every fault has its status and the error body of
contracts/synerise-events-api.md section 1. The order is 429 for an address that asks too often, 401,
403, 400 for the version, 429 for a source over its quota, 415, 400.
"""

import inspect
import logging
import uuid
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from collector.api.authenticate import Refused, authenticate
from collector.api.context import ApiContext
from collector.api.operation import A, ApiError, ApiRequest, Operation, P
from collector.api.origin import check_origin
from collector.api.reading import NotJson, check_type
from collector.limits import OverLimit
from collector.model.caller import Caller
from collector.store import StoreUnavailable
from collector.wire.synerise.faults import WRONG_FORM, BadBody, checked, fault, read_json, refused

log = logging.getLogger(__name__)

VERSION = "4.4"
"""The only value of the header Api-Version."""

RETRY_AFTER_S = 2
"""When a sender may come again after 503, in seconds."""


class Endpoint:
    """An ASGI application for one operation."""

    def __init__(self, context: ApiContext, operation: Operation) -> None:
        self._context = context
        self.operation = operation

    @cached_property
    def _body_type(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.operation.body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ApiError as error:
            response = failure(request, error)
        except Refused as error:
            response = failure(request, ApiError(error.status, str(error)))
        except NotJson as error:
            response = failure(request, ApiError(415, str(error)))
        except BadBody as error:
            response = failure(request, ApiError(400, error.message, error.faults))
        except OverLimit as error:
            retry = {"Retry-After": str(error.retry_after_s)}
            response = failure(request, ApiError(429, error.detail, headers=retry))
        except StoreUnavailable:
            busy = ApiError(503, "The store is busy. Nothing was changed; try again.")
            response = failure(request, busy)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        await self._context.limits.check_address(
            self._context.client_address(request), None, is_event=self.operation.takes_events
        )
        try:
            caller = await authenticate(request, self._context, self.operation)
        except Refused as error:
            if error.caller is not None:
                await self._tell(self._asked(request, error.caller), error)
            raise
        asked = self._asked(request, caller)
        try:
            return await self._work(asked)
        except (ApiError, BadBody, NotJson) as error:
            await self._tell(asked, error)
            raise

    def _asked(self, request: Request, caller: Caller | None) -> ApiRequest:
        return ApiRequest(request=request, context=self._context, operation=self.operation, caller=caller)

    async def _tell(self, asked: ApiRequest, error: Exception) -> None:
        if self.operation.on_refusal is not None:
            await self.operation.on_refusal(asked, error)

    async def _work(self, asked: ApiRequest) -> Response:
        operation, request = self.operation, asked.request
        await self._check_origin(asked)
        if operation.versioned and request.headers.get("api-version") != VERSION:
            raise ApiError(400, f"Version header content is invalid: send Api-Version: {VERSION}")
        if operation.takes_events:
            await self._check_quota(asked)
        if operation.body is not None:
            check_type(request)
            await asked.read()
        asked.params = self._params(request)
        asked.query = self._query(request)
        if operation.body is not None and not operation.own_body:
            asked.body = await run_in_threadpool(self._read, asked.raw)
        if inspect.iscoroutinefunction(operation.handler):
            response: Response = await operation.handler(asked)
            return response
        return await run_in_threadpool(operation.handler, asked)  # type: ignore[arg-type]

    async def _check_origin(self, asked: ApiRequest) -> None:
        """A signed-in person's or visitor's token is good on the pages of their source alone."""
        caller = asked.caller
        if caller is None or caller.realm not in (P, A) or caller.source_id is None:
            return
        source = await self._context.catalog.find(caller.source_id)
        if source is not None:
            check_origin(asked, source)

    async def _check_quota(self, asked: ApiRequest) -> None:
        """Let one more event of the caller's source in. Raises OverLimit."""
        catalog = self._context.catalog
        source_id = asked.by.source_id or catalog.first_source()
        source = None if source_id is None else await catalog.find(source_id)
        if source is not None:
            await self._context.limits.check_quota(source)

    def _read(self, raw: bytes) -> Any:
        return checked(self._body_type, read_json(raw))

    def _params(self, request: Request) -> dict[str, Any]:
        """The parts of the path. One that does not fit its type names nothing there is: 404."""
        params: dict[str, Any] = {}
        for name, text in request.path_params.items():
            try:
                params[name] = checked(TypeAdapter(self.operation.params.get(name, str)), text)
            except BadBody:
                raise ApiError(404, f"There is no such {name}.") from None
        return params

    def _query(self, request: Request) -> Any:
        if self.operation.query is None:
            return None
        told = request.query_params
        known = {field.alias or name for name, field in self.operation.query.model_fields.items()}
        if twice := [name for name in told if name in known and len(told.getlist(name)) > 1]:
            raise refused(fault(WRONG_FORM, name, "must be given once", told.getlist(name)) for name in twice)
        return checked(TypeAdapter(self.operation.query), dict(told))


def api_failure(request: Request, error: HTTPException) -> Response:
    """A path or method that is none of the API's."""
    message = "There is nothing at this path." if error.status_code == 404 else str(error.detail)
    return failure(request, ApiError(error.status_code, message, headers=dict(error.headers or {})))


def failure(request: Request, error: ApiError) -> Response:
    """The error body of the API. `path` lacks the /v4 (contract, section 1)."""
    body: dict[str, Any] = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status": error.status,
        "error": HTTPStatus(error.status).phrase,
        "message": error.message,
        "path": request.url.path.removeprefix("/v4"),
    }
    if error.faults:
        body["errors"] = [
            {"code": f.code, "field": f.field, "message": f.message, "rejectedValue": f.rejected_value}
            for f in error.faults
        ]
    headers = dict(error.headers)
    if request.url.path.startswith("/sauth/"):
        trace_id = uuid.uuid4().hex
        operation = getattr(request.scope.get("endpoint"), "operation", None)
        log.info("%s %s, trace %s", operation.id if operation else "sign-in", error.status, trace_id)
        body["errors"] = body.get("errors", [])
        body["traceId"] = trace_id
        if error.code is not None:
            body["errorCode"] = error.code
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 503:
        headers.setdefault("Retry-After", str(RETRY_AFTER_S))
    return JSONResponse(body, error.status, headers=headers)
