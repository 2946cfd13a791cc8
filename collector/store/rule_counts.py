"""How often each rule of a policy refused: counted in the commit of the events, read in sums."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, func, literal_column, select, text

from collector.model.outcome import Rejection, RuleCount
from collector.store import tables
from collector.store.privacy_tables import rule_counts as table

_ADD = text(
    "INSERT INTO rule_counts (source, minute_ms, reason, rule, count) "
    "VALUES (:source, :minute_ms, :reason, :rule, :more) "
    "ON CONFLICT (source, minute_ms, reason, rule) DO UPDATE SET count = rule_counts.count + excluded.count"
)


def count_rules(connection: Connection, rejections: Iterable[Rejection], minute_ms: int) -> None:
    """Add rejections to the sums of the rules that caused them, in minutes of this length."""
    sums = Counter(
        (r.source, r.received_ms - r.received_ms % minute_ms, r.reason.value, r.rule)
        for r in rejections
        if r.rule and r.source is not None
    )
    if sums:
        names = ("source", "minute_ms", "reason", "rule")
        connection.execute(
            _ADD, [dict(zip(names, key, strict=True)) | {"more": more} for key, more in sums.items()]
        )


def rule_counts(connection: Connection, source_id: str, since_ms: int, step_ms: int) -> list[RuleCount]:
    """The sums of one source by rule and step of time (ms), oldest first."""
    step = (table.c.minute_ms - table.c.minute_ms % literal_column(str(step_ms))).label("step")
    rows = connection.execute(
        select(step, table.c.reason, table.c.rule, func.sum(table.c.count).label("n"))
        .join(tables.sources, tables.sources.c.number == table.c.source)
        .where(tables.sources.c.source_id == source_id, table.c.minute_ms >= since_ms)
        .group_by(step, table.c.reason, table.c.rule)
        .order_by(step)
    )
    return [
        RuleCount(source_id=source_id, minute_ms=row.step, reason=row.reason, rule=row.rule, count=int(row.n))
        for row in rows
    ]


def rule_totals(connection: Connection) -> list[RuleCount]:
    """The sums of all sources over all minutes: `minute_ms` is 0."""
    rows = connection.execute(
        select(tables.sources.c.source_id, table.c.reason, table.c.rule, func.sum(table.c.count).label("n"))
        .join(tables.sources, tables.sources.c.number == table.c.source)
        .group_by(tables.sources.c.source_id, table.c.reason, table.c.rule)
    )
    return [
        RuleCount(source_id=row.source_id, minute_ms=0, reason=row.reason, rule=row.rule, count=int(row.n))
        for row in rows
    ]
