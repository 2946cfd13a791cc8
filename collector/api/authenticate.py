"""Who calls: a signed token of ours; an api key, as a bearer or by HTTP Basic; a tracker key in the query."""

import base64
import binascii

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from collector.api.context import ApiContext
from collector.api.operation import Operation
from collector.api.tokens import caller_of
from collector.auth.keys import hash_key
from collector.auth.tokens import looks_like_token
from collector.model.caller import Caller, Realm


class Refused(Exception):
    """Ends a request with 401, or with 403 where it is known who called: the `caller`."""

    def __init__(self, status: int, message: str, caller: Caller | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.caller = caller


async def authenticate(request: Request, context: ApiContext, operation: Operation) -> Caller | None:
    """Return who calls, None where the operation asks for nobody. Raises Refused."""
    if not operation.who:
        return None
    authorization = request.headers.get("authorization")
    if authorization is not None:
        caller = await _caller(authorization, context)
    elif Realm.TRACKER in operation.who:
        caller = await _tracker(request.query_params.get("token", ""), context)
    else:
        caller = None
    if caller is None:
        raise Refused(401, _help(authorization, operation))
    if caller.realm not in operation.who:
        raise Refused(403, f"This is not for a caller of the kind {caller.realm}.", caller)
    if operation.permission is not None and not caller.may(operation.permission):
        raise Refused(403, f"This api key lacks the permission {operation.permission}.", caller)
    return caller


async def _caller(authorization: str, context: ApiContext) -> Caller | None:
    """A bearer may be a token or an api key. HTTP Basic is `workspaceGuid:apiKey`, whose user part is
    not checked: the key alone is proof, and belongs to one workspace."""
    scheme, _, given = authorization.partition(" ")
    secret = given.strip()
    match scheme.lower():
        case "bearer" if looks_like_token(secret):
            return await run_in_threadpool(context.tokens.verify, secret)
        case "bearer":
            return await _by_key(secret, context)
        case "basic":
            return await _by_key(_password(secret), context)
    return None


async def _by_key(secret: str, context: ApiContext) -> Caller | None:
    key = await context.catalog.find_key(hash_key(secret)) if secret else None
    return caller_of(key, context.catalog) if key is not None else None


async def _tracker(source_id: str, context: ApiContext) -> Caller | None:
    """A tracker key is public: whoever shows it is no better than a browser of that source."""
    source = await context.catalog.find(source_id)
    if source is None or not source.enabled:
        return None
    return Caller(
        realm=Realm.TRACKER,
        workspace_id=source.workspace_id,
        source_id=source.source_id,
        permissions=("*",),
        name=f"tracker:{source.source_id}",
    )


def _password(given: str) -> str:
    """Of HTTP Basic; "" where it cannot be read."""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _help(authorization: str | None, operation: Operation) -> str:
    if authorization is None:
        tracker = ", or ?token=TRACKER_KEY in the address" if Realm.TRACKER in operation.who else ""
        return f"Send a token or an api key of the workspace: Authorization: Bearer TOKEN{tracker}"
    return (
        "This token or api key is not known, or it has ended or been revoked. Sign in again, and send "
        "Authorization: Bearer TOKEN"
    )
