"""The visitor's full address where a page tells it: its text becomes what the policy keeps of it."""

import re
from typing import Any

import msgspec

from collector.model.event import Params
from collector.model.policy import Policy
from collector.privacy.address import kept_address

DROPPED = "[address]"

_encoded = msgspec.json.Encoder().encode


def shortened(params: Params, address: str, policy: Policy) -> Params:
    """Return params or context in which this address does not stand; the very same where it does not."""
    # One look through all texts at once: hardly any event holds the address.
    if policy.address == "full" or _is_nobodys(address) or address.encode() not in _encoded(params):
        return params
    kept: Params = _shortened(params, *_replacing(address, policy))
    return kept


def shortened_text(text: str, address: str, policy: Policy) -> str:
    """The same for a text."""
    if policy.address == "full" or _is_nobodys(address) or address not in text:
        return text
    found, by = _replacing(address, policy)
    return found.sub(lambda _: by, text)


def _is_nobodys(address: str) -> bool:
    """Whether it tells no visitor: none is known, or the collector's own machine, which pages of it name."""
    return not address or address.startswith("127.") or address == "::1"


def _replacing(address: str, policy: Policy) -> tuple[re.Pattern[str], str]:
    """What finds the address, but not within a longer one: 203.0.113.7 is not in 203.0.113.77."""
    digit = "[0-9a-fA-F]" if ":" in address else "[0-9]"
    found = re.compile(f"(?<!{digit}){re.escape(address)}(?!{digit})")
    return found, kept_address(address, policy.address) or DROPPED


def _shortened(value: Any, found: re.Pattern[str], by: str) -> Any:
    if isinstance(value, str):
        return found.sub(lambda _: by, value)
    if isinstance(value, dict):
        return {_shortened(name, found, by): _shortened(item, found, by) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item, found, by) for item in value]
    return value
