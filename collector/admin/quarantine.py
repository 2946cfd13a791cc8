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
from collector.store.interface import StoreUnavailable

SHOWN = 100
"""Records of one cause that are listed, the newest first."""

SENT_AT_ONCE = 500
"""Records that one press of "send all again" sends: the page answers within seconds."""

STORED_AT_ONCE = 50
"""Records stored in one commit of these."""

_NUMBER = re.compile(r"\d+")

_TOLD = ("stored", "left", "gone", "stopped")
"""The numbers of the last action, as the address that it leads to tells them."""


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
        told={name: _count(page, name) for name in _TOLD},
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
    stored, stopped = 0, ""
    sendable = [each.number for each in entries if each.kept][:SENT_AT_ONCE]
    try:
        for start in range(0, len(sendable), STORED_AT_ONCE):
            taken = _send(page, source, sendable[start : start + STORED_AT_ONCE])
            stored += len(taken)
            # Told after each commit, as the next may fail; released last, so that what could not be told
            # is sent, and told, once more. Nothing is stored twice.
            store.add_audit(page.user.name, "quarantine.send", source.source_id, f"{len(taken)} of a cause")
            store.release_quarantined(source.source_id, taken)
    except StoreUnavailable:
        stopped = "&stopped=1"
    return page.go(f"{base}?cause={key}&stored={stored}&left={len(entries) - stored}{stopped}")


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
    taken = sum(map(_is_taken, outcomes))
    part = f"{taken} of {len(made)}"
    try:
        if taken:
            detail = f"number {record.number}" + (f": {part} events" if taken < len(made) else "")
            store.add_audit(user, "quarantine.send", source.source_id, detail)
        if taken == len(made):
            store.release_quarantined(source.source_id, [record.number])
            return page.go(f"{base}?stored=1")
        problem = "Refused while it was stored: the visitor was erased, or the session never began."
    except StoreUnavailable:
        problem = "The store became busy, so it still stands here. Send it again in a moment."
    return _show(page, source, record, text, problem, f"{part} were stored." if taken else "")


def _send(page: AdminRequest, source: Source, numbers: list[int]) -> list[int]:
    """Send these records again in one commit; return those that were taken."""
    made = []
    for number in numbers:
        record = page.context.store.quarantine_record(source.source_id, number)
        if record is not None and record.quarantine.payload is not None:
            events = resend.process(page.context, record, source, record.quarantine.payload)
            if not isinstance(events, Rejected):
                made.append((number, events))
    outcomes = iter(resend.store(page.context, [event for _, events in made for event in events]))
    settled = [(number, [next(outcomes) for _ in events]) for number, events in made]
    return [number for number, each in settled if all(map(_is_taken, each))]


def _is_taken(outcome: Outcome) -> bool:
    return outcome in (Outcome.STORED, Outcome.DUPLICATE)


def _show(
    page: AdminRequest,
    source: Source,
    record: QuarantineRecord,
    text: str | None,
    problem: str = "",
    partly: str = "",
) -> Response:
    """The page of a record; with a problem `partly` says what was stored all the same."""
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
        partly=partly,
    )


def _record(page: AdminRequest) -> tuple[Source, QuarantineRecord]:
    """The source and the record in the path. Raises HTTPException 404."""
    source, number = page.source(), page.request.path_params["number"]
    # No more digits than a store's number has: Python itself reads no text of thousands of them.
    is_number = re.fullmatch("[0-9]{1,15}", number) is not None
    record = page.context.store.quarantine_record(source.source_id, int(number)) if is_number else None
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
    told = "&".join(f"{name}={_count(page, name)}" for name in _TOLD if page.query(name))
    return f"?{told}" if told else ""
