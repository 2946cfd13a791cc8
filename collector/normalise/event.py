"""Turns what a dialect decoded into the one form all dialects share, or says what is wrong with it."""

import re
from functools import partial
from typing import Any

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE
from collector.model.event import RESERVED_PARAMS, Event, Params, RawEvent
from collector.model.outcome import Reason, Rejected
from collector.normalise import identifiers
from collector.normalise.clean import clean, clean_text
from collector.normalise.consent import consent_state, evidence_params, evidence_state
from collector.normalise.event_time import event_time, parse_time
from collector.normalise.profile_update import profile_update

_ACTION = re.compile(r"[a-zA-Z0-9.\-_]{1,32}")
"""The rule of the native and Synerise dialects (contracts/synerise-sdk.md section 5)."""

_FREE_ACTION = re.compile(r"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,255}(?<!\s)")
"""The rule of the others, whose names are words (DESIGN.md, Names of actions)."""

_ADDRESS = frozenset({"ip", "IP", "Ip", "request_ip"})
"""Dropped at every depth: what of the visitor's address is kept is the policy's to say."""

_LABELS = {"form.submit": "Form submitted", "client.createOrUpdate": "Client updated"}
"""Source: contracts/synerise-sdk.md sections 2 and 6."""

_PAGE_CONTEXT = frozenset({"screen", "language", "timezone", "page", "session", "original"})
"""What a page may say in context. The rest is ours to say; what else it sends is kept as original."""


def normalise(raw: RawEvent, beacon: Beacon) -> Event:
    """Return the event in our form. Raises Rejected with the reason that a sender can mend."""
    _check_action(raw)
    params = _params(raw)
    label = _own_label(raw.action, params) if raw.label in (None, "") else raw.label
    if not isinstance(label, str):
        raise Rejected(Reason.MALFORMED_EVENT, f"event {raw.index}: label must be text")
    created_ms = parse_time(raw.time)
    time_ms = event_time(created_ms, _sent_time(raw.sent), beacon.received_ms)
    context = _context(raw)
    if created_ms is not None and (created_ms != time_ms or raw.server is not None):
        context["sent_time"] = raw.time
    custom_id, previous_id = identifiers.custom_id(raw.custom_id), identifiers.custom_id(raw.previous_id)
    profile_of = partial(profile_update, raw.action, custom_id=custom_id, previous_id=previous_id)
    return Event(
        id=identifiers.event_id(raw.id, beacon.received_ms),
        action=raw.action,
        label=clean_text(label),
        time_ms=time_ms,
        received_ms=beacon.received_ms,
        uuid=identifiers.browser_uuid(raw.uuid),
        params=params,
        context=context,
        address=beacon.address,
        profile=profile_of(params),
        profile_of=profile_of,
        custom_id=custom_id,
        previous_id=previous_id,
        trusted=beacon.trusted,
        named_freely=raw.named_freely,
        consent=evidence_state(raw.action, params) if raw.action in EVIDENCE else consent_state(raw.consent),
        server=raw.server,
    )


def _check_action(raw: RawEvent) -> None:
    if raw.named_freely:
        rule, words = _FREE_ACTION, "1 to 255 characters without control characters"
    else:
        rule, words = _ACTION, "1 to 32 of letters, digits, . - _"
    if not isinstance(raw.action, str) or not rule.fullmatch(raw.action):
        raise Rejected(Reason.INVALID_ACTION, f"event {raw.index}: action must be {words}")


def _own_label(action: str, params: Params) -> str:
    """What a person reads where the sender gave no label: so the tag need not carry these words."""
    if action == "page.visit":
        title = params.get("title")
        return f"Visited page {title}" if title and isinstance(title, str) else "Visited page"
    return _LABELS.get(action, action)


def _params(raw: RawEvent) -> Params:
    params = {} if raw.params is None else raw.params
    if not isinstance(params, dict):
        raise Rejected(Reason.MALFORMED_EVENT, f"event {raw.index}: params must be an object")
    kept: Params = clean(_unreserved(params), without=_ADDRESS)
    return evidence_params(kept) if raw.action in EVIDENCE else kept


def _sent_time(value: Any) -> int | None:
    """The beacon's own sent time; one that cannot be read corrects nothing."""
    try:
        return parse_time(value)
    except Rejected:
        return None


def _context(raw: RawEvent) -> Params:
    sent: Params = clean(raw.context, without=_ADDRESS)
    # A page tells it beside its events; here stands what we made of that.
    sent.pop("consent", None)
    if "original" not in sent and sent.keys() <= _PAGE_CONTEXT:
        return sent
    context = {name: value for name, value in sent.items() if name in _PAGE_CONTEXT}
    original = _unreserved(context.pop("original", None))
    foreign = _unreserved({name: value for name, value in sent.items() if name not in _PAGE_CONTEXT})
    if foreign:
        original["context"] = foreign
    if original:
        context["original"] = original
    return context


def _unreserved(sent: Any) -> Params:
    """What a sender may set of an object; {} for anything else."""
    if not isinstance(sent, dict):
        return {}
    if RESERVED_PARAMS.isdisjoint(sent):
        return sent
    return {name: value for name, value in sent.items() if name not in RESERVED_PARAMS}
