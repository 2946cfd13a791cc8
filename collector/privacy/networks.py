"""Addresses and networks: which rule's network an address lies in.

A network is kept by the length of its prefix, so that an address is looked up once for each length
in use (at most 33, or 129 in IPv6), whether there are ten rules or ten thousand.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache, partial

MAX_ADDRESS = 64
"""No address is longer in characters."""

CACHE_SIZE = 2048
"""Addresses remembered of each list."""

_Tables = dict[int, list[tuple[int, dict[int, str]]]]
"""By bits of the address (32, 128): for each prefix length in use, the longest first, how far an
address is shifted and the rule of what is left of it."""


class NetworkList:
    """A set of addresses and networks, IPv4 and IPv6.

    An IPv4 address written as IPv6 (::ffff:a.b.c.d) counts as the IPv4 address it is, in an address
    and in a rule. An IPv6 address counts without its zone (`%eth0`).
    """

    def __init__(self, rules: Iterable[str]) -> None:
        lengths: dict[int, dict[int, dict[int, str]]] = {32: {}, 128: {}}
        for rule in rules:
            address, _, length = rule.partition("/")
            number, bits = _parse(address)
            # Of ::ffff:a.b.c.d/120, 24 bits are those of the IPv4 network.
            prefix = int(length) - (128 - bits if ":" in address else 0) if length else bits
            if prefix < 0:
                # It holds more than the IPv4 addresses: an IPv6 network after all.
                number, bits, prefix = int(ipaddress.IPv6Address(address)), 128, int(length)
            shift = bits - prefix
            lengths[bits].setdefault(prefix, {}).setdefault(number >> shift, rule)
        self._tables: _Tables = {
            bits: [(bits - length, found) for length, found in sorted(of_length.items(), reverse=True)]
            for bits, of_length in lengths.items()
        }
        self._any = any(self._tables.values())
        self._find = lru_cache(CACHE_SIZE)(partial(_find, self._tables))

    def __bool__(self) -> bool:
        return self._any

    def match(self, address: str) -> str | None:
        """Return the narrowest rule that holds the address, None when none does or it is no address."""
        return self._find(address) if self._any and len(address) <= MAX_ADDRESS else None


def _find(tables: _Tables, address: str) -> str | None:
    try:
        number, bits = _parse(address.partition("%")[0])
    except ValueError:
        return None
    for shift, rules in tables[bits]:
        rule = rules.get(number >> shift)
        if rule is not None:
            return rule
    return None


def _parse(address: str) -> tuple[int, int]:
    """An address as a number and its bits. Raises ValueError for what is none."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return int(parsed), 128
        parsed = parsed.ipv4_mapped
    return int(parsed), 32
