"""Applies a source's policy to one event, and to whatever follows from it."""

import uuid as uuids

from collector.model.beacon import Beacon
from collector.model.event import Derive, Event, EventRecord, Params, StoredEvent
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.address import kept_address
from collector.privacy.lists import rule_list
from collector.privacy.page import own_path, page_paths
from collector.privacy.params import kept_params


def apply_privacy(event: Event, beacon: Beacon, source: Source) -> StoredEvent:
    """Return what may be kept of the event, or raise Rejected (OPTED_OUT, ACTION_*, PAGE_*, BOT_BLOCKED).

    The detail of a rejection names our rule, never what the visitor sent.
    """
    policy = source.policy
    if policy.global_privacy_control and beacon.global_privacy_control:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Global Privacy Control")
    if policy.do_not_track and beacon.do_not_track:
        raise Rejected(Reason.OPTED_OUT, "the browser sends Do Not Track")
    _check_action(event.action, policy)
    _check_page(event, beacon, policy)
    if policy.bots == "reject" and event.context.get("bot") and not event.trusted:
        raise Rejected(Reason.BOT_BLOCKED, "this source refuses bots")
    params = kept_params(_without_referrer(event.params, event, beacon, policy), policy)
    context = _kept_context(event, beacon, policy)
    address = kept_address(event.address, policy.address)
    if address:
        context["address"] = address
    return StoredEvent(
        source=source.number,
        workspace=source.workspace_id,
        id=event.id,
        action=event.action,
        label=_kept_label(event, policy),
        time_ms=event.time_ms,
        received_ms=event.received_ms,
        uuid=event.uuid,
        params=params,
        context=context,
        # What was taken out of the params says nothing of the person either.
        profile=event.profile if params == event.params else event.profile_of(params),
        trusted=event.trusted or policy.trust == "trusting",
        session_ms=source.settings.session_ms,
        by_campaign=source.settings.session.campaign,
        derive=_derive(source, event.id, event.received_ms, event.uuid, context),
    )


def derive_from(cause: EventRecord, source: Source) -> Derive:
    """Return what makes events that follow from a stored one, under the policy now in force."""
    context = dict(cause.context)
    address = kept_address(context.pop("address", ""), source.policy.address)
    if address:
        context["address"] = address
    return _derive(source, cause.id, cause.received_ms, cause.uuid, context)


def _check_action(action: str, policy: Policy) -> None:
    rule = rule_list(policy.block).match(action)
    if rule is not None:
        raise Rejected(Reason.ACTION_BLOCKED, f"blocklist: {rule}")
    allow = rule_list(policy.allow)
    if allow and allow.match(action) is None:
        raise Rejected(Reason.ACTION_NOT_ALLOWED, "not on the allowlist")


def _check_page(event: Event, beacon: Beacon, policy: Policy) -> None:
    """An event that tells no page (an app's, a server's) is none of theirs."""
    if policy.block_paths or policy.allow_paths:
        for path in page_paths(event, beacon):
            refusal = _page_refusal(path, policy)
            if refusal is not None:
                raise refusal


def _page_refusal(path: str, policy: Policy) -> Rejected | None:
    block, allow = rule_list(policy.block_paths, "/"), rule_list(policy.allow_paths, "/")
    rule = block.match(path)
    if rule is not None:
        return Rejected(Reason.PAGE_BLOCKED, f"blocklist of pages: {rule}")
    if allow and allow.match(path) is None:
        return Rejected(Reason.PAGE_NOT_ALLOWED, "the page is not on the allowlist")
    return None


def _without_referrer(params: Params, event: Event, beacon: Beacon, policy: Policy) -> Params:
    """The params without the address of a page of this site that is under the rules: the visit after it."""
    if not (policy.block_paths or policy.allow_paths):
        return params
    path = own_path(params.get("referrer"), event, beacon)
    if path is None or _page_refusal(path, policy) is None:
        return params
    return {name: value for name, value in params.items() if name != "referrer"}


def _kept_context(event: Event, beacon: Beacon, policy: Policy) -> Params:
    """What the page told beside the params is under the same rules, by the names within each object."""
    context = dict(event.context)
    if isinstance(context.get("page"), dict):
        context["page"] = _without_referrer(context["page"], event, beacon, policy)
    for name, value in context.items():
        if isinstance(value, dict) and name not in _INHERITED:
            context[name] = kept_params(value, policy)
    return context


def _kept_label(event: Event, policy: Policy) -> str:
    """The label of a visit holds the page's title, which the rules for params may refuse."""
    if event.action == "page.visit" and not kept_params({"title": event.label}, policy):
        return event.action
    return event.label


_INHERITED = ("browser", "os", "device", "bot", "geo", "address", "user_agent", "campaign", "click_id")
"""What a derived event keeps of its cause's context: where and with what it happened. None of it is
the page's to say."""


def _derive(
    source: Source, cause_id: str, received_ms: int, uuid: str | None, cause_context: Params
) -> Derive:
    def derive(action: str, label: str, params: Params, time_ms: int) -> StoredEvent | None:
        try:
            _check_action(action, source.policy)
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
            params=kept_params(params, source.policy),
            context={name: cause_context[name] for name in _INHERITED if name in cause_context},
            profile=None,
            trusted=False,
            session_ms=source.settings.session_ms,
            derive=derive,
        )

    return derive


def _derived_id(source: Source, cause_id: str, action: str) -> str:
    """The uuid5 of a cause, in a namespace that only we know, so that no sender can take the id first."""
    return str(uuids.uuid5(uuids.UUID(bytes=source.salt[:16]), f"{cause_id}:{action}"))
