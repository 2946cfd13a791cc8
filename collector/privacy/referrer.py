"""No event tells the address of a page of this site that is under the rules: the visit after it would."""

import re
from typing import Any

from collector.model.beacon import Beacon
from collector.model.event import Event, Params
from collector.model.policy import Policy
from collector.privacy.judge import is_hidden_page
from collector.privacy.rules import rules_of

_REFERRER = re.compile("referr?er|referring", re.IGNORECASE).search
"""The names by which pages and dialects tell it."""

_GONE: Any = object()


def without_hidden_pages(params: Params, event: Event, beacon: Beacon, policy: Policy) -> Params:
    """Return params without such referrers, at any depth; the very same where no rule hides a page."""
    rules = rules_of(policy)
    if not (rules.of_pages and (rules.block_hosts or rules.block_paths or rules.allow_paths)):
        return params

    def visible(value: Any, is_referrer: bool) -> Any:
        if isinstance(value, dict):
            kept: Params = {}
            for name, item in value.items():
                # Most texts are no address: no name is asked for them.
                if isinstance(item, dict | list) or (isinstance(item, str) and "/" in item):
                    item = visible(item, is_referrer or _REFERRER(name) is not None)
                if item is not _GONE:
                    kept[name] = item
            return kept
        if isinstance(value, list):
            return [item for item in (visible(each, is_referrer) for each in value) if item is not _GONE]
        return _GONE if is_referrer and is_hidden_page(value, event, beacon, policy) else value

    seen: Params = visible(params, False)
    return seen
