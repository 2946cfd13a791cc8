"""What is kept of an event that may be kept: its params, its context, its label."""

from functools import lru_cache

from collector.model.beacon import Beacon
from collector.model.event import Event, Params
from collector.model.policy import Policy
from collector.model.source import Source
from collector.privacy.address import kept_address
from collector.privacy.beside import kept_beside, kept_group
from collector.privacy.geo import kept_geo
from collector.privacy.names import without_mapped
from collector.privacy.original import kept_original
from collector.privacy.own_address import shortened, shortened_text
from collector.privacy.params import kept_params, veiled
from collector.privacy.redact import redact
from collector.privacy.referrer import without_hidden_pages
from collector.privacy.rules import rules_of
from collector.privacy.visitor import forgets

INHERITED = (
    *("browser", "os", "device", "bot", "geo", "address", "user_agent", "campaign", "click_id"),
    "consent",
)
"""What a derived event keeps of its cause's context: where and with what it happened. None of it is
the page's to say."""

_TOLD_BY_US = frozenset({*INHERITED, "bot_name", "bot_class", "sent_time"})

_NAMELESS = "[address]"
"""An action of which the policy keeps nothing, as it was all a query."""

_redacted_agent = lru_cache(4096)(redact)
"""A program may carry its maker's address. Browsers are few, so that it is looked for once."""


def kept_event_params(event: Event, beacon: Beacon, source: Source) -> Params:
    """The params that may be kept; equal to the event's own where the policy takes nothing out."""
    params = without_hidden_pages(event.params, event, beacon, source.policy)
    return shortened(kept_own_params(event.action, params, source), event.address, source.policy)


def kept_own_params(action: str, params: Params, source: Source) -> Params:
    """The same for an event of ours: by the rules for params, then for what their texts hold."""
    return rules_of(source.policy).texts.params(action, _by_name(action, params, source))


def kept_context(event: Event, beacon: Beacon, source: Source) -> Params:
    """What the page told beside the params is under the same rules, by the names within each object."""
    told: Params = {"address": event.address}
    paged: Params = {}
    for name, value in event.context.items():
        (told if name in _TOLD_BY_US else paged)[name] = value
    kept = kept_told(told, source.policy)
    if paged:
        rules = rules_of(source.policy)
        paged = without_hidden_pages(paged, event, beacon, source.policy)
        if isinstance(paged.get("original"), dict):
            forgotten = forgets(beacon, source)
            original = kept_original(paged.pop("original"), source.policy, forgets=forgotten)
            paged |= {"original": original} if original else {}
        if rules.of_params:
            # What a rule takes out by one name stands there by another.
            paged = kept_beside(without_mapped(paged), rules, source.salt)
        kept |= rules.texts.context(paged)
    return shortened(kept, event.address, source.policy)


def kept_action(event: Event, source: Source) -> str:
    """The action; one of the sender's own words is a text as a label is."""
    if not event.named_freely:
        return event.action
    kept = rules_of(source.policy).texts.text(event.action)
    return shortened_text(kept, event.address, source.policy) or _NAMELESS


def _by_name(action: str, params: Params, source: Source) -> Params:
    rules = rules_of(source.policy)
    if not rules.of_params:
        return params
    if action == "client.group" and isinstance(params.get("group"), dict):
        others = {name: value for name, value in params.items() if name != "group"}
        return _by_name("", others, source) | kept_group(params["group"], rules, source.salt)
    return veiled(kept_params(params, source.policy), rules, source.salt)


def kept_told(told: Params, policy: Policy) -> Params:
    """What may be kept of what the collector told by an address, a User-Agent and the page's address.

    Without the User-Agent, a browser and a system keep their names but no version, a device its kind, and
    a bot its class. A campaign stays without the query that it was read from; a click id, which is one
    person's, only where its parameter stays.
    """
    kept = told.copy()
    address = kept_address(kept.pop("address", ""), policy.address)
    if address:
        kept["address"] = address
    if policy.geo != "city" and "geo" in kept:
        kept["geo"] = kept_geo(kept["geo"], policy.geo)
        if policy.geo == "none":
            del kept["geo"]
    if not policy.keep_user_agent:
        for name in ("user_agent", "bot_name"):
            kept.pop(name, None)
        for name, part in (("browser", "name"), ("os", "name"), ("device", "kind")):
            if name in kept:
                kept[name] = {part: kept[name][part]} if part in kept[name] else {}
    for name in ("user_agent", "bot_name"):
        if name in kept:
            kept[name] = _redacted_agent(kept[name], policy.redact)
    click_id = kept.get("click_id")
    listed = policy.keep_query if policy.query == "listed" else ()
    if click_id and policy.query != "all" and click_id["name"] not in listed:
        del kept["click_id"]
    if "campaign" in kept:
        text = rules_of(policy).texts.text
        kept["campaign"] = {name: text(value) for name, value in kept["campaign"].items()}
    return kept


def kept_label(event: Event, source: Source) -> str:
    """The label of a visit holds the page's title, which the rules for params may refuse, mask or hash."""
    policy = source.policy
    rules = rules_of(policy)
    if rules.of_params and event.action == "page.visit":
        title = {"title": event.label}
        if _by_name(event.action, title, source) != title:
            return event.action
    return shortened_text(rules.texts.text(event.label), event.address, policy)
