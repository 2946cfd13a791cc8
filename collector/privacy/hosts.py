"""Hosts: of the page, and of where the visitor came from."""

import ipaddress
from collections.abc import Iterable

MAX_HOST = 253
"""No host is longer in characters, and no rule's end of one."""

_DOTS = ".\u3002\uff0e\uff61"
"""All that part the labels of an international name."""


class HostList:
    """A set of hosts: exact, or `*.shop.example` for all below it, or `*`."""

    def __init__(self, rules: Iterable[str]) -> None:
        self._written: dict[str, str] = {}
        for rule in rules:
            self._written.setdefault(_bracketed(rule[1:-1]) if rule.startswith("[") else rule, rule)

    def __bool__(self) -> bool:
        return bool(self._written)

    def match(self, host: str) -> str | None:
        """Return the rule that fits, the narrowest. None when none does."""
        written = self._written
        if not written:
            return None
        rule = written.get(host)
        # What is cut off the front of too long a name cannot be in a rule.
        start = host.find(".", max(0, len(host) - MAX_HOST - 1))
        while rule is None and start != -1:
            rule = written.get("*" + host[start:])
            start = host.find(".", start + 1)
        return rule if rule is not None else written.get("*")


def plain_host(host: str | None) -> str:
    """A host that urlsplit found (in lower case, without port) as a browser writes it, "" for none.

    Without the root's dot, however often it is written; an international name in ASCII, an IPv6 address
    short and in brackets.
    """
    host = host.rstrip(_DOTS) if host else ""
    if not host:
        return ""
    if ":" in host:
        return _bracketed(host)
    if not host.isascii() and len(host) <= MAX_HOST:
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return host
    return host


def _bracketed(address: str) -> str:
    """An IPv6 address as a browser writes it; what is none stays as it is."""
    try:
        return f"[{ipaddress.IPv6Address(address.partition('%')[0])}]"
    except ValueError:
        return f"[{address}]"
