"""The part of an SQL store under tokens, accounts and mails: each call in a transaction of its own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from collector.model.account import Account, LoginKind
from collector.model.change import ChangeResult, StoredChange
from collector.model.event import Derive
from collector.model.mail import Mail, MailKind
from collector.model.signing import SigningKey
from collector.store import accounts, outbox, registrations, revocations, signing, wishes


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

    def accounts_of(self, client_id: int) -> list[Account]:
        with self._reading() as connection:
            return accounts.accounts_of(connection, client_id)

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
        with self._writing() as connection:
            registrations.add_registration(
                connection,
                kind,
                login,
                password_hash,
                source=source,
                uuid=uuid,
                registration=registration,
                recipient=recipient,
                now_ms=now_ms,
            )

    def register_account(
        self, kind: LoginKind, login: str, password_hash: str, change: StoredChange
    ) -> ChangeResult:
        with self._writing() as connection:
            return accounts.register_account(connection, kind, login, password_hash, change)

    def activate_account(self, account_id: int, proof: str, change: StoredChange) -> int | None:
        with self._writing() as connection:
            return registrations.activate_account(connection, account_id, proof, change)

    def close_accounts(self, client_id: int, change: StoredChange) -> None:
        with self._writing() as connection:
            accounts.close_accounts(connection, client_id, change)

    def forget_registrations(self, before_ms: int) -> int:
        with self._writing() as connection:
            return registrations.forget_registrations(connection, before_ms)

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

    def mails_of(self, client_id: int) -> list[Mail]:
        with self._reading() as connection:
            return outbox.mails_of(connection, client_id)

    def retry_mail(self, number: int, now_ms: int) -> bool:
        with self._writing() as connection:
            return outbox.retry_mail(connection, number, now_ms)

    def forget_mails(self, before_ms: int) -> int:
        with self._writing() as connection:
            return outbox.forget_mails(connection, before_ms)

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
        with self._writing() as connection:
            return wishes.settle_agreement(
                connection, client_id, agreed, address=address, nonce=nonce, derive=derive, now_ms=now_ms
            )
