"""The audit: every change says who made it, in the transaction of the change; nothing is taken back."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.engine import make_url

from collector.model.policy import Policy
from collector.model.source import Settings, Source, TagSettings
from collector.store import Store, registry
from collector.store.sql import SqlStore


def _lines(store: Store) -> list[tuple[str, str, str, str]]:
    """Oldest first: actor, action, subject, detail."""
    return [(each.actor, each.action, each.subject, each.detail) for each in reversed(store.audit())]


def test_every_change_is_written_down_with_who_made_it(store: Store) -> None:
    source = store.add_source("Shop", actor="ada")
    settings = Settings(origins=("https://a.example",), tag=TagSettings(name="mine"))
    store.save_source(source.source_id, enabled=False, name="Shop", settings=settings, actor="command:root")
    store.save_policy(
        source.source_id, Policy(block=("secret.*",), retention_days=9), author="ada", comment="c"
    )
    store.save_workspace(time_zone="Europe/Warsaw", actor="ada")
    store.add_api_key("back end", "hash", source_id=source.source_id, actor="ada")
    store.add_user("eve", "secret-hash", actor="command:root")
    store.set_password("eve", "other-secret-hash")
    assert _lines(store) == [
        ("ada", "source.add", source.source_id, "Shop"),
        ("command:root", "source.save", source.source_id, "enabled, origins, tag.name"),
        ("ada", "policy.save", source.source_id, "version 2: block, retention_days"),
        ("ada", "workspace.save", "workspace", "time_zone"),
        ("ada", "api_key.add", source.source_id, "back end"),
        ("command:root", "user.add", "eve", ""),
        ("tagwell", "user.password", "eve", ""),
    ]
    assert all(record.time_ms > 1_700_000_000_000 for record in store.audit())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda s: s.save_source("nobody", enabled=False), id="unknown source"),
        pytest.param(
            lambda s: s.save_policy("nobody", Policy(), author="a", comment=""), id="policy of none"
        ),
        pytest.param(lambda s: s.add_api_key("k", "hash", source_id="nobody"), id="key of no source"),
        pytest.param(lambda s: s.set_password("nobody", "hash"), id="unknown user"),
    ],
)
def test_change_that_fails_leaves_no_line(store: Store, change: object) -> None:
    assert callable(change)
    with pytest.raises(KeyError):
        change(store)
    assert store.audit() == []


def test_change_and_line_come_together_or_not_at_all(store: Store, source: Source) -> None:
    before = store.audit()
    assert isinstance(store, SqlStore)

    def change_and_break(store: SqlStore) -> None:
        with store._writing() as connection:
            registry.save_source(connection, source.source_id, {"enabled": False}, "ada")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_break(store)
    assert store.audit() == before
    assert store.sources()[0].enabled


def test_it_is_read_page_by_page_newest_first(store: Store) -> None:
    for n in range(5):
        store.add_audit("ada", "test", str(n), "")
    first = store.audit(limit=2)
    rest = store.audit(before=first[-1].number, limit=9)
    assert [each.subject for each in [*first, *rest]] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"])
def test_engine_refuses_to_change_a_line(store: Store, store_url: str, statement: str) -> None:
    store.add_audit("ada", "test", "s", "d")
    url = make_url(store_url)
    if url.drivername.startswith("sqlite"):
        connection = sqlite3.connect(str(url.database))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.close()
    else:
        for refused in (statement, "TRUNCATE audit"):
            with (
                psycopg.connect(url.render_as_string(hide_password=False)) as server,
                pytest.raises(psycopg.errors.RaiseException, match="append-only"),
            ):
                server.execute(refused.encode())
    assert [each.actor for each in store.audit()] == ["ada"]
