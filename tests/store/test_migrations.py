"""A store of an older release is brought up to date with all that lies in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from collector.errors import OperatorError
from collector.model.policy import Policy
from collector.store import connect, schema
from tests.store.conftest import MakeUrl
from tests.store.events import NOON, EventMaker

_SOURCE = text(
    "INSERT INTO sources (number, source_id, workspace, name, enabled, settings, salt, created_ms)"
    " VALUES (1, 'shop', 1, 'Shop', TRUE, '{}', '0123456789abcdef', :noon)"
)
_POLICY = text(
    "INSERT INTO policies (source, version, policy, author, comment, created_ms)"
    """ VALUES (1, 1, '{"block":["debug.*"]}', 'tagwell', '', :noon)"""
)
_SESSION = text(
    "INSERT INTO sessions (id, source, uuid, profile_id, started_ms, last_ms, silence_ms, events,"
    " first_event_id, end_event_id, closed)"
    " VALUES (:id, :source, 'browser-1', 1, :noon, :noon, 1800000, 1, 'first', NULL, :closed)"
)
"""As the release before writes them, which knows no campaign."""
_PROFILE = text(
    "INSERT INTO profiles (id, workspace, fields, attributes, agreements, tags, trusted, created_ms,"
    " updated_ms, last_activity_ms)"
    """ VALUES (:id, 1, '{}', '{}', '{}', '["contact","ü"]', '[]', :noon, :noon, :noon)"""
)


@pytest.fixture
def first_url(empty_url: MakeUrl) -> str:
    """The URL of a store of the first schema."""
    return empty_url()


@pytest.fixture
def engine_of_first(first_url: str) -> Iterator[Engine]:
    """That store, for statements of its own."""
    url = make_url(first_url)
    engine = create_engine(url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        schema.upgrade(connection, "0001")
    yield engine
    engine.dispose()


async def test_a_store_of_the_first_schema_goes_on_where_it_was(
    first_url: str, engine_of_first: Engine
) -> None:
    store = connect(first_url)
    session = {"source": 1, "noon": NOON, "closed": False}
    with engine_of_first.begin() as connection:
        connection.execute(_SOURCE, {"noon": NOON})
        connection.execute(_POLICY, {"noon": NOON})
        connection.execute(_SESSION, session | {"id": "before"})
        connection.execute(_PROFILE, [{"id": number, "noon": NOON} for number in (101, 102)])
    with pytest.raises(OperatorError, match="tagwell migrate"):
        store.open()
    store.close()

    store = connect(first_url)
    store.migrate()
    store.open()
    (source,) = store.sources()
    assert [tag.name for tag in store.tags()] == ["contact", "ü"]
    assert (source.policy.block, source.policy.redact) == (("debug.*",), Policy().redact)
    make = EventMaker(source)
    await store.append([make(minute=1)])
    assert [event.session_id for event in store.events(source.source_id)] == ["before"]
    # The last release's code goes on writing until the last of its workers has ended.
    with engine_of_first.begin() as connection:
        connection.execute(_SESSION, session | {"id": "after"})
    store.close()
