"""The admin pages on a real store, and one person who may sign in."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import Mount

from collector.admin import AdminContext, Attribution, admin_routes
from collector.enrich import Enricher, Geo
from collector.model.event import StoredEvent
from collector.model.outcome import Rejection
from collector.model.source import Source
from collector.store import Store, connect
from tests.admin.browser import PASSWORD, Browser

NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC

PutEvent = Callable[..., int]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ms = NOON

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    """The clock of the pages, at NOON."""
    return Clock()


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A hash of PASSWORD that is checked at once: a real one takes a seventh of a second at every sign-in."""
    return PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Path:
    """The file of a store with the user "ada", made once: migrating takes a while."""
    path = tmp_path_factory.mktemp("migrated") / "tagwell.db"
    store = connect(f"sqlite:///{path}")
    store.migrate()
    store.add_user("ada", password_hash)
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A store with the user "ada"."""
    shutil.copy(migrated, tmp_path)
    store = connect(f"sqlite:///{tmp_path / migrated.name}")
    store.open()
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def app(store: Store, clock: Clock, tmp_path: Path) -> Starlette:
    """The admin pages, mounted as the collector mounts them."""
    context = AdminContext(
        store=store,
        enricher=Enricher(Geo(None, tmp_path / "geo")),
        secret_key=b"of the tests",
        secure_cookies=True,
        now_ms=clock,
        geo_note=lambda: "Places by <DB-IP> of June 2026",
        geo_attribution=lambda: Attribution("IP Geolocation by DB-IP", "https://db-ip.com"),
    )
    return Starlette(routes=[Mount("/admin", routes=admin_routes(context))])


@pytest.fixture
def stranger(app: Starlette) -> Browser:
    """A browser that is not signed in."""
    return Browser(app)


@pytest.fixture
def admin(app: Starlette) -> Browser:
    """A browser in which ada is signed in."""
    admin = Browser(app)
    assert admin.sign_in().status_code == 303
    return admin


@pytest.fixture
def source(store: Store) -> Source:
    """A new source."""
    return store.add_source("Low Tide Pottery")


@pytest.fixture
def put(store: Store, source: Source) -> PutEvent:
    """Store one event of `source`; return its seq."""
    numbers = iter(range(1, 10_000))

    def put(action: str = "page.visit", label: str = "Visited page Home", **fields: Any) -> int:
        values: dict[str, Any] = {
            "source": source.number,
            "workspace": source.workspace_id,
            "id": f"event-{next(numbers)}",
            "action": action,
            "label": label,
            "time_ms": NOON - 60_000,
            "received_ms": NOON - 60_000,
            "uuid": None,
            "params": {},
            "context": {},
            "profile": None,
            "trusted": False,
            "session_ms": 1_800_000,
            "derive": lambda _action, _label, _params, _time: None,
        }
        event = StoredEvent(**(values | fields))
        asyncio.run(store.append([event]))
        return store.events(source.source_id, newest=True, limit=1)[0].seq

    return put


@pytest.fixture
def reject(store: Store) -> Callable[[Rejection], None]:
    """Count one rejection."""
    return lambda rejection: asyncio.run(_append(store, rejection))


async def _append(store: Store, rejection: Rejection) -> None:
    await store.append([], [rejection])
