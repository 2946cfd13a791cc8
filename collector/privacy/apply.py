"""Applies a source's policy to one event, and to whatever follows from it."""

import uuid as uuids

from collector.model.beacon import Beacon
from collector.model.event import Derive, Event, EventRecord, Params, StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.address import kept_address
from collector.privacy.lists import action_list


def apply_privacy(event: Event, beacon: Beacon, source: Source) -> StoredEvent:
    """Return what may be kept of the event, or raise Rejected (OPTED_OUT, ACTION_*, BOT_BLOCKED).

    The detail of a rejection names our rule, never what the visitor sent.
    """
    policy = source.policy
    if policy.global_privacy_control and beacon.global_privacy_control:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Global Privacy Control")
    if policy.do_not_track and beacon.do_not_track:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Do Not Track")
    _check_lists(event.action, policy)
    if policy.bots == "reject" and event.context.get("bot") and not event.trusted:
        raise Rejected(Reason.BOT_BLOCKED, "this source refuses bots")
    context = dict(event.context)
    address = kept_address(event.address, policy.address)
    if address:
        context["address"] = address
    return StoredEvent(
        source=source.number,
        workspace=source.workspace_id,
        id=event.id,
        action=event.action,
        label=event.label,
        time_ms=event.time_ms,
        received_ms=event.received_ms,
        uuid=event.uuid,
        params=event.params,
        context=context,
        profile=event.profile,
        trusted=event.trusted or policy.trust == "trusting",
        session_ms=source.settings.session.minutes * 60_000,
        derive=_derive(source, event.id, event.received_ms, event.uuid, context),
    )


def derive_from(cause: EventRecord, source: Source) -> Derive:
    """Return what makes events that follow from a stored one, under the policy now in force."""
    context = dict(cause.context)
    address = kept_address(context.pop("address", ""), source.policy.address)
    if address:
        context["address"] = address
    return _derive(source, cause.id, cause.received_ms, cause.uuid, context)


def _check_lists(action: str, policy: Policy) -> None:
    rule = action_list(policy.block).match(action)
    if rule is not None:
        raise Rejected(Reason.ACTION_BLOCKED, f"blocklist: {rule}")
    allow = action_list(policy.allow)
    if allow and allow.match(action) is None:
        raise Rejected(Reason.ACTION_NOT_ALLOWED, "not on the allowlist")


_INHERITED = ("browser", "os", "device", "bot", "geo", "address", "user_agent")
"""What a derived event keeps of its cause's context: where and with what it happened."""


def _derive(
    source: Source, cause_id: str, received_ms: int, uuid: str | None, cause_context: Params
) -> Derive:
    def derive(action: str, label: str, params: Params, time_ms: int) -> StoredEvent | None:
        try:
            _check_lists(action, source.policy)
        except Rejected:
            return None
        return StoredEvent(
            source=source.number,
            workspace=source.workspace_id,
            id=_derived_id(source, cause_id, action),
            action=action,
            label=label,
            time_ms=time_ms,
            received_ms=received_ms,
            uuid=uuid,
            params=params,
            context={name: cause_context[name] for name in _INHERITED if name in cause_context},
            profile=None,
            trusted=False,
            session_ms=source.settings.session.minutes * 60_000,
            derive=derive,
        )

    return derive


def _derived_id(source: Source, cause_id: str, action: str) -> str:
    """The uuid5 of a cause, in a namespace that only we know, so that no sender can take the id first."""
    return str(uuids.uuid5(uuids.UUID(bytes=source.salt[:16]), f"{cause_id}:{action}"))
