"""One commit: dedupe, identity, sessions, derived events and the counting of outcomes, all or nothing.

What a batch needs is looked up for the whole batch, settled event by event in memory, and
written at the end, so that a commit of sixty-four events costs little more than one of one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from collector.model.event import StoredEvent
from collector.model.outcome import Outcome, Reason, Rejection
from collector.store import consents, tables
from collector.store.bulk import change_rows, rows_in
from collector.store.event_row import content, event_row
from collector.store.identity import Identities, Resolution
from collector.store.purchases import bought, product_ids
from collector.store.rewrites import Rewrites
from collector.store.sessions import END, OPENING_ACTIONS, START, Session, Sessions, start_params
from collector.store.sums import Sums, count_all, minute_of
from collector.store.tombstones import without_erased

_KNOWN_IDS = select(tables.events.c.event_id).where(
    tables.events.c.source == bindparam("source"),
    tables.events.c.event_id.in_(bindparam("values", expanding=True)),
)
# Two changes that cancel each other reach the disk; one that changes nothing does not.
_TOUCH = (
    insert(tables.leases).values(name="readiness", holder="", until_ms=0),
    delete(tables.leases).where(tables.leases.c.name == "readiness"),
)
_NEW_EVENT = insert(tables.events)
_TURNED = {
    True: ("marketingAgreement.turnOn", "Agreement on"),
    False: ("marketingAgreement.turnOff", "Agreement off"),
}

Key = tuple[int, str]
"""source, event id."""

_ERASED = "the visitor was erased at their request"


def record(
    connection: Connection, events: Sequence[StoredEvent], rejections: Sequence[Rejection]
) -> list[Outcome]:
    """Store a batch inside the caller's transaction; return one outcome an event, in order."""
    rejections = without_erased(connection, rejections)
    if events:
        return _Batch(connection, events).store(rejections)
    if not rejections:
        for change in _TOUCH:  # an empty batch asks whether a write would reach the disk
            connection.execute(change)
    count_all(connection, Counter(), rejections)
    return []


