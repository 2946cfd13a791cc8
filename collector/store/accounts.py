"""Accounts: who may sign in as a profile."""

from typing import Any

from sqlalchemy import Connection

from collector.model.account import Account, AccountState, LoginKind
from collector.model.mail import MailKind


def accounts(connection: Connection, kind: LoginKind, login: str) -> list[Account]:
    raise NotImplementedError


def account(connection: Connection, account_id: int) -> Account | None:
    raise NotImplementedError


def account_of(connection: Connection, client_id: int) -> Account | None:
    raise NotImplementedError


def add_account(
    connection: Connection,
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
    raise NotImplementedError


def activate_account(connection: Connection, account_id: int, client_id: int) -> bool:
    raise NotImplementedError


def close_account(connection: Connection, account_id: int) -> None:
    raise NotImplementedError


def set_account_password(connection: Connection, account_id: int, password_hash: str) -> None:
    raise NotImplementedError
