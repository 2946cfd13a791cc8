"""What is kept of an event that may be kept: its params, its context, its label."""

from collector.model.beacon import Beacon
from collector.model.event import Event, Params
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.address import kept_address
from collector.privacy.derive import INHERITED
from collector.privacy.judge import page_refusal
from collector.privacy.page import own_path
from collector.privacy.params import kept_params


def kept_event_params(event: Event, beacon: Beacon, source: Source) -> Params:
    """The params that may be kept; equal to the event's own where the policy takes nothing out."""
    return kept_params(_without_referrer(event.params, event, beacon, source.policy), source.policy)


def kept_context(event: Event, beacon: Beacon, source: Source) -> Params:
    """What the page told beside the params is under the same rules, by the names within each object."""
    policy = source.policy
    context = dict(event.context)
    if isinstance(context.get("page"), dict):
        context["page"] = _without_referrer(context["page"], event, beacon, policy)
    for name, value in context.items():
        if isinstance(value, dict) and name not in INHERITED:
            context[name] = kept_params(value, policy)
    address = kept_address(event.address, policy.address)
    if address:
        context["address"] = address
    return context


def kept_label(event: Event, source: Source) -> str:
    """The label of a visit holds the page's title, which the rules for params may refuse."""
    if event.action == "page.visit" and not kept_params({"title": event.label}, source.policy):
        return event.action
    return event.label


def _without_referrer(params: Params, event: Event, beacon: Beacon, policy: Policy) -> Params:
    """The params without the address of a page of this site that is under the rules: the visit after it."""
    if not (policy.block_paths or policy.allow_paths):
        return params
    path = own_path(params.get("referrer"), event, beacon)
    if path is None or page_refusal(path, policy) is None:
        return params
    return {name: value for name, value in params.items() if name != "referrer"}
