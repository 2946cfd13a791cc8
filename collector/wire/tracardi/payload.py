"""The body of POST /track: whose it is, who it is about, and its events.

It is read in two steps, as the source that it is for stands in it: `read_payload`, then
`Payload.decode`, the reader of a beacon. What FastAPI would refuse is refused as a whole.

Source: contracts/tracardi.md sections 5, 7 and 8.
"""

import uuid as uuids
from typing import Any, NamedTuple

import msgspec

from collector.model.beacon import Beacon
from collector.model.event import Params, RawEvent
from collector.model.identifier import NOBODY
from collector.model.outcome import Reason, Rejected
from collector.wire.body import MAX_BODY_BYTES, body_too_large
from collector.wire.native import MAX_EVENT_BYTES, MAX_EVENTS
from collector.wire.surrogates import mended
from collector.wire.tracardi.checks import check, is_id, unprocessable
from collector.wire.tracardi.event import read_event

NOT_MERGED = "The profile that the link passed was not merged: the visitor has a profile already."
NOT_ADOPTED = "The profile that the link passed was not adopted: its source is not one of this workspace."


class Pass(NamedTuple):
    """A profile handed over by a link, and the source that it says it comes from."""

    profile: str
    source: str


class Who(NamedTuple):
    """Whom a request is about. `uuid`: the profile's id, which is our browser uuid; None: nobody's."""

    uuid: str | None
    session: str
    warnings: tuple[str, ...] = ()


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """A request that can be taken. `around` is what it says for all its events."""

    source_id: str
    events: list[Params]
    around: Params = {}
    profile_id: str | None = None
    session_id: str | None = None
    profile_less: bool = False

    @property
    def debugs(self) -> bool:
        """Whether the sender wants to be told the ids of its events."""
        options = self.around.get("options")
        return isinstance(options, dict) and options.get("debugger") is True

    @property
    def passed(self) -> Pass | None:
        """The profile that a link handed over, unless it is the visitor's own; None where it did not."""
        context = self.around.get("context")
        ours = context.get("tracardi") if isinstance(context, dict) else None
        told = ours.get("pass") if isinstance(ours, dict) else None
        if self.profile_less or not isinstance(told, dict):
            return None
        profile, source = usable_id(told.get("profile")), told.get("source")
        if profile in (None, self.profile_id) or not isinstance(source, str):
            return None
        return Pass(profile, source)

    def who(self, fresh: str, *, adopts: bool) -> Who:
        """Whom it is about.

        fresh   a new id, for a session that has none
        adopts  the source of the passed profile is one of the same workspace

        Without a profile its id follows from the device's, or the session's, so that two requests on
        their way at once get the same. A link is anybody's word: whoever writes one chooses the ids in
        it. A visitor who has no profile yet loses nothing by it; whose profile is there already is never
        merged with what a stranger named. Nor is looked up whether the passed profile is known: the answer
        would tell.
        """
        session = fresh if self.session_id is None else self.session_id
        if self.profile_less:
            return Who(None, session)
        if self.profile_id is not None:
            return Who(self.profile_id, session, (NOT_MERGED,) if self.passed else ())
        if self.passed is not None and adopts:
            return Who(self.passed.profile, session)
        device = self.around.get("device")
        device_id = device.get("id") if isinstance(device, dict) else None
        seed = f"device:{device_id}" if device_id and isinstance(device_id, str) else f"session:{session}"
        uuid = str(uuids.uuid5(self._namespace, seed))
        return Who(uuid, session, (NOT_ADOPTED,) if self.passed else ())

    def decode(self, beacon: Beacon, who: Who) -> list[RawEvent | Rejected]:
        """One item an event. Raises Rejected(BODY_TOO_LARGE)."""
        try:
            size = len(msgspec.json.encode(self.around))
        except RecursionError:
            raise Rejected(Reason.MALFORMED_BODY, "what is said for all events is too deep") from None
        if len(beacon.body) + size * (len(self.events) - 1) > MAX_BODY_BYTES:
            # What is said once is kept with each.
            raise body_too_large()
        return [self._item(event, index, beacon, who, size) for index, event in enumerate(self.events)]

    def _item(self, event: Params, index: int, beacon: Beacon, who: Who, size: int) -> RawEvent | Rejected:
        try:
            return self._read(event, index, beacon, who, size)
        except RecursionError:
            return Rejected(Reason.MALFORMED_EVENT, f"event {index} is too deep", sent=b"")

    def _read(self, event: Params, index: int, beacon: Beacon, who: Who, size: int) -> RawEvent | Rejected:
        sent = msgspec.json.encode(event)
        size += len(sent)
        if size > MAX_EVENT_BYTES:
            told = f"event {index}: {size} bytes, limit {MAX_EVENT_BYTES}"
            return Rejected(Reason.EVENT_TOO_LARGE, told, sent=sent)
        raw = read_event(
            event,
            index,
            self.around,
            uuid=who.uuid,
            session=self.session_id,
            trusted=beacon.trusted,
            forgets=bool(beacon.day_salt) and not beacon.trusted,
        )
        if raw.id is None and raw.time is not None:
            # Its script sends an event again that is on its way still, and gives it no id.
            whose = who.uuid if self.session_id is None else who.session
            same = [whose or who.session, raw.action, event["time"]["create"], raw.params or {}]
            raw.id = str(uuids.uuid5(self._namespace, msgspec.json.encode(same, order="sorted").decode()))
        raw.alone = lambda: sent
        return raw

    @property
    def _namespace(self) -> uuids.UUID:
        return uuids.uuid5(uuids.NAMESPACE_OID, f"tracardi:{self.source_id}")


def usable_id(value: Any) -> str | None:
    """A profile's id that can tell one browser from another; None for anything else."""
    if not isinstance(value, str) or value.strip().lower() in NOBODY:
        return None
    return value if is_id(value) else None


def read_payload(body: bytes) -> Payload:
    """Read a body. Raises Unprocessable (MALFORMED_BODY, MALFORMED_EVENT, TOO_MANY_EVENTS)."""
    sent = _json(body)
    source_id = _source_id(sent)
    events = sent.get("events") if isinstance(sent, dict) else None
    if isinstance(events, list) and len(events) > MAX_EVENTS:
        raise unprocessable(Reason.TOO_MANY_EVENTS, f"{len(events)} events, limit {MAX_EVENTS}", source_id)
    read = check(sent, source_id)
    return Payload(
        source_id=source_id,
        events=sent.pop("events", []),
        around=sent,
        profile_id=usable_id(read.profile.id) if read.profile is not None else None,
        session_id=(read.session.id or None) if read.session is not None else None,
        profile_less=read.profile_less,
    )


def _json(body: bytes) -> Any:
    for text in (body, mended(body)):
        try:
            if text is not None:
                return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    raise unprocessable(Reason.MALFORMED_BODY, "JSON decode error", "", kind="json_invalid")


def _source_id(sent: Any) -> str:
    source = sent.get("source") if isinstance(sent, dict) else None
    source_id = source.get("id") if isinstance(source, dict) else None
    return source_id if isinstance(source_id, str) else ""
