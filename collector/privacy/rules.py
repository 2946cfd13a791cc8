"""A policy's lists, compiled once: an event then costs look-ups, however long the lists are.

Kept with the policy itself and asked for a dozen times an event: to look a policy up by its value would
hash ten thousand rules. What is compiled goes when the policy goes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from collector.model.policy import Policy
from collector.privacy.agents import AgentList
from collector.privacy.hosts import HostList
from collector.privacy.lists import RuleList
from collector.privacy.networks import NetworkList
from collector.privacy.texts import Texts

_KEPT_AS = "rules"


@dataclass(frozen=True, slots=True)
class Rules:
    """The lists of a policy, by the names of its fields.

    Each is false where it is empty, and its `match(text)` returns the rule that fits as the policy
    writes it, None where none does. `categories` are in the policy's order, by name. `of_params`,
    `of_pages` and `of_visitors` tell whether any list is about params, or asks for the page or
    referrer, or for the country, network, program or class of bot.
    """

    allow: RuleList
    block: RuleList
    allow_params: RuleList
    block_params: RuleList
    allow_paths: RuleList
    block_paths: RuleList
    allow_hosts: HostList
    block_hosts: HostList
    allow_referrers: HostList
    block_referrers: HostList
    allow_countries: RuleList
    block_countries: RuleList
    allow_networks: NetworkList
    block_networks: NetworkList
    allow_agents: AgentList
    block_agents: AgentList
    allow_bots: RuleList
    block_bots: RuleList
    mask_params: RuleList
    hash_params: RuleList
    keep_query: frozenset[str]
    token_actions: RuleList
    profile_actions: RuleList
    categories: tuple[tuple[str, RuleList], ...]
    of_params: bool
    of_pages: bool
    of_visitors: bool
    texts: Texts


def rules_of(policy: Policy) -> Rules:
    """Return the compiled lists of a policy: made at its first use, by any thread."""
    try:
        rules: Rules = policy.__dict__[_KEPT_AS]
    except KeyError:
        rules = policy.__dict__[_KEPT_AS] = _compile(policy)
    return rules


def _compile(policy: Policy) -> Rules:
    return Rules(
        allow=RuleList(policy.allow),
        block=RuleList(policy.block),
        allow_params=RuleList(policy.allow_params),
        block_params=_params(policy.block_params),
        allow_paths=_paths(policy.allow_paths),
        block_paths=_paths(policy.block_paths),
        allow_hosts=HostList(policy.allow_hosts),
        block_hosts=HostList(policy.block_hosts),
        allow_referrers=HostList(policy.allow_referrers),
        block_referrers=HostList(policy.block_referrers),
        allow_countries=RuleList(policy.allow_countries),
        block_countries=RuleList(policy.block_countries),
        allow_networks=NetworkList(policy.allow_networks),
        block_networks=NetworkList(policy.block_networks),
        allow_agents=AgentList(policy.allow_agents),
        block_agents=AgentList(policy.block_agents),
        allow_bots=RuleList(policy.allow_bots),
        block_bots=RuleList(policy.block_bots),
        mask_params=_params(policy.mask_params),
        hash_params=_params(policy.hash_params),
        keep_query=frozenset(policy.keep_query),
        token_actions=RuleList(policy.token_actions),
        profile_actions=RuleList(policy.profile_actions),
        categories=tuple((each.name, RuleList(each.actions)) for each in policy.categories),
        of_params=_any(policy, "params") or bool(policy.mask_params or policy.hash_params),
        of_pages=_any(policy, "paths", "hosts", "referrers"),
        of_visitors=_any(policy, "countries", "networks", "agents", "bots"),
        texts=Texts(policy),
    )


def _any(policy: Policy, *kinds: str) -> bool:
    return any(getattr(policy, f"{list}_{kind}") for list in ("allow", "block") for kind in kinds)


def _paths(rules: Iterable[str]) -> RuleList:
    return RuleList(rules, "/")


def _params(rules: Iterable[str]) -> RuleList:
    """Rules that take params out fit in any case: a profile's field is found in any case too.

    An allow list is exact, as what it does not name stays out. The tag's lists are exact as well: they
    spare the visitor a part of what is sent, while the collector decides.
    """
    return RuleList(rules, any_case=True)
