"""Registering an account and activating it. Rows 11 and 14 of contracts/synerise-profiles-api.md.

What a stranger is told never depends on whether somebody has an account.
"""

from typing import Literal, NamedTuple

import msgspec
from starlette.responses import Response

from collector.api.accounts import own_browser
from collector.api.attempts import REGISTRATIONS, Attempt
from collector.api.context import ApiContext
from collector.api.operation import A, ApiError, ApiRequest, Operation, P, W
from collector.auth.attempts import ATTEMPT_WINDOW_MS, MAX_ATTEMPTS, attempt_keys
from collector.auth.passwords import MAX_LENGTH
from collector.mail.links import BadLink, read_token
from collector.model.account import Account, proof_of
from collector.model.caller import Realm
from collector.model.source import Source
from collector.profiles import accounts
from collector.profiles.accounts import Forbidden, Login, TooLarge, login_of
from collector.store import LoginOfAnother, LoginTaken
from collector.wire.synerise.accounts import Activation, Registration
from collector.wire.synerise.faults import MISSING, NOT_ALLOWED, OUT_OF_RANGE, fault, refused

LinkState = Literal["ask", "done", "used", "expired", "unknown", "closed", "wrong", "many"]
"""What a link does: "ask" before it was used, "closed" where the source takes no accounts, "wrong" and
"many" for a password that no registration of the address has."""


class Link(NamedTuple):
    """What became of a link, and the name of the shop that it is of ("" for none)."""

    state: LinkState
    shop: str = ""


_REFUSED: dict[LinkState, str] = {
    "used": "This link was used already, or another one of the same address was. Try to sign in.",
    "expired": "This link is too old: links hold for seven days. Register once more.",
    "unknown": "This is no link of ours. Send the whole token: what stands after t= in the mail's link.",
    "closed": "This site takes no accounts any more.",
}


def register(asked: ApiRequest) -> Response:
    """Make an account: at once for a back end, and when the address is proved for a visitor."""
    try:
        if asked.by.realm is Realm.WORKSPACE:
            _register_trusted(asked)
        else:
            _register_visitor(asked)
    except Forbidden:
        message = "The rules of this source keep no email or customId, so that there can be no account."
        raise ApiError(403, message, code="LOGIN_NOT_KEPT") from None
    return Response(status_code=202)


def _register_trusted(asked: ApiRequest) -> None:
    body: Registration = asked.body
    store = asked.context.store
    workspace = store.workspace()
    change = body.change(clears=False, by_back_end=True)
    login = login_of(workspace, change.email, change.custom_id)
    if login is None:
        name = "email" if workspace.unique_emails else "customId"
        raise refused([fault(MISSING, name, f"must not be null: {name} is what accounts sign in with")])
    try:
        result = accounts.register(
            store, asked.source_now(), login, body.password, change, asked.context.now_ms()
        )
    except LoginTaken:
        message = f"There is an account with this {login.kind} already."
        raise ApiError(
            400, message, (fault(NOT_ALLOWED, login.kind, "must be new", login.name),), code="ACCOUNT_EXISTS"
        ) from None
    except LoginOfAnother:
        message = f"This {login.kind} belongs to another profile. Send the identifiers of one person only."
        text = "belongs to another profile than the one that this names"
        raise ApiError(
            400, message, (fault(NOT_ALLOWED, login.kind, text, login.name),), code="LOGIN_OF_ANOTHER"
        ) from None
    if result.problem or result.client_id is None:
        raise ApiError(400, result.problem or "These identifiers cannot make a profile.")


def _register_visitor(asked: ApiRequest) -> None:
    body: Registration = asked.body
    context = asked.context
    if not context.store.workspace().unique_emails:
        message = (
            "Here an email belongs to several people, so that it proves nobody. The shop makes accounts."
        )
        raise ApiError(403, message, code="REGISTRATION_NOT_OPEN")
    own_browser(asked, body.uuid)
    change = body.change(clears=False, by_back_end=False)
    faults = []
    if change.email is None:
        text = "must not be null: only a mail to you can prove who you are"
        faults.append(fault(MISSING, "email", text))
    if change.custom_id is not None:
        text = "must not be sent by a visitor, as nothing proves it: only the shop's own server may"
        faults.append(fault(NOT_ALLOWED, "customId", text, change.custom_id))
    if faults or change.email is None:
        raise refused(faults)
    login = Login("email", change.email.lower())
    Attempt(asked, REGISTRATIONS, login.name)
    # A tag is the shop's word about a person, and not the person's.
    change = msgspec.structs.replace(change, uuid=asked.by.uuid, tags=())
    try:
        accounts.register_visitor(
            context.store, asked.source_now(), login, body.password, change, context.now_ms()
        )
    except TooLarge:
        text = (
            f"The profile is too large: send at most {accounts.MAX_REGISTRATION} bytes before it is active."
        )
        raise refused([fault(OUT_OF_RANGE, "attributes", text)]) from None


