"""Signing in to an account. Rows 2 and 3 of contracts/synerise-profiles-api.md.

What a stranger is told never depends on whether somebody has an account.
"""

from starlette.responses import Response

from collector.api.attempts import ACCOUNTS, Attempt
from collector.api.operation import A, ApiError, ApiRequest, Operation
from collector.api.origin import check_origin
from collector.api.sign_in import secret_answer
from collector.model.account import Account
from collector.model.caller import Realm
from collector.model.source import Source
from collector.profiles import accounts
from collector.profiles.accounts import login_of
from collector.wire.synerise.accounts import ConditionalAnswer, SignIn
from collector.wire.synerise.faults import MISSING, fault, refused
from collector.wire.synerise.sign_in import Token

_WRONG = "The login and the password do not match an account."
_PENDING = "This account is not active yet: use the link in the newest mail about it."


def sign_in(asked: ApiRequest) -> Response:
    """A profile's token for the password of its account."""
    body: SignIn = asked.body
    source = _source(asked, body)
    _by_password(body.identity_provider)
    found = _try(asked, body)
    if found is None:
        raise ApiError(401, _WRONG, code="UNAUTHORIZED")
    if found.state == "pending":
        raise ApiError(403, _PENDING, code="ACTIVATION_REQUIRED")
    token = _token(asked, source, found, body)
    if token is None:
        raise ApiError(401, _WRONG, code="UNAUTHORIZED")
    return secret_answer(Token(token=token))


def sign_in_conditionally(asked: ApiRequest) -> Response:
    """The same for a browser that shows its token, told by a status."""
    body: SignIn = asked.body
    source = _source(asked, body)
    if source.source_id != asked.by.source_id:
        raise ApiError(403, "This token was made for another apiKey. Sign in anonymously once more.")
    _by_password(body.identity_provider)
    own_browser(asked, body.uuid)
    found = _try(asked, body)
    if found is not None and found.state == "pending":
        return secret_answer(ConditionalAnswer(status="ACTIVATION_REQUIRED"))
    token = _token(asked, source, found, body) if found is not None else None
    if token is None:
        return secret_answer(ConditionalAnswer(status="UNAUTHORIZED"))
    return secret_answer(ConditionalAnswer(status="SUCCESS", token=token))


def _source(asked: ApiRequest, body: SignIn) -> Source:
    source = asked.context.catalog.source_now(body.api_key)
    if source is None or not source.enabled or source.problem:
        raise ApiError(401, "apiKey is not the id of a source that is switched on.", code="UNAUTHORIZED")
    check_origin(asked, source)
    return source


def _by_password(provider: str) -> None:
    if provider != "SYNERISE":
        message = f"identityProvider {provider} is not known here. Send SYNERISE, with a password."
        raise ApiError(406, message, code="IDENTITY_PROVIDER_NOT_SUPPORTED")


def _try(asked: ApiRequest, body: SignIn) -> Account | None:
    """The account that a password opens, once the attempt is counted."""
    store = asked.context.store
    login = login_of(store.workspace(), body.email, body.custom_id)
    if login is None or body.password is None:
        text = "must not be null: where emails are not unique, accounts sign in with a customId"
        raise refused([fault(MISSING, "customId", text)])
    attempt = Attempt(
        asked,
        ACCOUNTS,
        f"{login.kind} {login.name}",
        known=lambda: accounts.has_signed_in(store, login, body.uuid),
    )
    found = accounts.sign_in(store, login, body.password)
    if found is not None and found.state == "active":
        # Anybody has the password of a registration, which says nothing good of who tries the name.
        attempt.succeed()
    return found


def _token(asked: ApiRequest, source: Source, account: Account, body: SignIn) -> str | None:
    """A token for the profile of an account, which gets the browser. None where the profile is gone."""
    if account.profile_id is None or body.uuid is None:
        return None
    context = asked.context
    now_ms = context.now_ms()
    profile = accounts.join_browser(context.store, source, account.profile_id, body.uuid, now_ms)
    if profile is None:
        return None
    return context.tokens.issue(
        Realm.PROFILE,
        workspace_id=profile.workspace_id,
        source_id=source.source_id,
        name=f"profile:{account.profile_id}",
        # It resolves, also once a merge of the profile is undone.
        client_id=account.profile_id,
        # Of a browser that stays with another known profile the token says nothing.
        uuid=body.uuid if body.uuid in profile.uuids else profile.uuid,
        email=profile.email,
    )


def own_browser(asked: ApiRequest, uuid: str | None) -> None:
    if uuid is not None and uuid != asked.by.uuid:
        raise ApiError(403, "This token is of another browser: its uuid is not the one in the body.")


_SIGN_IN = (
    "The browser's `uuid` joins the profile, with what its visitor did before; that of another known profile "
    "stays there. After too many attempts the answer is 423 for some minutes; a browser that has signed in "
    "to the account before is not kept out by what strangers try elsewhere."
)

OPERATIONS = (
    Operation(
        id="authenticateAsProfile",
        row="profiles 2",
        method="POST",
        paths=("/sauth/v3/auth/login/client",),
        summary="Authenticate as Profile",
        group="Authorization",
        versioned=False,
        body=SignIn,
        status=200,
        answer=Token,
        failures=(401, 403, 406, 423),
        description=f"A token for one hour. {_SIGN_IN} The newest registration of a login answers 403 "
        "(ACTIVATION_REQUIRED) to its password, also where it has an account with another one; an unknown "
        "login and a wrong password are both 401.",
        handler=sign_in,
    ),
    Operation(
        id="authenticateAsProfileConditionally",
        row="profiles 3",
        method="POST",
        paths=("/sauth/v3/auth/login/client/conditional",),
        summary="Authenticate as Profile (conditional)",
        group="Authorization",
        who=frozenset({A}),
        versioned=False,
        body=SignIn,
        status=200,
        answer=ConditionalAnswer,
        failures=(406, 423),
        description="Answers SUCCESS, ACTIVATION_REQUIRED or UNAUTHORIZED; the other states are reserved. "
        "An unknown login is UNAUTHORIZED as a wrong password is, and never REGISTRATION_REQUIRED: that "
        f"would tell a stranger who has an account. {_SIGN_IN}",
        handler=sign_in_conditionally,
    ),
)
