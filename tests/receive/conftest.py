"""One running collector a module, and a new source a test."""

from collections.abc import Iterator

import pytest

from collector.auth.keys import hash_key, new_api_key
from collector.model.source import Source
from tests.receive.running import Running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector that believes a proxy in 10.0.0.0/8."""
    running = Running(tmp_path_factory.mktemp("data"), trusted_proxies="10.0.0.0/8")
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
def api_key(collector: Running, source: Source) -> str:
    """A key of that source."""
    key = new_api_key()
    collector.store.add_api_key("of the tests", hash_key(key), source_id=source.source_id)
    return key
