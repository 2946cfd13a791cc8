"""Whether the policy's lists let an event in. Block wins; a non-empty allow list admits only its own.

What refuses says by which rule, and never what the visitor sent.
"""

from typing import NamedTuple

from collector.model.beacon import Beacon
from collector.model.consent import EVIDENCE
from collector.model.event import Event
from collector.model.outcome import Reason, Rejected
from collector.model.policy import Policy
from collector.privacy.agents import AgentList
from collector.privacy.hosts import HostList
from collector.privacy.lists import RuleList
from collector.privacy.networks import NetworkList
from collector.privacy.page import host_of, own_paths, page_hosts, page_paths, referrer_hosts
from collector.privacy.paths import plain_path, plain_rule
from collector.privacy.rules import Rules, rules_of

_List = RuleList | HostList | NetworkList | AgentList


class _Kind(NamedTuple):
    """What a pair of lists is about, for a person, and its reasons."""

    lists: str
    blocked: Reason
    not_allowed: Reason


_NONE = RuleList(())

_PAGES = _Kind("pages", Reason.PAGE_BLOCKED, Reason.PAGE_NOT_ALLOWED)
_HOSTS = _Kind("hosts", Reason.HOST_BLOCKED, Reason.HOST_NOT_ALLOWED)
_REFERRERS = _Kind("referrers", Reason.REFERRER_BLOCKED, Reason.REFERRER_NOT_ALLOWED)
_COUNTRIES = _Kind("countries", Reason.COUNTRY_BLOCKED, Reason.COUNTRY_NOT_ALLOWED)
_NETWORKS = _Kind("networks", Reason.NETWORK_BLOCKED, Reason.NETWORK_NOT_ALLOWED)
_AGENTS = _Kind("programs", Reason.AGENT_BLOCKED, Reason.AGENT_NOT_ALLOWED)
_BOTS = _Kind("bots", Reason.BOT_BLOCKED, Reason.BOT_NOT_ALLOWED)


def judge(event: Event, beacon: Beacon, policy: Policy) -> None:
    """Let an event pass, or raise Rejected with the first rule that refuses it.

    The reasons: ACTION_*, PAGE_*, HOST_*, REFERRER_*, COUNTRY_*, NETWORK_*, AGENT_* and BOT_*.
    """
    judge_action(event.action, policy)
    rules = rules_of(policy)
    if rules.of_pages:
        _judge_pages(event, beacon, rules)
    # With an api key comes a back end's beacon: none of these is the visitor's. A token says who the
    # person is; the program is still the browser, so that `event.trusted` would not do.
    if not beacon.trusted:
        if rules.of_visitors:
            _judge_visitor(event, beacon, rules)
        if policy.bots == "reject" and event.context.get("bot"):
            raise Rejected(Reason.BOT_BLOCKED, "this source refuses bots", "bots")


def judge_action(action: str, policy: Policy) -> None:
    """The same for the action alone, of an event of ours too."""
    rules = rules_of(policy)
    rule = rules.block.match(action)
    if rule is not None:
        raise Rejected(Reason.ACTION_BLOCKED, f"blocklist: {rule}", rule)
    # Evidence of consent is kept unless the owner says no to it by name.
    if rules.allow and rules.allow.match(action) is None and action not in EVIDENCE:
        raise Rejected(Reason.ACTION_NOT_ALLOWED, "not on the allowlist")


def is_hidden_page(referrer: object, event: Event, beacon: Beacon, policy: Policy) -> bool:
    """Whether a referrer is the address of one of the site's own pages that its lists keep out.

    The site's own are those of the event's own host, and of every host that the blocklist names.
    """
    rules = rules_of(policy)
    if rules.block_hosts and rules.block_hosts.match(host_of(referrer)) is not None:
        return True
    if not (rules.block_paths or rules.allow_paths):
        return False
    paths = own_paths(referrer, event, beacon)
    return any(_page_refusal(path, rules) for path in paths)


def _judge_pages(event: Event, beacon: Beacon, rules: Rules) -> None:
    """What an event does not tell (an app's page, a server's) is under none of their lists."""
    if rules.block_paths or rules.allow_paths:
        for path in page_paths(event, beacon):
            refusal = _page_refusal(path, rules)
            if refusal is not None:
                raise refusal
    if rules.block_hosts or rules.allow_hosts:
        for host in page_hosts(event, beacon):
            _check(host, rules.block_hosts, rules.allow_hosts, _HOSTS)
    if rules.block_referrers or rules.allow_referrers:
        for host in referrer_hosts(event, beacon):
            _check(host, rules.block_referrers, rules.allow_referrers, _REFERRERS)


def _judge_visitor(event: Event, beacon: Beacon, rules: Rules) -> None:
    """An unknown country, network or program is on no list, so that an allow list refuses it."""
    country = event.context.get("geo", {}).get("country_code", "")
    _check(country, rules.block_countries, rules.allow_countries, _COUNTRIES)
    _check(event.address, rules.block_networks, rules.allow_networks, _NETWORKS)
    _check(beacon.user_agent, rules.block_agents, rules.allow_agents, _AGENTS)
    if event.context.get("bot"):
        _check(event.context.get("bot_class", "other"), rules.block_bots, rules.allow_bots, _BOTS)


def _check(name: str, block: _List, allow: _List, kind: _Kind) -> None:
    refusal = _refusal(name, block, allow, kind)
    if refusal is not None:
        raise refusal


def _page_refusal(path: str, rules: Rules) -> Rejected | None:
    """A path is judged as it is told and in its plain form: for a server, both are one page."""
    block, allow = rules.block_paths, rules.allow_paths
    refusal = _refusal(path, block, allow, _PAGES)
    plain = plain_path(path)
    if refusal is not None or plain == path:
        return refusal
    # The rule that let the path in may be written in a form as odd.
    rule = allow.match(path)
    if rule is not None and RuleList((plain_rule(rule),), "/").match(plain) is not None:
        allow = _NONE
    return _refusal(plain, block, allow, _PAGES)


def _refusal(name: str, block: _List, allow: _List, kind: _Kind) -> Rejected | None:
    rule = block.match(name)
    if rule is not None:
        return Rejected(kind.blocked, f"blocklist of {kind.lists}: {rule}", rule)
    if allow and allow.match(name) is None:
        return Rejected(kind.not_allowed, f"not on the allowlist of {kind.lists}")
    return None
