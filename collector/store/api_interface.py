"""What the server API asks of a store: tokens, accounts, profiles, merges, tags, definitions, mails.

Synchronous, as all but `append`: call it from a worker thread where a loop is running. What is written
is on disk when a call returns.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from collector.model.account import Account, AccountState, LoginKind
from collector.model.change import ChangeResult, StoredChange
from collector.model.client import Client
from collector.model.definition import Definition
from collector.model.event import Derive, EventRecord
from collector.model.mail import Mail, MailKind
from collector.model.merge import Merge
from collector.model.profile import Profile
from collector.model.signing import SigningKey
from collector.model.tag import Tag


class UnknownProfile(KeyError):
    """There is no such profile. `args[0]` is the identifier that was asked for."""


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
        """All of a login, newest first: one active at most, and any number of pending ones."""
        ...

    def account(self, account_id: int) -> Account | None: ...

    def account_of(self, client_id: int) -> Account | None:
        """The active account of a profile; merged ids resolve."""
        ...

    def add_account(
        self,
        kind: LoginKind,
        login: str,
        password_hash: str,
        *,
        source: int,
        state: AccountState,
        client_id: int | None = None,
        uuid: str | None = None,
        registration: str | None = None,
        mail: tuple[MailKind, dict[str, Any]] | None = None,
    ) -> Account:
        """Keep an account, and the mail that asks to activate it, in one transaction."""
        ...

    def activate_account(self, account_id: int, client_id: int) -> bool:
        """Make it the one active account of its login; False where it is not pending any more."""
        ...

    def close_account(self, account_id: int) -> None: ...

    def set_account_password(self, account_id: int, password_hash: str) -> None: ...

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
    def merge_profiles(
        self, source_ids: Sequence[int], target_id: int, *, cause: str, derive: Derive | None = None
    ) -> Profile:
        """Merge all into one, all or nothing. Raises UnknownProfile."""
        ...

    def merges_of(self, client_id: int) -> list[Merge]:
        """Of a living profile, newest first."""
        ...

    def undo_merge(self, merge_id: str, *, actor: str) -> tuple[int, int]:
        """Give back what was there; return both ids. Raises KeyError, CannotUndo."""
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

    def define_events(self, limit: int = 5000) -> int:
        """Read on along the events and count their actions and params; return how many were read."""
        ...

    def definitions(self, *, action: str | None = None) -> list[Definition]: ...

    # mails
    def add_mail(
        self, kind: MailKind, recipient: str, data: dict[str, Any], *, source: int, profile_id: int | None
    ) -> None: ...

    def due_mails(self, now_ms: int, limit: int = 20) -> list[Mail]: ...

    def mail_done(self, number: int, *, sent_ms: int | None, next_try_ms: int | None, problem: str) -> None:
        """Note what became of a try."""
        ...

    def mails(self, *, before: int | None = None, limit: int = 100) -> list[Mail]:
        """Newest first."""
        ...

    def settle_agreement(
        self,
        client_id: int,
        agreed: bool,
        *,
        actor: str,
        nonce: str | None,
        derive_for: Callable[[int], Derive | None],
    ) -> bool:
        """Turn the e-mail agreement by a link that we mailed, with the events that follow; False where
        the wish that the link was made for (`nonce`) is not waiting any more."""
        ...
