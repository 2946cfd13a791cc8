"""Policies on trial, and what they would have said."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from collector.model.policy import Policy
from collector.model.shadow import ShadowCount
from collector.store import privacy_tables, tables
from collector.store.audit import add_audit
from collector.store.registry import known_source, now_ms, raise_revision
from collector.store.rules import encode

_TRIALS = privacy_tables.shadows
_COUNTS = privacy_tables.shadow_counts


def save_shadow(connection: Connection, source_id: str, policy: Policy | None, author: str) -> None:
    """Try a policy from now on, with fresh counts; None ends it. Raises KeyError for an unknown source."""
    found = known_source(connection, source_id)
    number = found.number
    connection.execute(delete(_TRIALS).where(_TRIALS.c.source == number))
    connection.execute(delete(_COUNTS).where(_COUNTS.c.source == number))
    if policy is not None:
        begun_ms = max(now_ms(), found.shadow_ms + 1)  # tells its counts from those of the trial before
        connection.execute(
            insert(_TRIALS).values(source=number, policy=encode(policy), author=author, created_ms=begun_ms)
        )
    add_audit(connection, author, "shadow.start" if policy else "shadow.end", source_id, "")
    raise_revision(connection)


def count_shadow(connection: Connection, counts: Sequence[ShadowCount]) -> None:
    """Add to the counts; those of a trial that has ended are dropped, whatever is on trial now."""
    running = {(row.source, row.created_ms) for row in connection.execute(select(_TRIALS))}
    for each in counts:
        if (each.source, each.shadow_ms) not in running:
            continue
        pair = {"source": each.source, "live": each.live, "shadow": each.shadow}
        changed = connection.execute(
            update(_COUNTS)
            .where(*(_COUNTS.c[name] == value for name, value in pair.items()))
            .values(count=_COUNTS.c.count + each.count)
        )
        if changed.rowcount == 0:
            connection.execute(insert(_COUNTS).values(**pair, count=each.count))


def shadow_counts(connection: Connection, source_id: str) -> list[ShadowCount]:
    """The counts of a source's trial, most frequent first."""
    rows = connection.execute(
        select(_COUNTS, _TRIALS.c.created_ms.label("shadow_ms"))
        .join(_TRIALS, _TRIALS.c.source == _COUNTS.c.source)
        .join(tables.sources, tables.sources.c.number == _COUNTS.c.source)
        .where(tables.sources.c.source_id == source_id)
        .order_by(_COUNTS.c.count.desc(), _COUNTS.c.live, _COUNTS.c.shadow)
    )
    return [ShadowCount(**row._mapping) for row in rows]
