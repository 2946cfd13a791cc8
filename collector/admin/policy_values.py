"""Rules of a policy that people type, checked line by line: hosts, networks, categories, retention.

As `values.py`: each function returns what is stored, or raises ValueError that names the value and
the mend.
"""

import ipaddress
import re

import msgspec

from collector.admin.forms import shown
from collector.admin.quoting import unquote_rule
from collector.admin.values import check_rule
from collector.model.policy import AgentRule, Category, Country, HostRule, NetworkRule


def check_host_rule(text: str) -> str:
    """Return a rule for hosts: a host, `*.shop.example` for all below it, or `*` for all.

    A host is kept as browsers write it: lower case, punycode.
    """
    prefix, host = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    try:
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        return msgspec.convert(prefix + host.lower(), HostRule)
    except (UnicodeError, msgspec.ValidationError):
        raise ValueError(
            f"“{shown(text)}” is not a rule for hosts. Write a host without scheme, port and path: "
            "shop.example, or *.shop.example for all below it."
        ) from None


def check_country(text: str) -> str:
    """Return the two letters of a country."""
    try:
        return msgspec.convert(text.upper(), Country)
    except msgspec.ValidationError:
        raise ValueError(f"“{shown(text)}” is not a country. Write its two letters: DE, FR, US.") from None


def check_network(text: str) -> str:
    """Return an address or a network in CIDR notation, as typed."""
    try:
        network = msgspec.convert(text, NetworkRule)
        ipaddress.ip_network(network, strict=False)
    except (ValueError, msgspec.ValidationError):
        raise ValueError(
            f"“{shown(text)}” is not an address or network. "
            "Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
        ) from None
    return network


def check_agent(text: str) -> str:
    """Return the name of a program, or a whole User-Agent."""
    try:
        return msgspec.convert(unquote_rule(text), AgentRule)
    except msgspec.ValidationError:
        raise ValueError(
            f"“{shown(text)}” is not a program. Write its name in the User-Agent, such as HeadlessChrome, "
            "or the whole User-Agent of up to 512 characters."
        ) from None


def check_category(text: str) -> Category:
    """Return a category written as `name: rule rule`; a rule that holds a blank stands in quotes."""
    name, colon, rules = text.partition(":")
    if not colon:
        raise ValueError(f"“{shown(text)}” names no actions. Write: analytics: page.visit product.*")
    words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', rules)
    try:
        actions = tuple(check_rule(word) for word in words)
        category = msgspec.convert({"name": name.strip(), "actions": actions}, Category)
    except msgspec.ValidationError:
        raise ValueError(
            f"“{shown(name.strip())}” is not a category’s name. "
            "Use up to 32 of a–z, digits, hyphens, underscores: analytics"
        ) from None
    return category


def check_retention(text: str) -> tuple[str, int]:
    """Return a rule and its days, written as `rule days`."""
    rule, _, days = text.rpartition(" ")
    if not rule.strip():
        raise ValueError(f"“{shown(text)}” is not a rule and its days. Write: form.* 30")
    return check_rule(rule.strip()), check_days(days, least=1)


def check_days(text: str, least: int = 0) -> int:
    """Return a number of days, up to a hundred years."""
    if not re.fullmatch(r"[0-9]{1,5}", text.strip()) or not least <= int(text) <= 36_500:
        for_ever = " (0 is for ever)" if least == 0 else ""
        raise ValueError(f"“{shown(text)}” is not a number of days. Use {least} to 36500{for_ever}.")
    return int(text)
