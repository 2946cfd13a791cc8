"""Sessions, judged by the collector: which session an event belongs to, and when one begins.

A session is of one source and one uuid. It begins with the first session-opening event and goes
on while no silence between two events is longer than the source allows. A late event joins the
session of its own time and moves that session's end. Where the source says so, a visit from
another campaign begins another session.

Source: contracts/synerise-sdk.md section 2 (opening actions); DESIGN.md, Sessions.
"""

import hashlib
import uuid as uuids
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from collector.model.event import Params, StoredEvent
from collector.store.bulk import change_rows, rows_in
from collector.store.tables import events as event_table
from collector.store.tables import sessions as session_table

OPENING_ACTIONS = frozenset(
    {
        "client.applicationStarted",
        "screen.view",
        "screen.click",
        "dynamicContent.show",
        "page.visit",
        "page-view",  # as pages made for Tracardi name it
        "form.submit",
        "button.click",
        "event.log",
        "slider.change",
        "switch.change",
    }
)
VISIT = "page.visit"
START = "session.start"
END = "session.end"

_OF_VISITORS = select(session_table).where(
    session_table.c.source == bindparam("source"),
    session_table.c.uuid.in_(bindparam("values", expanding=True)),
    session_table.c.last_ms >= bindparam("since"),
    session_table.c.started_ms <= bindparam("until"),
)
_NEW = insert(session_table)
_UPDATE = update(session_table).where(session_table.c.id == bindparam("key"))
_MOVE_END = update(event_table).where(
    event_table.c.source == bindparam("key_source"), event_table.c.event_id == bindparam("key_id")
)


def start_params(context: Params) -> Params:
    """What session.start tells of device and place, from what was kept of them (contract, section 2)."""
    geo = context.get("geo") or {}
    named = {
        "country": geo.get("country"),
        "countryCode": geo.get("country_code"),
        "regionName": geo.get("region"),
        "city": geo.get("city"),
    }
    kind = (context.get("device") or {}).get("kind")
    return {"mobile": kind in ("mobile", "tablet")} | {name: value for name, value in named.items() if value}


def campaign_mark(event: StoredEvent) -> str:
    """What tells the campaign of a visit from others, 32 hex digits; "" where there is none to tell."""
    if not event.by_campaign or event.action != VISIT:
        return ""
    told = [event.context[name] for name in ("campaign", "click_id") if name in event.context]
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:32] if told else ""


class Session(msgspec.Struct):
    """One row of the sessions table. Times are ms since the epoch, UTC."""

    id: str
    source: int
    uuid: str
    profile_id: int
    started_ms: int
    last_ms: int
    silence_ms: int
    events: int
    first_event_id: str
    end_event_id: str | None
    closed: bool
    campaign: str

    def holds(self, time_ms: int) -> bool:
        """Whether an event of this time belongs to the session."""
        return self.started_ms - self.silence_ms <= time_ms <= self.last_ms + self.silence_ms


class Sessions:
    """The sessions that one batch touches: loaded together, changed in memory, written together."""

    def __init__(self, connection: Connection, events: Iterable[StoredEvent]) -> None:
        self._connection = connection
        self._of_visitor: dict[tuple[int, str], list[Session]] = {}
        self._new: dict[str, Session] = {}
        self._changed: dict[str, Session] = {}
        self._load(events)

    def _load(self, events: Iterable[StoredEvent]) -> None:
        visitors: dict[int, set[str]] = {}
        since: dict[int, int] = {}
        until: dict[int, int] = {}
        for event in events:
            if event.uuid is not None and event.session_ms:
                visitors.setdefault(event.source, set()).add(event.uuid)
                earliest = event.time_ms - event.session_ms
                since[event.source] = min(since.get(event.source, earliest), earliest)
                latest = event.time_ms + event.session_ms
                until[event.source] = max(until.get(event.source, latest), latest)
        for source, values in visitors.items():
            for row in rows_in(
                self._connection,
                _OF_VISITORS,
                values,
                source=source,
                since=since[source],
                until=until[source],
            ):
                columns: tuple[Any, ...] = tuple(row)
                session = Session(*columns)  # the fields stand in the order of the columns
                self._of_visitor.setdefault((source, session.uuid), []).append(session)

    def at(self, event: StoredEvent, uuid: str) -> Session | None:
        """The session that an event of this visitor belongs to; the latest where two would do."""
        if not event.session_ms:
            return None
        fitting = [s for s in self._of_visitor.get((event.source, uuid), ()) if s.holds(event.time_ms)]
        begun = [s for s in fitting if s.started_ms <= event.time_ms]
        if not event.by_campaign or event.action != VISIT:
            return max(begun or fitting, key=_start, default=None)
        campaign = campaign_mark(event)
        current = max(begun, key=_start, default=None)
        if current is not None and campaign in ("", current.campaign):
            return current
        # A visit opens a session, unless one of the same campaign that came after it has arrived before it.
        later = [s for s in fitting if s.started_ms > event.time_ms and s.campaign == campaign]
        return min(later, key=_start, default=None)

    def open(self, event: StoredEvent, uuid: str, profile_id: int) -> Session:
        """Begin a session with this event."""
        session = Session(
            id=str(uuids.uuid4()),
            source=event.source,
            uuid=uuid,
            profile_id=profile_id,
            started_ms=event.time_ms,
            last_ms=event.time_ms,
            silence_ms=event.session_ms,
            events=0,
            first_event_id=event.id,
            end_event_id=None,
            closed=False,
            campaign=campaign_mark(event),
        )
        self._of_visitor.setdefault((event.source, uuid), []).append(session)
        self._new[session.id] = session
        return session

    def join(self, session: Session, event: StoredEvent) -> None:
        """Count an event into its session."""
        session.events += 1
        session.started_ms = min(session.started_ms, event.time_ms)
        session.last_ms = max(session.last_ms, event.time_ms)
        session.silence_ms = event.session_ms
        if session.id not in self._new:
            self._changed[session.id] = session

    def write(self) -> None:
        """Write what was opened and changed, and move the ends that late events moved."""
        if self._new:
            new = [msgspec.structs.asdict(session) for session in self._new.values()]
            change_rows(self._connection, _NEW, new)
        if self._changed:
            changed = [
                {
                    "key": s.id,
                    "started_ms": s.started_ms,
                    "last_ms": s.last_ms,
                    "silence_ms": s.silence_ms,
                    "events": s.events,
                }
                for s in self._changed.values()
            ]
            change_rows(self._connection, _UPDATE, changed)
        ended = [s for s in self._changed.values() if s.end_event_id is not None]
        if ended:
            self._connection.execute(
                _MOVE_END,
                [{"key_source": s.source, "key_id": s.end_event_id, "time_ms": s.last_ms} for s in ended],
            )


def _start(session: Session) -> int:
    return session.started_ms
