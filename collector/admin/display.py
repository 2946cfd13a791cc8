"""How stored things read on a page: times, places, devices, payloads, reasons.

A policy may have kept little of an event, and a server may have sent odd shapes: whatever is not
there shows as nothing.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.model.event import EventRecord
from collector.model.outcome import Outcome, OutcomeCount, Reason

DAY_MS = 24 * 60 * 60 * 1000

REASONS: dict[Reason, str] = {
    Reason.UNKNOWN_SOURCE: "Unknown source",
    Reason.SOURCE_DISABLED: "The source is switched off",
    Reason.ORIGIN_NOT_ALLOWED: "Sent from a site that is not among the origins",
    Reason.NOT_AUTHORISED: "Needs a key or token that was missing or wrong",
    Reason.MALFORMED_BODY: "The request could not be read",
    Reason.BODY_TOO_LARGE: "The request was too large",
    Reason.TOO_MANY_EVENTS: "Too many events in one request",
    Reason.EVENT_TOO_LARGE: "The event was too large",
    Reason.MALFORMED_EVENT: "The event had the wrong shape",
    Reason.INVALID_ACTION: "The action breaks the rule for names",
    Reason.INVALID_TIME: "The time could not be read, or lies too far back",
    Reason.INVALID_ID: "The id could not be used",
    Reason.OPTED_OUT: "The visitor opted out",
    Reason.ACTION_BLOCKED: "The action is on the blocklist",
    Reason.ACTION_NOT_ALLOWED: "The action is not on the allowlist",
    Reason.PAGE_BLOCKED: "The page is on the blocklist",
    Reason.PAGE_NOT_ALLOWED: "The page is not on the allowlist",
    Reason.HOST_BLOCKED: "The page's host is on the blocklist",
    Reason.HOST_NOT_ALLOWED: "The page's host is not on the allowlist",
    Reason.REFERRER_BLOCKED: "The visitor came from a host on the blocklist",
    Reason.REFERRER_NOT_ALLOWED: "The visitor came from a host that is not on the allowlist",
    Reason.COUNTRY_BLOCKED: "The visitor's country is on the blocklist",
    Reason.COUNTRY_NOT_ALLOWED: "The visitor's country is not on the allowlist",
    Reason.NETWORK_BLOCKED: "The visitor's network is on the blocklist",
    Reason.NETWORK_NOT_ALLOWED: "The visitor's network is not on the allowlist",
    Reason.AGENT_BLOCKED: "The visitor's program is on the blocklist",
    Reason.AGENT_NOT_ALLOWED: "The visitor's program is not on the allowlist",
    Reason.BOT_BLOCKED: "Sent by a bot",
    Reason.BOT_NOT_ALLOWED: "Sent by a kind of bot that is not on the allowlist",
    Reason.NO_CONSENT: "The visitor has not agreed",
    Reason.ERASED: "The visitor was erased at their request",
    Reason.POLICY_UNREADABLE: "The source's rules cannot be read",
    Reason.NO_SESSION: "The end of a session that never began",
    Reason.UNKNOWN_PROFILE: "A profile id that there is not",
    Reason.TOO_MANY_REQUESTS: "Too many requests from one address",
    Reason.OVER_QUOTA: "More than the source may take in a minute",
}
"""Why an event was rejected, in words."""

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def zone(name: str) -> tzinfo:
    """Return a time zone by its name; UTC where this machine does not know it."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


class Moment(NamedTuple):
    """A time as shown: `short` is the time alone on the day itself; `iso` is for machines, UTC."""

    short: str
    full: str
    iso: str


def moment(ms: int, now_ms: int, shown_in: tzinfo) -> Moment:
    """Return how a time (ms since the epoch, UTC) reads in a zone."""
    try:
        time = datetime.fromtimestamp(ms / 1000, shown_in)
    except (OverflowError, ValueError, OSError):
        return Moment(str(ms), str(ms), "")
    today = datetime.fromtimestamp(now_ms / 1000, shown_in).date()
    clock = time.strftime("%H:%M:%S")
    day = f"{time.day} {time:%b}" + ("" if time.year == today.year else f" {time.year}")
    return Moment(
        clock if time.date() == today else f"{day} {clock}",
        f"{time.day} {time:%B} {time.year}, {clock} {time:%Z}",
        iso_time(ms),
    )


