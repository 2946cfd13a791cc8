"""What the server API asks of a store: tokens, accounts, profiles, merges, tags, definitions, mails.

Synchronous, as all but `append`: call it from a worker thread where a loop is running. What is written
is on disk when a call returns.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from collector.model.account import Account, LoginKind
from collector.model.change import ChangeResult, StoredChange
from collector.model.client import Client
from collector.model.definition import Catalogue, Definition
from collector.model.event import Derive, EventRecord
from collector.model.mail import Mail, MailKind
from collector.model.merge import Merge
from collector.model.profile import Profile
from collector.model.signing import SigningKey
from collector.model.tag import Tag


class UnknownProfile(KeyError):
    """There is no such profile. `args[0]` is the identifier that was asked for."""


class LoginTaken(ValueError):
    """The login has an active account already."""


class LoginOfAnother(ValueError):
    """The identifier that the login stands for belongs to another profile."""


class CannotUndo(ValueError):
    """Why a merge cannot be undone."""


class ApiStore(Protocol):
    """The half that the server API stands on."""

    # tokens
    def signing_keys(self) -> list[SigningKey]:
        """Newest first."""
        ...

    def add_signing_key(self, key: SigningKey, *, newest: str | None) -> list[SigningKey]:
        """Keep a key unless another than `newest` (an id; None: none yet) was added meanwhile; return all."""
        ...

    def revoke_token(self, token_id: str, until_ms: int) -> None: ...

    def revoke_tokens_of(self, subject: str, before_ms: int) -> None:
        """Refuse every token of a subject ("client:12", "uuid:...") that was made before this."""
        ...

    def is_revoked(self, token_id: str, subjects: Sequence[str], made_ms: int) -> bool: ...

    # accounts
    def accounts(self, kind: LoginKind, login: str) -> list[Account]:
        """All of a login, newest first: one active at most, and any number of pending and closed ones."""
        ...

    def account(self, account_id: int) -> Account | None: ...

    def accounts_of(self, client_id: int) -> list[Account]:
        """All of a person, oldest first: of the profile and of those merged into it, and registrations that
        wait for their address to be proved. Merged ids resolve."""
        ...

    def add_registration(
        self,
        kind: LoginKind,
        login: str,
        password_hash: str,
        *,
        source: int,
        uuid: str | None,
        registration: str,
        recipient: str,
        now_ms: int,
    ) -> None:
        """Keep a visitor's registration, and mail the link that activates it; where there is an account
        already, mail that there is. No mail beyond a few; nothing for an address that was erased, nor where
        too many wait."""
        ...

    def register_account(
        self, kind: LoginKind, login: str, password_hash: str, change: StoredChange
    ) -> ChangeResult:
        """Apply a trusted change, and let its profile sign in from now on. Raises LoginTaken,
        LoginOfAnother."""
        ...

    def activate_account(self, account_id: int, proof: str, change: StoredChange) -> int | None:
        """Make a registration the account of its login, apply what it said, and return its profile; None
        where it does not wait any more. `proof`: as `model.account.proof_of` tells it."""
        ...

    def close_accounts(self, client_id: int, change: StoredChange) -> None:
        """End every account of a profile and every sign-in, and apply what else follows."""
        ...

    def forget_registrations(self, before_ms: int) -> int:
        """Delete registrations made before this that nobody has activated; return how many."""
        ...

    # profiles
    def change_profiles(
        self, changes: Sequence[StoredChange], *, create: bool = True, actor: str = ""
    ) -> list[ChangeResult]:
        """Apply changes in order, in one transaction, with the events that follow from them.

        A change names its profile by its identifiers (contracts/synerise-profiles-api.md section 4):
        `client_id` > `customId` > `email` > `uuid` > phone. `create`: make one where nobody has them.
        """
        ...

    def find_clients(self, clients: Sequence[Client]) -> list[Profile | None]:
        """Whom each means: by id, customId, uuid, email, the first that is known."""
        ...

    def list_profiles(
        self,
        *,
        filters: dict[str, str | bool] | None = None,
        search: str = "",
        sort_by: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int = 25,
    ) -> tuple[list[Profile], int]:
        """A page of profiles, and how many there are in all. `filters` by field name, `anonymous` a bool."""
        ...

    def profile_by_phone(self, phone: str) -> Profile | None:
        """The one that was active last of those who have this phone."""
        ...

    # merges
    def merge_profiles(self, source_ids: Sequence[int], target_id: int, *, cause: str) -> Profile:
        """Merge all into one, in this order, all or nothing. Raises UnknownProfile."""
        ...

    def merges_of(self, client_id: int, *, limit: int = 100) -> list[Merge]:
        """Of a profile and of those merged into it, newest first. Merged ids resolve."""
        ...

    def undo_merge(self, merge_id: str, *, actor: str) -> tuple[int, int]:
        """Give back what was there; return the ids of source and target. Raises KeyError, CannotUndo."""
        ...

    # tags
    def tags(self) -> list[Tag]: ...

    def tag(self, tag_id: int) -> Tag | None: ...

    def add_tag(self, name: str, color: str) -> Tag:
        """The tag of this name, made where there is none."""
        ...

    def set_tag_color(self, tag_id: int, color: str) -> Tag | None: ...

    def remove_tag(self, tag_id: int) -> bool:
        """Remove the definition and take it from all profiles."""
        ...

    def tags_of(self, client_id: int) -> list[Tag] | None: ...

    # events
    def events_of(
        self,
        client_id: int,
        *,
        source_id: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> list[EventRecord]:
        """Of a profile and all that were merged into it, newest first; `source_id` None: of every source."""
        ...

    def define_events(self, pause_s: float = 0) -> bool:
        """Read on along the events and count their actions and params, each event once; return whether
        more may wait. `pause_s`: after each look at some of them."""
        ...

    def define_all_events(self, within_s: float = 2.0) -> None:
        """Read on to the end, as far as that time allows."""
        ...

    def catalogue(self) -> Catalogue:
        """All actions that were counted so far."""
        ...

    def definition(self, action: str) -> Definition | None:
        """An action with its params, as counted so far."""
        ...

    # mails
    def add_mail(
        self, kind: MailKind, recipient: str, data: dict[str, Any], *, source: int, profile_id: int | None
    ) -> None:
        """Put a mail into the outbox. `data` is as `model.mail` says."""
        ...

    def due_mails(self, now_ms: int, limit: int = 20) -> list[Mail]:
        """Those whose next try is due, the longest waiting first."""
        ...

    def mail_done(self, number: int, *, sent_ms: int | None, next_try_ms: int | None, problem: str) -> None:
        """Note what became of a try."""
        ...

    def mails(self, *, before: int | None = None, limit: int = 100) -> list[Mail]:
        """Newest first; `before` a number."""
        ...

    def mails_of(self, client_id: int) -> list[Mail]:
        """All of a person, by profile and by address, oldest first. Merged ids resolve."""
        ...

    def retry_mail(self, number: int, now_ms: int) -> bool:
        """Let a mail that waits or was given up be tried now; False where there is none such."""
        ...

    def forget_mails(self, before_ms: int) -> int:
        """Delete those made before this that wait no longer; return how many."""
        ...

    def settle_agreement(
        self,
        client_id: int,
        agreed: bool,
        *,
        address: str,
        nonce: str | None,
        derive: Derive | None,
        now_ms: int,
    ) -> bool:
        """Turn the e-mail agreement by a link that we mailed, with the events that follow.

        False where the address that it was mailed to (`address`, its mark) is the profile's no more, or
        the wish that it was made for (`nonce`) waits no more. `nonce` None: the link holds for ever.
        """
        ...
