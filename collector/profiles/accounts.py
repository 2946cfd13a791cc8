"""What it means to register, to activate an account, to sign in and to end an account.

A back end that registers somebody is trusted: the account is active at once. A visitor who registers has
proved nothing, so that all they said waits until the link in the mail is used; then the address is proved,
and only then anything about its profile changes. What a stranger is told is the same whether there is
an account or not; the mail alone tells the difference.

Whoever reads the mail proves the address, and not that the browser which registered is theirs. The page of
its link asks for the password, since activating gives that password the profile; it picks the registration
too, where several wait for the address. A back end that activates by the token alone answers for it.
"""

import unicodedata
from typing import NamedTuple

import msgspec

from collector.auth.passwords import hash_password, nobodys_hash, verify_password
from collector.model.account import Account, LoginKind, proof_of
from collector.model.change import ChangeResult, ProfileChange, StoredChange
from collector.model.profile import AGREEMENTS, Profile
from collector.model.source import Source
from collector.model.workspace import Workspace
from collector.normalise.identifiers import new_event_id
from collector.privacy import kept_change
from collector.profiles.change import change
from collector.store import Store

MAX_REGISTRATION = 32_000
"""Of what a visitor's registration says, in bytes of JSON: it waits in the store for a stranger's word."""


class Forbidden(Exception):
    """The source's policy keeps no identifier that the account could have."""


class TooLarge(Exception):
    """A visitor's registration says more than is kept for a stranger."""


class Login(NamedTuple):
    """What a person signs in with: an email in lower case, or a customId."""

    kind: LoginKind
    name: str


def login_of(workspace: Workspace, email: str | None, custom_id: str | None) -> Login | None:
    """The login among these: the email where emails are unique, else the customId. None for neither."""
    if email is not None and workspace.unique_emails:
        return Login("email", email.lower())
    return Login("customId", custom_id) if custom_id is not None else None


def hashed(password: str) -> str:
    """The hash of a password, which is the same however a keyboard writes its letters (NFC)."""
    return hash_password(unicodedata.normalize("NFC", password))


def fits(account: Account | None, password: str) -> bool:
    """Whether the password is the account's. It takes as long where there is none."""
    password_hash = account.password_hash if account is not None else nobodys_hash()
    return verify_password(password_hash, unicodedata.normalize("NFC", password)) and account is not None


def sign_in(store: Store, login: Login, password: str) -> Account | None:
    """The account that the password opens, else its newest registration; None for a wrong one or an unknown
    login.

    Two hashes are looked at, whatever there is. Who registered somebody else's address is told the same of
    their own password, whether that one has an account or not.
    """
    found = store.accounts(*login)
    active = next((one for one in found if one.state == "active"), None)
    newest = next((one for one in found if one.state == "pending"), None)
    opened = [one for one in (active, newest) if fits(one, password)]
    return opened[0] if opened else None


def has_signed_in(store: Store, login: Login, uuid: str | None) -> bool:
    """Whether this browser is of the profile of a login's account: it has signed in there, or registered.

    As much is read where there is no account: the time does not tell.
    """
    found = store.accounts(*login)
    profile = store.find_profile("uuid", uuid) if uuid is not None else None
    ids = {profile.client_id, *profile.previous_ids} if profile is not None else set()
    return any(one.state == "active" and one.profile_id in ids for one in found)


def registration_of(store: Store, proved: Account, password: str) -> Account | None:
    """The registration of a proved login that waits with this password, the newest of them; None for none."""
    found = store.accounts(proved.kind, proved.login)
    return next((one for one in found if one.waits and fits(one, password)), None)


def join_browser(store: Store, source: Source, client_id: int, uuid: str, now_ms: int) -> Profile | None:
    """Give a signed-in profile this browser, with what its unnamed visitor did; that of another known profile
    stays there. Returns the profile; None where it is gone."""
    profile = store.profile(client_id)
    if profile is not None and uuid not in profile.uuids:
        joined = ProfileChange(client_id=profile.client_id, uuid=uuid)
        change(store, source, [joined], now_ms, create=False, actor=f"profile:{profile.client_id}")
        profile = store.profile(client_id)
    return profile


def register(
    store: Store, source: Source, login: Login, password: str, said: ProfileChange, now_ms: int
) -> ChangeResult:
    """Register somebody by a back end's word: active at once. Raises Forbidden, LoginTaken,
    LoginOfAnother."""
    return store.register_account(*login, hashed(password), _keeping(login, said, source, now_ms))


def register_visitor(
    store: Store, source: Source, login: Login, password: str, said: ProfileChange, now_ms: int
) -> None:
    """Keep a visitor's registration by email until a link in a mail to the address is used. Raises Forbidden,
    TooLarge."""
    kept = _keeping(login, said, source, now_ms).change
    registration = msgspec.json.encode(kept)
    if len(registration) > MAX_REGISTRATION:
        raise TooLarge
    store.add_registration(
        *login,
        hashed(password),
        source=source.number,
        uuid=kept.uuid,
        registration=registration.decode(),
        recipient=kept.email or login.name,
        now_ms=now_ms,
    )


def activate(store: Store, source: Source, account: Account, now_ms: int) -> int | None:
    """Make a registration an account, and apply what it said as trusted; return its profile. None where
    it does not wait any more. Raises Forbidden where the policy forbids it by now."""
    said = msgspec.json.decode(account.registration or "{}", type=ProfileChange)
    kept = _keeping(Login(account.kind, account.login), said, source, now_ms)
    return store.activate_account(account.id, proof_of(account.password_hash), kept)


def end(store: Store, source: Source, client_id: int, now_ms: int) -> None:
    """End the accounts of a profile: no sign-in is left, and no agreement. The profile and its events stay
    until they are erased."""
    last = ProfileChange(client_id=client_id, agreements=dict.fromkeys(AGREEMENTS, False))
    store.close_accounts(client_id, kept_change(last, source, now_ms, new_event_id(now_ms)))


def _keeping(login: Login, said: ProfileChange, source: Source, now_ms: int) -> StoredChange:
    """What may be kept of a change, with the identifier that is the login."""
    kept = kept_change(said, source, now_ms, new_event_id(now_ms))
    if (kept.change.email if login.kind == "email" else kept.change.custom_id) is None:
        raise Forbidden
    return kept
