"""Who calls: an api key, as a bearer or by HTTP Basic; a signed token of ours; a tracker key in the query."""

import base64
import binascii

from starlette.requests import Request

from collector.api.context import ApiContext
from collector.api.operation import Operation
from collector.auth.keys import hash_key
from collector.model.caller import Caller, Realm


class Refused(Exception):
    """Ends a request with 401 or 403."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def authenticate(request: Request, context: ApiContext, operation: Operation) -> Caller | None:
    """Return who calls, None where the operation asks for nobody. Raises Refused."""
    if not operation.who:
        return None
    caller = await _caller(request, context)
    if caller is None:
        raise Refused(401, "Send a token or an api key of the workspace: Authorization: Bearer TOKEN")
    if caller.realm not in operation.who:
        raise Refused(403, f"This is not for a caller of the kind {caller.realm}.")
    if operation.permission is not None and not caller.may(operation.permission):
        raise Refused(403, f"This api key lacks the permission {operation.permission}.")
    return caller


async def _caller(request: Request, context: ApiContext) -> Caller | None:
    secret = _secret(request.headers.get("authorization", ""))
    key = await context.catalog.find_key(hash_key(secret)) if secret else None
    if key is None:
        return None
    return Caller(
        realm=Realm.WORKSPACE,
        workspace_id=key.workspace_id,
        source_id=key.source_id or context.catalog.first_source(),
        reads_all=key.source_id is None,
        permissions=key.permissions,
        name=f"key:{key.name}",
    )


def _secret(authorization: str) -> str:
    """The api key in an Authorization header; "" where there is none."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() == "basic":
        try:
            # The user is the workspace's guid; the key alone is proof.
            return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""