def iso_time(ms: int) -> str:
    """Return a time in ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EventView(NamedTuple):
    """One event as a page shows it. All text is plain: the template escapes it."""

    seq: int
    action: str
    family: str
    label: str
    time: Moment
    browser: str
    device: str
    city: str
    country: str
    session: str
    uuid: str
    bot: bool
    derived: bool
    payload: str


def event_view(event: EventRecord, now_ms: int, shown_in: tzinfo) -> EventView:
    """Return how an event reads."""
    browser, system = _text(event.context, "browser", "name"), _text(event.context, "os", "name")
    return EventView(
        seq=event.seq,
        action=event.action,
        family=_family(event.action),
        label=event.label,
        time=moment(event.time_ms, now_ms, shown_in),
        browser=" on ".join(part for part in (browser, system) if part),
        device=_text(event.context, "device", "kind"),
        city=_text(event.context, "geo", "city") or _text(event.context, "geo", "region"),
        country=_country(event.context),
        session=(event.session_id or "")[-8:],
        uuid=(event.uuid or "")[:8],
        bot=event.context.get("bot") is True,
        derived=event.derived,
        payload=payload_text(event),
    )


def payload_text(event: EventRecord) -> str:
    """Return all that is kept of an event as indented JSON, in the names of `tagwell events --json`.

    Characters that turn the direction of text are escaped: they could make a value read as another.
    """
    payload = {
        "id": event.id,
        "action": event.action,
        "label": event.label,
        "time": iso_time(event.time_ms),
        "received_at": iso_time(event.received_ms),
        "source_id": event.source_id,
        "profile_id": event.profile_id,
        "session_id": event.session_id,
        "uuid": event.uuid,
        "params": event.params,
        "context": event.context,
    }
    return visible(json.dumps(payload, indent=2, ensure_ascii=False))


def visible(text: str) -> str:
    """Return a text with the characters that turn its direction escaped."""
    return _DIRECTION.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class Sums(NamedTuple):
    """What became of events: received = stored + duplicate + rejected. Derived ones count apart."""

    stored: int
    duplicate: int
    rejected: int
    derived: int
    reasons: list[tuple[str, str, int]]
    """(reason, reason in words, count), most frequent first."""

    @property
    def received(self) -> int:
        """Events that came in."""
        return self.stored + self.duplicate + self.rejected


def outcome_sums(counts: Iterable[OutcomeCount]) -> Sums:
    """Add up outcomes over minutes."""
    totals: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    reasons: dict[str, int] = {}
    for count in counts:
        totals[count.outcome] += count.count
        if count.outcome is Outcome.REJECTED:
            reasons[count.reason] = reasons.get(count.reason, 0) + count.count
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return Sums(
        stored=totals[Outcome.STORED],
        duplicate=totals[Outcome.DUPLICATE],
        rejected=totals[Outcome.REJECTED],
        derived=totals[Outcome.DERIVED],
        reasons=[(reason, reason_words(reason), number) for reason, number in ordered],
    )


def reason_words(reason: str) -> str:
    """Return a reason in words; a reason of a later release shows as it is."""
    return next((words for known, words in REASONS.items() if known == reason), reason)


def _family(action: str) -> str:
    family = action.partition(".")[0]
    return family if family in ("page", "session", "form", "client", "product") else "other"


def _country(context: dict[str, Any]) -> str:
    country = _text(context, "geo", "country") or _text(context, "geo", "country_code")
    geo = context.get("geo")
    # A visitor on the collector's own machine or network has no place; the demo assumes one.
    assumed = isinstance(geo, dict) and geo.get("assumed") is True
    return f"{country} (assumed)" if country and assumed else country


def _text(context: dict[str, Any], part: str, name: str) -> str:
    value = context.get(part)
    text = value.get(name) if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""
