"""What became of a source's events: sums over time, by reason and by rule, and the recent rejections."""

from bisect import bisect_right
from collections import Counter
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from starlette.responses import Response

from collector.admin.display import DAY_MS, Sums, moment, outcome_sums, reason_words, zone
from collector.admin.guard import AdminRequest
from collector.model.outcome import MINUTE_MS, OutcomeCount, RuleCount

QUARTER_MS = 15 * MINUTE_MS
"""Every zone's hours and days begin at a quarter of an hour of UTC."""

HOUR_MS = 60 * MINUTE_MS
RULES_SHOWN = 50
"""Rules of one reason that are named, the busiest first; the others are one line."""


class Period(NamedTuple):
    """How far back, and in which steps."""

    link: str
    title: str
    step: str
    steps: int


PERIODS = {
    "hour": Period("Hour", "The last hour", "minute", 60),
    "day": Period("Day", "The last 24 hours", "hour", 24),
    "month": Period("30 days", "The last 30 days", "day", 30),
}


class Step(NamedTuple):
    """One minute, hour or day, with its bar in a chart of 100 units' height."""

    label: str
    full: str
    sums: Sums
    bars: list[tuple[str, float, float]]
    """(kind, top, height): what was rejected stands on what was a duplicate, and that on what was stored."""


class ReasonRow(NamedTuple):
    """A reason with the rules behind it; `others` are rules beyond those shown, `unruled` had none."""

    reason: str
    words: str
    number: int
    rules: list[tuple[str, int]]
    others: tuple[int, int]
    unruled: int


def outcomes_page(page: AdminRequest) -> Response:
    """Show what became of the events of the last hour, day or 30 days."""
    source, store, now_ms = page.source(), page.context.store, page.context.now_ms()
    chosen = page.query("period") if page.query("period") in PERIODS else "day"
    period, shown_in = PERIODS[chosen], zone(store.workspace().time_zone)
    starts = step_starts(period, now_ms, shown_in)
    width = MINUTE_MS if period.step == "minute" else QUARTER_MS
    # The rules first: what comes meanwhile then stands in the reason's sum and never in the rules' alone.
    rules = store.rule_counts(source.source_id, since_ms=starts[0], step_ms=DAY_MS)
    counts = store.outcomes(source.source_id, since_ms=starts[0], step_ms=width)
    sums = outcome_sums(counts)
    return page.render(
        "outcomes.html",
        source=source,
        tab="outcomes",
        periods=PERIODS,
        chosen=chosen,
        period=period,
        steps=_steps(period, starts, counts, shown_in),
        sums=sums,
        reasons=reason_rows(sums, rules),
        zone=store.workspace().time_zone,
    )


def rejected(page: AdminRequest) -> Response:
    """List the recent rejections."""
    source, store, now_ms = page.source(), page.context.store, page.context.now_ms()
    shown_in = zone(store.workspace().time_zone)
    return page.render(
        "rejected.html",
        source=source,
        tab="outcomes",
        rejections=[
            (moment(each.received_ms, now_ms, shown_in), reason_words(each.reason), each)
            for each in store.rejections(source.source_id, limit=100)
        ],
    )


def step_starts(period: Period, now_ms: int, shown_in: tzinfo) -> list[int]:
    """When the steps of a period begin (ms since the epoch, UTC), oldest first; the last holds now."""
    now = datetime.fromtimestamp(now_ms / 1000, shown_in)
    if period.step == "day":
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = [midnight - timedelta(days=back) for back in range(period.steps)]
        return sorted(int(day.timestamp()) * 1000 for day in days)
    begins = now.replace(second=0, microsecond=0)
    if period.step == "hour":
        begins = begins.replace(minute=0)
    length_ms = HOUR_MS if period.step == "hour" else MINUTE_MS
    last_ms = int(begins.timestamp()) * 1000
    return [last_ms - back * length_ms for back in reversed(range(period.steps))]


def reason_rows(sums: Sums, rules: list[RuleCount]) -> list[ReasonRow]:
    """The reasons, each with the rules that caused it; what a row names adds up to its number."""
    by_reason: dict[str, Counter[str]] = {}
    for each in rules:
        by_reason.setdefault(each.reason, Counter())[each.rule] += each.count
    rows = []
    for reason, words, count in sums.reasons:
        found = sorted(by_reason.get(reason, Counter()).items(), key=lambda item: (-item[1], item[0]))
        others = found[RULES_SHOWN:]
        ruled = sum(number for _, number in found)
        rest = (len(others), sum(number for _, number in others))
        unruled = count - ruled if found else 0
        rows.append(ReasonRow(reason, words, count, found[:RULES_SHOWN], rest, unruled))
    return rows


def _steps(period: Period, starts: list[int], counts: list[OutcomeCount], shown_in: tzinfo) -> list[Step]:
    found: list[list[OutcomeCount]] = [[] for _ in starts]
    for count in counts:
        found[bisect_right(starts, count.minute_ms) - 1].append(count)
    sums = [outcome_sums(step) for step in found]
    most = max(each.received for each in sums)
    return [
        Step(*_labels(period, start, shown_in), each, _bars(each, most))
        for start, each in zip(starts, sums, strict=True)
    ]


def _labels(period: Period, start_ms: int, shown_in: tzinfo) -> tuple[str, str]:
    """What a step is called: short, and in full."""
    begins = datetime.fromtimestamp(start_ms / 1000, shown_in)
    day = f"{begins.day} {begins:%b}"
    if period.step == "day":
        return day, f"{begins:%A}, {begins.day} {begins:%B} {begins.year}"
    return f"{begins:%H:%M}", f"{day} {begins:%H:%M}"


def _bars(sums: Sums, most: int) -> list[tuple[str, float, float]]:
    bars, top = [], 100.0
    for kind in ("stored", "duplicate", "rejected"):
        height = 100 * getattr(sums, kind) / most if most else 0
        if height:
            height = max(height, 1.5)  # one among a million is still to be seen
            top = max(0.0, top - height)
            bars.append((kind, round(top, 2), round(height, 2)))
    return bars