def activate(asked: ApiRequest) -> Response:
    """Make a registration an account, by the token of its link."""
    state = use_link(asked.context, asked.body.token).state
    if state != "done":
        raise ApiError(400, _REFUSED[state], code=f"ACTIVATION_{state.upper()}")
    return Response(status_code=202)


def look_at_link(context: ApiContext, token: str) -> Link:
    """What a link of ours could do: "ask" where it waits to be used."""
    found = _registration(context, token)
    return found if isinstance(found, Link) else Link("ask", found[1].name)


def use_link(context: ApiContext, token: str, password: str | None = None) -> Link:
    """Activate the registration that a link of ours names; on the page the one of its address that has this
    password."""
    found = _registration(context, token)
    if isinstance(found, Link):
        return found
    account, source = found
    if password is not None:
        _, key = attempt_keys(account.login, "", "activate")
        if context.store.count_attempt(key, context.now_ms(), ATTEMPT_WINDOW_MS) > MAX_ATTEMPTS:
            return Link("many", source.name)
        fits = len(password) <= MAX_LENGTH
        picked = accounts.registration_of(context.store, account, password) if fits else None
        if picked is None:
            return Link("wrong", source.name)
        account, of = picked, _source(context, picked)
        if of is None:
            return Link("closed")
        source = of
    try:
        done = accounts.activate(context.store, source, account, context.now_ms())
    except Forbidden:
        return Link("closed", source.name)
    return Link("used" if done is None else "done", source.name)


def _registration(context: ApiContext, token: str) -> Link | tuple[Account, Source]:
    """The registration that a link names, and its source; or why there is none."""
    try:
        account_id, proof = read_token(context.secret_key, "activate", token, context.now_ms())
    except BadLink as problem:
        return Link("expired" if problem.expired else "unknown")
    account = context.store.account(account_id)
    if account is None or not account.waits or proof_of(account.password_hash) != proof:
        return Link("used")
    source = _source(context, account)
    return (account, source) if source is not None else Link("closed")


def _source(context: ApiContext, account: Account) -> Source | None:
    """The source of a registration; None where it takes no accounts."""
    found = (one for one in context.store.sources() if one.number == account.source)
    return next((one for one in found if one.enabled and not one.problem), None)


OPERATIONS = (
    Operation(
        id="registerProfile",
        row="profiles 11",
        method="POST",
        paths=("/sauth/clients/registered",),
        summary="Register a Profile",
        group="Profile registration",
        who=frozenset({A, W}),
        permission="SAUTH_REGISTER_CLIENT_CREATE",
        versioned=False,
        body=Registration,
        failures=(423,),
        description="The account signs in with the email, or with the customId where emails are not unique. "
        "By a workspace it is active at once; an account that exists answers 400 (ACCOUNT_EXISTS), and a "
        "login that belongs to another profile than the body names 400 (LOGIN_OF_ANOTHER). By a visitor it "
        "waits for a link in a mail to the address, and until then changes no profile. The answer is the "
        "same where there is an account already, and where no mail is sent: to an address that was erased, "
        "or that got several such mails today (a link in one of those activates this registration too, by "
        "its password). A visitor sends an email, no customId, and no other uuid than the token's; `tags` of "
        "a visitor are ignored. `client.register` is stored when the account becomes active.",
        handler=register,
    ),
    Operation(
        id="activateProfile",
        row="profiles 14",
        method="POST",
        paths=("/sauth/clients/activation",),
        summary="Activate a Profile's account",
        group="Profile registration",
        who=frozenset({P, A, W}),
        permission="SAUTH_CONFIRMATION_CLIENT_CREATE",
        versioned=False,
        body=Activation,
        description="The path is ours: the vendor's is not known. A link holds for seven days, and once. The "
        "token activates the registration that its mail was sent for. Our own page behind the link asks for "
        "the password too, since somebody else may have registered the address, and activates the address's "
        "registration that was made with it. "
        "errorCode of 400: ACTIVATION_EXPIRED, ACTIVATION_USED, ACTIVATION_UNKNOWN, ACTIVATION_CLOSED.",
        handler=activate,
    ),
)
