"""A running collector, asked by back ends."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters

from collector.auth import passwords
from collector.auth.keys import hash_key, new_api_key
from collector.model.source import Source
from tests.receive.running import Running

Ask = Callable[..., httpx.Response]


class CountingHasher(PasswordHasher):
    """Argon2 with the least memory and time there is: real, weak and quick."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.hashed = self.verified = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        extract_parameters(hash if isinstance(hash, str) else hash.decode())  # what is no hash costs nothing
        self.verified += 1
        return super().verify(hash, password)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingHasher]:
    """Passwords are hashed quickly, as many are."""
    hasher = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    passwords.nobodys_hash.cache_clear()
    yield hasher
    passwords.nobodys_hash.cache_clear()


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector of this module."""
    running = Running(tmp_path_factory.mktemp("data"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def source(collector: Running) -> Source:
    """A new source."""
    return collector.store.add_source("Low Tide Pottery")


@pytest.fixture
def key(collector: Running) -> str:
    """A key of the workspace."""
    key = new_api_key()
    collector.store.add_api_key("shop back end", hash_key(key))
    return key


@pytest.fixture
def ask(collector: Running, key: str) -> Ask:
    """Ask below /v4 as a back end does; headers that are given as None are left out."""

    def ask(method: str, path: str, **headers: str | None) -> httpx.Response:
        given: dict[str, Any] = {"authorization": f"Bearer {key}", "api_version": "4.4"} | headers
        sent = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        return collector.request(method, f"/v4{path}", headers=sent)

    return ask


@pytest.fixture
def second(collector: Running) -> Iterator[Running]:
    """Another collector on the same store."""
    second = Running(collector.folder)
    second.start()
    yield second
    second.stop()
