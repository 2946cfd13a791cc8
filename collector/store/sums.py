"""Outcomes summed by source, minute, outcome and reason, in the commit of the events they count."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, insert, text

from collector.model.outcome import MINUTE_MS, Outcome, Rejection
from collector.store import quarantine, tables
from collector.store.rule_counts import count_rules

UNKNOWN_SOURCE = 0
"""The number under which outcomes of unknown sources are summed."""

Sums = Counter[tuple[int, int, Outcome, str]]
"""How many more: source, start of the minute, outcome, reason."""

_ADD_TO_SUM = text(
    "INSERT INTO outcomes (source, minute_ms, outcome, reason, count) "
    "VALUES (:source, :minute_ms, :outcome, :reason, :more) "
    "ON CONFLICT (source, minute_ms, outcome, reason) DO UPDATE SET count = outcomes.count + excluded.count"
)


def minute_of(time_ms: int) -> int:
    """The start of a time's minute, both ms since the epoch."""
    return time_ms - time_ms % MINUTE_MS


def count_outcomes(connection: Connection, sums: Sums) -> None:
    """Add to the sums by source, minute, outcome and reason."""
    rows = [
        {"source": source, "minute_ms": minute_ms, "outcome": outcome.value, "reason": reason, "more": more}
        for (source, minute_ms, outcome, reason), more in sums.items()
    ]
    if rows:
        connection.execute(_ADD_TO_SUM, rows)


def count_all(
    connection: Connection,
    sums: Sums,
    rejections: Sequence[Rejection],
) -> None:
    """Count a batch: what became of it, and of its rejections by which rule; keep what was malformed."""
    for rejection in rejections:
        source = UNKNOWN_SOURCE if rejection.source is None else rejection.source
        minute_ms, reason = minute_of(rejection.received_ms), rejection.reason.value
        sums[source, minute_ms, Outcome.REJECTED, reason] += rejection.count
    count_outcomes(connection, sums)
    known = [r for r in rejections if r.source is not None]
    if known:
        connection.execute(
            insert(tables.rejections),
            [
                {
                    "source": r.source,
                    "received_ms": r.received_ms,
                    "reason": r.reason.value,
                    "detail": r.detail,
                    "rule": r.rule,
                }
                for r in known
            ],
        )
        count_rules(connection, known, MINUTE_MS)
        quarantine.keep(connection, known)
