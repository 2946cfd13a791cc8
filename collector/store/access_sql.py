"""The part of an SQL store that says who may come in: each call in a transaction of its own."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from collector.model.workspace import ApiKey, User
from collector.store import access, upkeep


class AccessSql(ABC):
    """Implements keys, people and attempts of `interface.Store`."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...

    def add_api_key(
        self,
        name: str,
        key_hash: str,
        *,
        source_id: str | None = None,
        permissions: tuple[str, ...] = ("*",),
        actor: str = "tagwell",
    ) -> ApiKey:
        with self._writing() as connection:
            return access.add_api_key(connection, name, key_hash, source_id, permissions, actor)

    def api_key(self, key_hash: str) -> ApiKey | None:
        with self._reading() as connection:
            found = access.api_keys(connection, key_hash=key_hash)
        return found[0] if found and not found[0].revoked else None

    def api_key_by_id(self, key_id: str) -> ApiKey | None:
        with self._reading() as connection:
            found = access.api_keys(connection, key_id=key_id)
        return found[0] if found and not found[0].revoked else None

    def api_keys(self) -> list[ApiKey]:
        with self._reading() as connection:
            return access.api_keys(connection)

    def revoke_api_key(self, key_id: str, *, actor: str) -> ApiKey:
        with self._writing() as connection:
            return access.revoke_api_key(connection, key_id, actor)

    def add_user(self, name: str, password_hash: str, *, actor: str = "tagwell") -> User:
        with self._writing() as connection:
            return access.add_user(connection, name, password_hash, actor)

    def user(self, name: str) -> User | None:
        with self._reading() as connection:
            return access.user(connection, name)

    def users(self) -> list[User]:
        with self._reading() as connection:
            return access.users(connection)

    def set_password(self, name: str, password_hash: str, *, actor: str = "tagwell") -> User:
        with self._writing() as connection:
            return access.set_password(connection, name, password_hash, actor)

    def count_attempt(self, key: str, now_ms: int, window_ms: int) -> int:
        with self._writing() as connection:
            return upkeep.count_attempt(connection, key, now_ms, window_ms)

    def take_back_attempt(self, key: str) -> None:
        with self._writing() as connection:
            upkeep.take_back_attempt(connection, key)

    def clear_attempts(self, key: str) -> None:
        with self._writing() as connection:
            upkeep.clear_attempts(connection, key)

    def spend_link(self, nonce: str, now_ms: int, until_ms: int) -> bool:
        with self._writing() as connection:
            return upkeep.spend_link(connection, nonce, now_ms, until_ms)
