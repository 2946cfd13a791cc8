"""The quarantine of a source: what was malformed, by cause; opened, mended, sent again or thrown away."""

import hashlib
import re
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin import resend
from collector.admin.display import Moment, moment, reason_words, visible, zone
from collector.admin.guard import AdminRequest
from collector.model.outcome import Outcome, Rejected
from collector.model.quarantine import MOST_KEPT, QuarantineEntry, QuarantineRecord
from collector.model.source import Source

SHOWN = 100
"""Records of one cause that are listed, the newest first."""

SENT_AT_ONCE = 500
"""Records that one press of "send all again" sends: the page answers within seconds."""

STORED_AT_ONCE = 50
"""Records stored in one commit of these."""

_NUMBER = re.compile(r"\d+")


class Cause(NamedTuple):
    """Records that were malformed in the same way; `kept`: how many of them have content."""

    key: str
    words: str
    detail: str
    entries: list[QuarantineEntry]
    kept: int


def cause_key(entry: QuarantineEntry) -> str:
    """What names a cause in an address: reason and detail, whatever numbers stand in it."""
    cause = f"{entry.reason}:{_NUMBER.sub('#', entry.detail)}"
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def causes(entries: list[QuarantineEntry]) -> list[Cause]:
    """Group records by cause, the most frequent first."""
    groups: dict[str, list[QuarantineEntry]] = {}
    for entry in entries:
        groups.setdefault(cause_key(entry), []).append(entry)
    found = [
        Cause(key, reason_words(group[0].reason), group[0].detail, group, sum(each.kept for each in group))
        for key, group in groups.items()
    ]
    return sorted(found, key=lambda cause: -len(cause.entries))


def quarantine_page(page: AdminRequest) -> Response:
    """Show the causes, or with `cause` the records of one."""
    source = page.source()
    found = causes(page.context.store.quarantine_entries(source.source_id))
    chosen = next((cause for cause in found if cause.key == page.query("cause")), None)
    if page.query("cause") and chosen is None:
        return page.go(f"/sources/{source.source_id}/quarantine{_told(page)}")
    return page.render(
        "quarantine.html",
        source=source,
        tab="outcomes",
        rows=[(cause, _when(page, cause.entries[-1]), _when(page, cause.entries[0])) for cause in found],
        cause=chosen,
        records=[(each, _when(page, each)) for each in chosen.entries[:SHOWN]] if chosen else [],
        full=sum(len(cause.entries) for cause in found) >= MOST_KEPT,
        most=MOST_KEPT,
        at_once=SENT_AT_ONCE,
        told={name: _count(page, name) for name in ("stored", "left", "gone")},
    )


def act_on_cause(page: AdminRequest) -> Response:
    """Send all records of a cause again, or throw them away."""
    source, store = page.source(), page.context.store
    key = page.form.text("cause")
    entries = [each for each in store.quarantine_entries(source.source_id) if cause_key(each) == key]
    base = f"/sources/{source.source_id}/quarantine"
    if page.form.text("do") == "drop":
        gone = store.release_quarantined(source.source_id, [each.number for each in entries])
        store.add_audit(page.user.name, "quarantine.drop", source.source_id, f"{gone} of a cause")
        return page.go(f"{base}?gone={gone}")
    if page.form.text("do") != "send":
        raise HTTPException(400)
    stored = 0
    sendable = [each.number for each in entries if each.kept][:SENT_AT_ONCE]
    for start in range(0, len(sendable), STORED_AT_ONCE):
        stored += _send(page, source, sendable[start : start + STORED_AT_ONCE])
    store.add_audit(page.user.name, "quarantine.send", source.source_id, f"{stored} of a cause")
    return page.go(f"{base}?cause={key}&stored={stored}&left={len(entries) - stored}")


def record_page(page: AdminRequest) -> Response:
    """Show one record."""
    source, record = _record(page)
    payload = resend.shown_payload(page.context, record, source)
    return _show(page, source, record, None if payload is None else visible(resend.pretty(payload)))


def act_on_record(page: AdminRequest) -> Response:
    """Send one again as it stands in the form, or throw it away."""
    source, record = _record(page)
    store, user = page.context.store, page.user.name
    base = f"/sources/{source.source_id}/quarantine"
    if page.form.text("do") == "drop":
        store.release_quarantined(source.source_id, [record.number])
        store.add_audit(user, "quarantine.drop", source.source_id, f"number {record.number}")
        return page.go(f"{base}?gone=1")
    if page.form.text("do") != "send":
        raise HTTPException(400)
    text = page.form.text("payload")
    made = resend.process(page.context, record, source, text)
    if isinstance(made, Rejected):
        return _show(page, source, record, text, f"{reason_words(made.reason)}: {made.detail}")
    outcomes = resend.store(page.context, made)
    if not _all_taken(outcomes):
        problem = "It was refused while it was stored: its visitor was erased, or its session never began."
        return _show(page, source, record, text, problem)
    store.release_quarantined(source.source_id, [record.number])
    store.add_audit(user, "quarantine.send", source.source_id, f"number {record.number}")
    return page.go(f"{base}?stored=1")


def _send(page: AdminRequest, source: Source, numbers: list[int]) -> int:
    """Send these records again in one commit; return how many were taken."""
    made = []
    for number in numbers:
        record = page.context.store.quarantine_record(source.source_id, number)
        if record is not None and record.quarantine.payload is not None:
            events = resend.process(page.context, record, source, record.quarantine.payload)
            if not isinstance(events, Rejected):
                made.append((number, events))
    outcomes = iter(resend.store(page.context, [event for _, events in made for event in events]))
    taken = [number for number, events in made if _all_taken([next(outcomes) for _ in events])]
    page.context.store.release_quarantined(source.source_id, taken)
    return len(taken)


def _all_taken(outcomes: list[Outcome]) -> bool:
    return all(outcome in (Outcome.STORED, Outcome.DUPLICATE) for outcome in outcomes)


def _show(
    page: AdminRequest, source: Source, record: QuarantineRecord, text: str | None, problem: str = ""
) -> Response:
    return page.render(
        "quarantine_record.html",
        422 if problem else 200,
        source=source,
        tab="outcomes",
        record=record,
        words=reason_words(record.reason),
        time=_when(page, record),
        text=text,
        withheld=text is None and record.quarantine.payload is not None,
        errors={"payload": problem} if problem else {},
    )


def _record(page: AdminRequest) -> tuple[Source, QuarantineRecord]:
    """The source and the record in the path. Raises HTTPException 404."""
    source, number = page.source(), page.request.path_params["number"]
    record = page.context.store.quarantine_record(source.source_id, number) if number < 2**63 else None
    if record is None:
        raise HTTPException(404)
    return source, record


def _when(page: AdminRequest, entry: QuarantineEntry | QuarantineRecord) -> Moment:
    shown_in = zone(page.context.store.workspace().time_zone)
    return moment(entry.received_ms, page.context.now_ms(), shown_in)


def _count(page: AdminRequest, name: str) -> int | None:
    """A number of the last action, told by the address it led to."""
    value = page.query(name)
    return int(value) if re.fullmatch("[0-9]{1,6}", value) else None


def _told(page: AdminRequest) -> str:
    told = "&".join(f"{name}={_count(page, name)}" for name in ("stored", "gone") if page.query(name))
    return f"?{told}" if told else ""
