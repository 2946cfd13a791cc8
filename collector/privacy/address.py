"""The visitor's address, made short before anything is written: the network stays, the household goes."""

import ipaddress
from functools import lru_cache

from collector.model.policy import Address

V6_BITS = 48
"""What is kept of an IPv6 address; of an IPv4 address it is three of the four bytes."""


@lru_cache(maxsize=4096)
def kept_address(address: str, rule: Address) -> str:
    """Return what may be kept of an address: all, its /24 or /48 network's first address, or "".

    An IPv4 address written as IPv6 (::ffff:a.b.c.d) counts as the IPv4 address it is. What is
    no address is not kept, unless all is.
    """
    if rule == "dropped" or not address:
        return ""
    if rule == "full":
        return address
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(parsed), V6_BITS), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return str(parsed).rpartition(".")[0] + ".0"
