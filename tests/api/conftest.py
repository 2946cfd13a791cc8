"""A running collector, asked by back ends."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.source import Source
from tests.receive.running import Running

Ask = Callable[..., httpx.Response]


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
