"""Signing profiles out: their tokens are refused from then on. Rows 54 and 64 of
contracts/synerise-profiles-api.md."""

from starlette.responses import Response

from collector.api.operation import ApiError, ApiRequest, Operation, P, U, W
from collector.api.profile_reading import ClientId
from collector.wire.synerise.sign_in import SignOut

WHOLE = "LOGOUT_WITH_SESSION_CLEARING"


def sign_profile_out(asked: ApiRequest) -> Response:
    """End all tokens of a profile, whichever action is named: we do not know of which device to end one."""
    if not asked.context.tokens.revoke_profile(asked.params["clientID"]):
        raise ApiError(404, "There is no such profile.")
    return Response(status_code=202)


def sign_out(asked: ApiRequest) -> Response:
    """End the token that was shown, or all of its profile."""
    by, context = asked.by, asked.context
    if asked.body.action == WHOLE and by.client_id is not None:
        context.tokens.revoke_profile(by.client_id)
    if by.token_id is not None:
        context.store.revoke_token(by.token_id, by.expires_ms)
    return Response(status_code=202)


OPERATIONS = (
    Operation(
        id="logOutProfile",
        row="profiles 54",
        method="POST",
        paths=("/sauth/management/client/{clientID}/logout",),
        summary="Log out a Profile (as User/Workspace)",
        group="Profile management",
        who=frozenset({U, W}),
        permission="SAUTH_LOGOUT_CLIENT_CREATE",
        versioned=False,
        body=SignOut,
        params={"clientID": ClientId},
        failures=(404,),
        description="Ends all tokens of the profile at once, with either action. The id of a profile that "
        "was merged into another is taken too.",
        handler=sign_profile_out,
    ),
    Operation(
        id="logOut",
        row="profiles 64",
        method="POST",
        paths=("/sauth/my-account/logout",),
        summary="Log out a Profile (as that Profile)",
        group="Profile account management",
        who=frozenset({P}),
        permission="SAUTH_LOGOUT_CLIENT_CREATE",
        versioned=False,
        body=SignOut,
        description="LOGOUT ends the token of the header. LOGOUT_WITH_SESSION_CLEARING ends all of the "
        "profile.",
        handler=sign_out,
    ),
)
