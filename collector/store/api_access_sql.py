"""The part of an SQL store under tokens, accounts and mails: each call in a transaction of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from collector.model.account import Account, AccountState, LoginKind
from collector.model.event import Derive
from collector.model.mail import Mail, MailKind
from collector.model.signing import SigningKey
from collector.store import accounts, outbox, revocations, signing, wishes


class AccessApiSql(ABC):
    """Implements a part of `api_interface.ApiStore`."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...

    def signing_keys(self) -> list[SigningKey]:
        with self._reading() as connection:
            return signing.signing_keys(connection)

    def add_signing_key(self, key: SigningKey, *, newest: str | None) -> list[SigningKey]:
        with self._writing() as connection:
            return signing.add_signing_key(connection, key, newest=newest)

    def revoke_token(self, token_id: str, until_ms: int) -> None:
        with self._writing() as connection:
            revocations.revoke_token(connection, token_id, until_ms)

    def revoke_tokens_of(self, subject: str, before_ms: int) -> None:
        with self._writing() as connection:
            revocations.revoke_tokens_of(connection, subject, before_ms)

    def is_revoked(self, token_id: str, subjects: Sequence[str], made_ms: int) -> bool:
        with self._reading() as connection:
            return revocations.is_revoked(connection, token_id, subjects, made_ms)

    def accounts(self, kind: LoginKind, login: str) -> list[Account]:
        with self._reading() as connection:
            return accounts.accounts(connection, kind, login)

    def account(self, account_id: int) -> Account | None:
        with self._reading() as connection:
            return accounts.account(connection, account_id)

    def account_of(self, client_id: int) -> Account | None:
        with self._reading() as connection:
            return accounts.account_of(connection, client_id)

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
        with self._writing() as connection:
            return accounts.add_account(
                connection,
                kind,
                login,
                password_hash,
                source=source,
                state=state,
                client_id=client_id,
                uuid=uuid,
                registration=registration,
                mail=mail,
            )

    def activate_account(self, account_id: int, client_id: int) -> bool:
        with self._writing() as connection:
            return accounts.activate_account(connection, account_id, client_id)

    def close_account(self, account_id: int) -> None:
        with self._writing() as connection:
            accounts.close_account(connection, account_id)

    def set_account_password(self, account_id: int, password_hash: str) -> None:
        with self._writing() as connection:
            accounts.set_account_password(connection, account_id, password_hash)

    def add_mail(
        self, kind: MailKind, recipient: str, data: dict[str, Any], *, source: int, profile_id: int | None
    ) -> None:
        with self._writing() as connection:
            outbox.add_mail(connection, kind, recipient, data, source=source, profile_id=profile_id)

    def due_mails(self, now_ms: int, limit: int = 20) -> list[Mail]:
        with self._reading() as connection:
            return outbox.due_mails(connection, now_ms, limit)

    def mail_done(self, number: int, *, sent_ms: int | None, next_try_ms: int | None, problem: str) -> None:
        with self._writing() as connection:
            outbox.mail_done(connection, number, sent_ms=sent_ms, next_try_ms=next_try_ms, problem=problem)

    def mails(self, *, before: int | None = None, limit: int = 100) -> list[Mail]:
        with self._reading() as connection:
            return outbox.mails(connection, before=before, limit=limit)

    def settle_agreement(
        self,
        client_id: int,
        agreed: bool,
        *,
        actor: str,
        nonce: str | None,
        derive_for: Callable[[int], Derive | None],
    ) -> bool:
        with self._writing() as connection:
            return wishes.settle_agreement(
                connection, client_id, agreed, actor=actor, nonce=nonce, derive_for=derive_for
            )
