"""What may be kept of malformed input: the policy walks it as far as it can be read.

There is no form to trust in what is malformed: a name may stand anywhere, a text may hold anything. So
in doubt less is kept than of an event: rules for params hold by name at any depth, every text is looked
at for what is redacted, forms included, and where a wish or a list may refuse the event, nothing but
its length and hash is kept, as of what is no JSON.
"""

import hashlib
from typing import Any

import msgspec

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE, ConsentState
from collector.model.event import Event, Params
from collector.model.outcome import Rejected
from collector.model.policy import Policy
from collector.model.quarantine import Quarantine
from collector.model.source import Source
from collector.privacy.address import kept_address
from collector.privacy.consent import check_consent
from collector.privacy.hashing import kept_identifier
from collector.privacy.judge import judge, judge_action
from collector.privacy.redact import redact
from collector.privacy.rules import rules_of
from collector.privacy.unformed import Walk, read_json

MAX_BYTES = 32_000
MAX_UUID = 128
MAX_USER_AGENT = 512

_UNREAD = frozenset({"segment", "tracardi"})
"""Dialects whose events are not told apart here, so that of what is malformed in them nothing is kept; our
tag sends theirs as events of its own with an object of that name."""

_SHARED = ("uuid", "consent", "context")
"""What an envelope says for all its events."""


def kept_malformed(sent: bytes, beacon: Beacon, source: Source) -> Quarantine:
    """Return what may be kept of a malformed beacon (an event comes as a beacon of its own).

    Of the visitor, the uuid, address and User-Agent are kept beside a payload only.
    """
    bare = Quarantine(length=len(sent), sha256=hashlib.sha256(sent).hexdigest())
    # A wish counts even where the policy ignores it: by the time it is sent again another may honour it.
    wished = beacon.global_privacy_control or beacon.do_not_track
    if source.problem or wished or len(sent) > MAX_BYTES or beacon.dialect in _UNREAD:
        return bare
    read = read_json(sent)
    if read is None:
        return bare
    events = _events(read)
    if not all(map(_UNREAD.isdisjoint, events)):
        return bare
    told = {_uuid(event["uuid"]) for event in events if event.get("uuid") is not None}
    # Of several browsers only one could be found again by an erasure.
    if len(told) > 1 or _is_refused(read, source.policy):
        return bare
    if not all(_may_be_kept(event, beacon, source.policy) for event in events):
        return bare
    uuid = told.pop() if told and source.settings.tag.device_storage else None
    if uuid is not None and not beacon.trusted:
        uuid = kept_identifier(uuid, source.policy.redact, source.salt)
    return Quarantine(
        length=bare.length,
        sha256=bare.sha256,
        uuid=uuid,
        address=kept_address(beacon.address, source.policy.address),
        user_agent=_kept_user_agent(beacon.user_agent, source.policy),
        payload=Walk(source, without_uuid=uuid is None).json(read),
    )


def _events(read: Any) -> list[Params]:
    """The events as far as they can be told, each with what its envelope says; other JSON is one event."""
    shared: Params = {}
    told = read
    if isinstance(read, dict):
        if not isinstance(read.get("events"), list):
            return [read]
        shared = {name: read[name] for name in _SHARED if name in read}
        told = read["events"]
    events = [_joined(shared, event) if isinstance(event, dict) else shared for event in told]
    return events or [shared]


def _is_refused(read: Any, policy: Policy) -> bool:
    """Whether a refusal stands anywhere, an action that a list refuses, or what cannot be told from one."""
    if isinstance(read, list):
        return any(_is_refused(each, policy) for each in read)
    if not isinstance(read, dict):
        return False
    consent, action = _consent(read.get("consent")), read.get("action")
    if consent is None or consent.granted is False or action in tuple(EVIDENCE):
        return True
    if isinstance(action, str) and not _passes(action, policy):
        return True
    return any(_is_refused(each, policy) for each in read.values())


def _passes(action: str, policy: Policy) -> bool:
    """Whether the lists let an action pass, and no blocklist the one that it may have been meant as."""
    try:
        judge_action(action, policy)
    except Rejected:
        return False
    words = action.lower().split()
    meant = {action.strip(), "".join(words), ".".join(words), "_".join(words), "-".join(words)}
    return not any(rules_of(policy).block.match(each) for each in meant)


def _joined(shared: Params, event: Params) -> Params:
    contexts = (shared.get("context"), event.get("context"))
    unclear = [each for each in contexts if isinstance(each, str | list)]
    if unclear:
        return {**shared, **event, "context": unclear[0]}
    context = {name: value for each in contexts if isinstance(each, dict) for name, value in each.items()}
    return {**shared, **event, "context": context}


def _may_be_kept(sent: Params, beacon: Beacon, policy: Policy) -> bool:
    """Whether no wish and no list refuses an event, or could if it were readable."""
    rules = rules_of(policy)
    action = sent.get("action")
    if not isinstance(action, str):
        action = ""
        if rules.allow or rules.block or rules.categories or rules.of_pages:
            return False
    if rules.of_pages and not _tells_pages_plainly(sent):
        return False
    # The collector told neither a place nor what program it was.
    lists = (rules.allow_countries, rules.block_countries, rules.allow_bots, rules.block_bots)
    if not beacon.trusted and (any(lists) or policy.bots == "reject"):
        return False
    event = Event(
        id="",
        action=action,
        label="",
        time_ms=beacon.received_ms,
        received_ms=beacon.received_ms,
        uuid=None,
        params=_object(sent.get("params")),
        # The rest would be ours to say.
        context={"page": _object(sent.get("context")).get("page")},
        address=beacon.address,
        consent=_consent(sent.get("consent")) or ConsentState(),
    )
    try:
        check_consent(event, beacon, policy, 0)
        judge(event, beacon, policy)
    except Rejected:
        return False
    return True


def _tells_pages_plainly(sent: Params) -> bool:
    """Whether a page can stand only where it is looked for: what is no object may hold one unseen."""
    params, context = sent.get("params"), sent.get("context")
    return not any(isinstance(told, str | list) for told in (params, context)) and not isinstance(
        _object(context).get("page"), list
    )


def _consent(told: Any) -> ConsentState | None:
    """What can be read of a decision without a doubt; None for anything else that is told."""
    if told is None:
        return ConsentState()
    if told in ("granted", "denied"):
        return ConsentState(granted=told == "granted")
    try:
        return msgspec.convert(told, ConsentState)
    except msgspec.ValidationError:
        return None


def _object(told: Any) -> Params:
    return told if isinstance(told, dict) else {}


def _uuid(told: Any) -> str | None:
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    return told if isinstance(told, str) and 0 < len(told) <= MAX_UUID and told.isprintable() else None


def _kept_user_agent(user_agent: str, policy: Policy) -> str:
    """No store keeps half a surrogate pair, and no line of a log more than itself."""
    if not policy.keep_user_agent:
        return ""
    return redact("".join(filter(str.isprintable, user_agent[:MAX_USER_AGENT])), policy.redact)
