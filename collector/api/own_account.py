"""What a signed-in profile reads, changes and ends itself. Rows 55, 56 and 62 of
contracts/synerise-profiles-api.md."""

import msgspec
from starlette.responses import JSONResponse, Response

from collector.api.attempts import ENDINGS, Attempt
from collector.api.operation import ApiError, ApiRequest, Operation, P
from collector.model.profile import Profile
from collector.profiles import accounts
from collector.profiles.change import change
from collector.wire.synerise.accounts import AccountEnd, OwnData
from collector.wire.synerise.faults import NOT_ALLOWED, fault, refused
from collector.wire.synerise.profile_answers import ProfileAnswer, profile_answer

GROUP = "Profile account management"


def read(asked: ApiRequest) -> Response:
    """The caller's own profile."""
    return JSONResponse(profile_answer(_own(asked)))


def update(asked: ApiRequest) -> Response:
    """Change the caller's own profile."""
    body: OwnData = asked.body
    profile = _own(asked)
    said = body.own_change(profile.client_id)
    faults = [
        fault(NOT_ALLOWED, name, "cannot be changed here: nothing proves that the new one is yours", new)
        for name, kept, new in (
            ("email", profile.email, said.email),
            ("customId", profile.custom_id, said.custom_id),
        )
        if name in said.cleared or (new is not None and not _same(name, kept, new))
    ]
    if faults:
        raise refused(faults)
    said = msgspec.structs.replace(said, email=None, custom_id=None)
    [result] = change(
        asked.context.store,
        asked.source_now(),
        [said],
        asked.context.now_ms(),
        create=False,
        actor=asked.by.name,
    )
    if result.problem:
        raise ApiError(400, result.problem)
    return Response(status_code=202)


def end(asked: ApiRequest) -> Response:
    """End the caller's accounts, for the password of one of them."""
    body: AccountEnd = asked.body
    context, profile = asked.context, _own(asked)
    if body.identity_provider != "SYNERISE":
        message = f"identityProvider {body.identity_provider} is not known here. Send SYNERISE."
        raise ApiError(406, message, code="IDENTITY_PROVIDER_NOT_SUPPORTED")
    attempt = Attempt(asked, ENDINGS, f"client {profile.client_id}")
    active = [one for one in context.store.accounts_of(profile.client_id) if one.state == "active"]
    if not any(accounts.fits(one, body.password) for one in active):
        raise ApiError(403, "This is not the password of the account.", code="WRONG_PASSWORD")
    accounts.end(context.store, asked.source_now(), profile.client_id, context.now_ms())
    attempt.succeed()
    return Response(status_code=202)


def _own(asked: ApiRequest) -> Profile:
    client_id = asked.by.client_id
    profile = asked.context.store.profile(client_id) if client_id is not None else None
    if profile is None:
        raise ApiError(401, "There is no such profile any more.")
    return profile


def _same(name: str, kept: str | None, new: str) -> bool:
    return kept == new or (name == "email" and kept is not None and kept.lower() == new.lower())


OPERATIONS = (
    Operation(
        id="readOwnData",
        row="profiles 55",
        method="GET",
        paths=("/v4/my-account/personal-information",),
        summary="Get Profile's own data",
        group=GROUP,
        who=frozenset({P}),
        permission="API_PERSONAL_INFORMATION_CLIENT_READ",
        status=200,
        answer=ProfileAnswer,
        handler=read,
    ),
    Operation(
        id="updateOwnData",
        row="profiles 56",
        method="POST",
        paths=("/v4/my-account/personal-information",),
        summary="Update Profile's own data",
        group=GROUP,
        who=frozenset({P}),
        permission="API_PERSONAL_INFORMATION_CLIENT_UPDATE",
        body=OwnData,
        description="Nulls delete, what is absent stays, empty texts answer 400. `uuid` and `tags` are "
        "ignored. `email` and `customId` may be sent as they are; another one, or null, answers 400: nothing "
        "proves that it is theirs.",
        handler=update,
    ),
    Operation(
        id="deleteOwnAccount",
        row="profiles 62",
        method="POST",
        paths=("/sauth/my-account/delete",),
        summary="Delete account",
        group=GROUP,
        who=frozenset({P}),
        permission="SAUTH_CLIENT_DELETE",
        versioned=False,
        body=AccountEnd,
        failures=(406, 423),
        description="The path is ours: the vendor's is not known. Ends every account and sign-in of the "
        "profile and cancels its agreements; `client.deleteAccount` is stored. It is no erasure: the profile "
        "and its events stay until a back end or the privacy team erases them (DELETE "
        "/v4/clients/{clientId}). A wrong password answers 403 (WRONG_PASSWORD).",
        handler=end,
    ),
)