class _Batch:
    """The state of one commit."""

    def __init__(self, connection: Connection, events: Sequence[StoredEvent]) -> None:
        self._connection = connection
        self._events = events
        self._rewrites = Rewrites(connection)
        self._known = _known_ids(connection, [*_ids(events), *self._product_ids(events)])
        self._identities = Identities(connection, events)
        self._sessions = Sessions(connection, events)
        self._rows: list[dict[str, Any]] = []
        self._evidence: list[tuple[StoredEvent, str | None]] = []
        self._sums: Sums = Counter()
        self._rejections: list[Rejection] = []
        self._salted: dict[tuple[int, str], dict[str, Any]] = {}

    def store(self, rejections: Sequence[Rejection]) -> list[Outcome]:
        outcomes = [self._settle(event) for event in self._events]
        self._identities.write()
        self._sessions.write()
        if self._rows:
            change_rows(self._connection, _NEW_EVENT, self._rows)
        self._rewrites.write()
        if self._evidence:
            consents.keep(self._connection, self._evidence)
        count_all(self._connection, self._sums, [*rejections, *self._rejections])
        return outcomes

    def _settle(self, event: StoredEvent) -> Outcome:
        key = (event.source, event.id)
        if key in self._known:
            return self._sum(event, Outcome.DUPLICATE)
        if self._identities.is_erased(event):
            return self._reject(event, Reason.ERASED, _ERASED)
        if event.action in (START, END):
            if self._session_at(event, event.uuid) is not None:
                # The tag's own report of a session that is already known.
                return self._sum(event, Outcome.DUPLICATE)
            if event.action == END:
                return self._reject(event, Reason.NO_SESSION, "session.end for a session that nobody started")
        resolution = self._identities.resolve(event)
        if resolution is None:
            return self._reject(event, Reason.ERASED, _ERASED)
        if resolution.unknown:
            return self._reject(event, Reason.UNKNOWN_PROFILE, "no profile has this id")
        session = None
        if event.server is not None and event.server.salt is not None:
            event = self._rewrites.salted(event, event.server.salt, resolution.profile_id)
            self._rewrites.load(event.source, [event.id])
        if not self._rewritten(event):
            session = self._add(event, resolution)
        if resolution.turned is not None:
            action, label = _TURNED[resolution.turned]
            self._derive(event, action, label, {"agreement": "email"}, resolution, session)
        self._derive_products(event, resolution, session)
        return self._sum(event, Outcome.STORED)

    def _add(self, event: StoredEvent, resolution: Resolution) -> Session | None:
        """Keep an event that takes no other's place; return its session."""
        self._known.add((event.source, event.id))
        session = self._session_at(event, resolution.uuid)
        if session is None:
            session = self._open_session(event, resolution)
        if session is not None:
            self._sessions.join(session, event)
        self._keep(event, resolution, session)
        if event.server is not None and event.server.salt is not None:
            self._salted[event.source, event.id] = self._rows[-1]
        if event.evidence is not None:
            self._evidence.append((event, resolution.uuid))
        return session

    def _rewritten(self, event: StoredEvent) -> bool:
        """Put an event in the place of the one of its id; False where there is none."""
        kept = self._salted.get((event.source, event.id))
        if kept is not None:
            kept.update(content(event))
            return True
        return self._rewrites.replace(event)

    def _product_ids(self, events: Sequence[StoredEvent]) -> Iterator[Key]:
        """Of the products of each transaction whose id is its own, and theirs with it."""
        for event in events:
            if event.server is not None and event.server.transaction and event.server.salt is None:
                namespace = self._rewrites.namespace(event.workspace)
                for id in product_ids(event.source, event.id, event.params, namespace):
                    yield event.source, id

    def _derive_products(self, event: StoredEvent, resolution: Resolution, session: Session | None) -> None:
        """A product.buy for each product of a transaction, whose id tells its place in the list."""
        if event.server is None or not event.server.transaction:
            return
        made = list(bought(event, self._rewrites.namespace(event.workspace)))
        if event.server.salt is not None:
            self._rewrites.load(event.source, [one.id for one in made])
        for product in made:
            # Products outlive a transaction that was deleted and is sent again.
            if (product.source, product.id) in self._known or self._rewritten(product):
                continue
            self._keep(product, resolution, session, derived=True)
            if event.server.salt is not None:
                self._salted[product.source, product.id] = self._rows[-1]
            self._sum(product, Outcome.DERIVED)

    def _session_at(self, event: StoredEvent, uuid: str | None) -> Session | None:
        return None if uuid is None else self._sessions.at(event, uuid)

    def _reject(self, event: StoredEvent, reason: Reason, detail: str) -> Outcome:
        self._rejections.append(
            Rejection(source=event.source, received_ms=event.received_ms, reason=reason, detail=detail)
        )
        return Outcome.REJECTED

    def _open_session(self, event: StoredEvent, resolution: Resolution) -> Session | None:
        if resolution.uuid is None or resolution.profile_id is None or not event.session_ms:
            return None
        if event.action != START and event.action not in OPENING_ACTIONS:
            return None
        session = self._sessions.open(event, resolution.uuid, resolution.profile_id)
        self._identities.touch(resolution.profile_id, event.time_ms)
        if event.action != START:
            params = start_params(event.context)
            self._derive(event, START, "Started session", params, resolution, session)
        return session

    def _derive(
        self,
        cause: StoredEvent,
        action: str,
        label: str,
        params: dict[str, Any],
        resolution: Resolution,
        session: Session | None,
    ) -> None:
        derived = cause.derive(action, label, params, cause.time_ms)
        if derived is None or (derived.source, derived.id) in self._known:
            return
        self._known.add((derived.source, derived.id))
        self._keep(derived, resolution, session, derived=True)
        self._sum(derived, Outcome.DERIVED)

    def _keep(
        self,
        event: StoredEvent,
        resolution: Resolution,
        session: Session | None,
        *,
        derived: bool = False,
    ) -> None:
        self._rows.append(
            event_row(
                event,
                uuid=resolution.uuid,
                profile_id=resolution.profile_id,
                session_id=session.id if session else None,
                derived=derived,
            )
        )

    def _sum(self, event: StoredEvent, outcome: Outcome) -> Outcome:
        self._sums[event.source, minute_of(event.received_ms), outcome, ""] += 1
        return outcome


def _ids(events: Sequence[StoredEvent]) -> Iterator[Key]:
    return ((event.source, event.id) for event in events)


def _known_ids(connection: Connection, asked: Iterable[Key]) -> set[Key]:
    """Those of these ids that are stored."""
    by_source: dict[int, list[str]] = {}
    for source, id in asked:
        by_source.setdefault(source, []).append(id)
    return {
        (source, row.event_id)
        for source, ids in by_source.items()
        for row in rows_in(connection, _KNOWN_IDS, ids, source=source)
    }
