"""A real store for what the fuzz tests take in, with a source for each of the policies."""

import asyncio
from collections.abc import Iterator

import pytest

from collector.enrich import Enricher, Geo
from collector.model.outcome import Outcome
from collector.store import Store, connect
from tests.fuzz.dialects import Dialect
from tests.fuzz.stages import POLICIES, Sender, settings_of, settle
from tests.postgresql import run_postgresql


class Intake:
    """Takes bodies through the stages into a store, and counts what was received."""

    def __init__(self, store: Store, enricher: Enricher) -> None:
        self._store = store
        self._enricher = enricher
        self._runner = asyncio.Runner()
        sources = [store.add_source(name, settings_of(name), policy) for name, policy in POLICIES.items()]
        self.senders = [Sender(source, trusted) for source in sources for trusted in (False, True)]
        self.read = 0

    def take(self, dialect: Dialect, body: bytes, sender: Sender) -> None:
        """Store what a body comes to. Raises whatever no sender may cause."""
        settled = settle(dialect, body, sender, self._enricher)
        outcomes = self._runner.run(self._store.append(settled.events, settled.rejections))
        assert len(outcomes) == len(settled.events)
        self.read += settled.read

    def counted(self) -> int:
        """How many events have an outcome in the store; derived ones apart."""
        rows = self._store.outcomes()
        return sum(row.count for row in rows if row.outcome is not Outcome.DERIVED)

    def close(self) -> None:
        """Let go of the loop."""
        self._runner.close()


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL server."""
    with run_postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        url: str = server.get_uri()
        yield url


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.long, pytest.mark.timeout(1800)])],
)
def intake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """An intake with a store of its own, on each engine."""
    folder = tmp_path_factory.mktemp("taken")
    url = f"sqlite:///{folder / 'tagwell.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
    store = connect(url)
    store.migrate()
    store.open()
    intake = Intake(store, Enricher(Geo(None, folder / "geo")))
    try:
        yield intake
    finally:
        intake.close()
        store.close()
