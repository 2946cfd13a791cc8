"""What became of events: the sums of a page add up, by time, by reason and by rule."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.admin.display import outcome_sums
from collector.admin.outcomes import PERIODS, reason_rows, step_starts
from collector.model.outcome import Outcome, OutcomeCount, Reason, Rejection, RuleCount
from collector.model.source import Settings, Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import NOON, PutEvent

MINUTE = 60_000
HOUR = 60 * MINUTE

Reject = Callable[[Rejection], None]


def refused(
    source: Source, reason: Reason, *, rule: str = "", ago_ms: int = MINUTE, detail: str = ""
) -> Rejection:
    return Rejection(source=source.number, received_ms=NOON - ago_ms, reason=reason, detail=detail, rule=rule)


def rows(page: Any) -> list[list[str]]:
    """The rows of all tables, a list of cells each."""
    found = re.findall(r"<tr.*?</tr>", page.text, re.S)
    return [re.sub(r"<[^>]*>", "|", row).replace("\n", "").strip("|").split("|") for row in found]


@pytest.mark.parametrize("period", PERIODS)
def test_sums_add_up_on_every_page(
    admin: Browser, source: Source, put: PutEvent, reject: Reject, period: str
) -> None:
    for _ in range(3):
        put()
    reject(refused(source, Reason.ACTION_BLOCKED, rule="debug.*"))
    reject(refused(source, Reason.ACTION_BLOCKED, rule="debug.*"))
    reject(refused(source, Reason.ACTION_BLOCKED, rule="<b>odd</b>"))
    reject(refused(source, Reason.INVALID_ACTION))
    page = admin.get(f"/sources/{source.source_id}/outcomes?period={period}")
    text = text_of(page)
    assert "Received 7 Stored 3 Duplicate 0 Rejected 4" in text
    assert "The action is on the blocklist action_blocked 3" in text
    assert "by the rule debug.* 2 by the rule <b>odd</b> 1" in text
    assert "The action breaks the rule for names invalid_action 1" in text
    assert "<b>odd" not in page.text
    numbers = [[int(cell) for cell in row[1:] if cell.isdigit()] for row in rows(page)]
    assert [7, 3, 0, 4] in numbers, "one step holds them all"


def test_what_is_older_than_the_period_or_anothers_does_not_count(
    admin: Browser, store: Store, source: Source, reject: Reject
) -> None:
    other = store.add_source("Other", Settings())
    reject(refused(other, Reason.INVALID_TIME))
    for ago in (2 * HOUR, 30 * HOUR, 40 * 24 * HOUR):
        reject(refused(source, Reason.INVALID_ID, ago_ms=ago, rule="x"))
    base = f"/sources/{source.source_id}/outcomes"
    received = [re.search(r"Received (\d+)", text_of(admin.get(f"{base}?period={p}"))) for p in PERIODS]
    assert [found and found[1] for found in received] == ["0", "1", "2"]
    assert "Nothing was rejected" in text_of(admin.get(f"{base}?period=hour"))
    assert "The last 24 hours" in text_of(admin.get(f"{base}?period=<script>"))


def test_rules_of_a_reason_add_up_to_it_however_many() -> None:
    counts = [
        OutcomeCount(source_id="s", minute_ms=0, outcome=Outcome.REJECTED, reason="page_blocked", count=500)
    ]
    rules = [
        RuleCount(source_id="s", minute_ms=m, reason="page_blocked", rule=f"/{n}", count=2)
        for n in range(80)
        for m in (0, 1)
    ]
    [row] = reason_rows(outcome_sums(counts), rules)
    assert len(row.rules) == 50
    assert sum(number for _, number in row.rules) + row.others[1] + row.unruled == row.number == 500
    assert (row.others, row.unruled) == ((30, 120), 180)


def test_reason_that_no_rule_caused_names_none() -> None:
    counts = [
        OutcomeCount(source_id="s", minute_ms=0, outcome=Outcome.REJECTED, reason="invalid_id", count=5)
    ]
    [row] = reason_rows(outcome_sums(counts), [])
    assert (row.rules, row.others, row.unruled) == ([], (0, 0), 0)


@pytest.mark.parametrize(
    ("zone", "period", "first", "last"),
    [
        pytest.param(
            "Europe/Warsaw", "day", "2026-03-28T15:00+01:00", "2026-03-29T15:00+02:00", id="a short day"
        ),
        pytest.param(
            "Asia/Kathmandu", "day", "2026-03-28T19:00+05:45", "2026-03-29T18:00+05:45", id="odd minutes"
        ),
        pytest.param("Europe/Warsaw", "month", "2026-02-28T00:00+01:00", "2026-03-29T00:00+01:00", id="days"),
        pytest.param("UTC", "hour", "2026-03-29T12:06+00:00", "2026-03-29T13:05+00:00", id="minutes"),
    ],
)
def test_steps_begin_where_the_clock_of_the_workspace_does(
    zone: str, period: str, first: str, last: str
) -> None:
    now_ms = int(datetime(2026, 3, 29, 13, 5, 30, tzinfo=UTC).timestamp() * 1000)
    starts = step_starts(PERIODS[period], now_ms, ZoneInfo(zone))
    assert len(starts) == PERIODS[period].steps
    shown = [datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)).isoformat(timespec="minutes") for ms in starts]
    assert (shown[0], shown[-1]) == (first, last)
    assert starts == sorted(starts)
    if period != "hour":
        assert all(start % (15 * MINUTE) == 0 for start in starts)


def test_recent_rejections_are_listed_without_what_was_sent(
    admin: Browser, source: Source, reject: Reject
) -> None:
    reject(refused(source, Reason.INVALID_ACTION, detail="action '<script>alert(1)</script>'"))
    page = admin.get(f"/sources/{source.source_id}/rejected")
    assert "no content is shown or kept, by design" in text_of(page)
    assert "action '<script>alert(1)</script>'" in text_of(page)
    assert "<script>alert" not in page.text
