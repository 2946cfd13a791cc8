"""What jobs and doors need: leases, attempts, spent links, ending sessions, forgetting rejections."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, select, update

from collector.model.event import Derive, EventRecord
from collector.model.outcome import Outcome
from collector.model.source import Source
from collector.store import privacy_tables, queries, registry, tables
from collector.store.event_row import event_row
from collector.store.sessions import END, Session
from collector.store.sums import Sums, count_outcomes, minute_of


def count_attempt(connection: Connection, key: str, now_ms: int, window_ms: int) -> int:
    """Count one attempt under this key; a window begins with its first attempt."""
    table = tables.attempts
    over = (table.c.window_ms <= now_ms - window_ms) | (table.c.window_ms > now_ms)
    connection.execute(delete(table).where(over))
    changed = connection.execute(update(table).where(table.c.key == key).values(count=table.c.count + 1))
    if changed.rowcount == 0:
        connection.execute(insert(table).values(key=key, window_ms=now_ms, count=1))
    return int(connection.execute(select(table.c.count).where(table.c.key == key)).scalar_one())


def take_back_attempt(connection: Connection, key: str) -> None:
    """Count one attempt less under this key."""
    table = tables.attempts
    counted = update(table).where(table.c.key == key, table.c.count > 0)
    connection.execute(counted.values(count=table.c.count - 1))


def clear_attempts(connection: Connection, key: str) -> None:
    """Forget the attempts under this key."""
    connection.execute(delete(tables.attempts).where(tables.attempts.c.key == key))


def spend_link(connection: Connection, nonce: str, now_ms: int, until_ms: int) -> bool:
    """Note that a link was used; False where it was before. Those that have expired are forgotten."""
    table = tables.spent_links
    connection.execute(delete(table).where(table.c.until_ms < now_ms))
    if connection.execute(select(table).where(table.c.nonce == nonce)).first() is not None:
        return False
    connection.execute(insert(table).values(nonce=nonce, until_ms=until_ms))
    return True


def take_lease(connection: Connection, name: str, holder: str, now_ms: int, length_ms: int) -> bool:
    """Take or prolong a lease; False while another holds it."""
    table = tables.leases
    row = connection.execute(select(table).where(table.c.name == name)).first()
    if row is None:
        connection.execute(insert(table).values(name=name, holder=holder, until_ms=now_ms + length_ms))
        return True
    # A lease that ends later than any could was taken while the clock was ahead.
    if row.holder != holder and now_ms < row.until_ms <= now_ms + length_ms:
        return False
    connection.execute(
        update(table).where(table.c.name == name).values(holder=holder, until_ms=now_ms + length_ms)
    )
    return True


def close_sessions(
    connection: Connection,
    now_ms: int,
    derive_for: Callable[[EventRecord, Source], Derive],
    limit: int,
) -> int:
    """End the sessions that have been silent too long, each at its last event's time; return how many."""
    table = tables.sessions
    rows = connection.execute(
        select(table)
        .where(
            table.c.closed.is_(False), table.c.last_ms < now_ms, table.c.last_ms + table.c.silence_ms < now_ms
        )
        .order_by(table.c.last_ms)
        .limit(limit)
    ).all()
    by_number = {source.number: source for source in registry.sources(connection)} if rows else {}
    sums: Sums = Counter()
    for row in rows:
        session = Session(**row._mapping)
        end_id = _end(connection, session, by_number[session.source], derive_for)
        connection.execute(
            update(table).where(table.c.id == session.id).values(closed=True, end_event_id=end_id)
        )
        if end_id is not None:
            sums[session.source, minute_of(now_ms), Outcome.DERIVED, ""] += 1
    count_outcomes(connection, sums)
    return len(rows)


def _end(
    connection: Connection,
    session: Session,
    source: Source,
    derive_for: Callable[[EventRecord, Source], Derive],
) -> str | None:
    """Store the session's end; return its id, or None where nothing may follow from what was kept."""
    first = queries.event_by_id(connection, session.source, session.first_event_id)
    if first is None:
        return None
    end = derive_for(first, source)(END, "Session end", {}, session.last_ms)
    if end is None:
        return None
    connection.execute(
        insert(tables.events),
        event_row(
            end,
            uuid=session.uuid,
            profile_id=session.profile_id,
            session_id=session.id,
            derived=True,
        ),
    )
    return end.id


def trim_rejections(connection: Connection, before_ms: int) -> int:
    """Forget recent rejections and what is in quarantine where older than this; the counts stay."""
    return sum(
        connection.execute(delete(table).where(table.c.received_ms < before_ms)).rowcount
        for table in (tables.rejections, privacy_tables.quarantine)
    )
