"""Whose request it is: the visitor's address behind our own proxies, and the origin of a page."""

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from collector.config import Network
from collector.receive.exchange import Headers, Scope


def visitor_address(scope: Scope, headers: Headers, proxies: tuple[Network, ...]) -> str:
    """Return the peer's address, or what the nearest proxy that is not ours has seen; "" when unknown.

    X-Forwarded-For is believed only as far back as it was written by addresses in `proxies`: what
    stands before them anybody can have sent.
    """
    address = str(scope["client"][0]) if scope.get("client") else ""
    # An IPv4 peer of a socket that listens on both families.
    address = address.removeprefix("::ffff:") if "." in address else address
    if not proxies or not _is_within(address, proxies):
        return address
    for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
        hop = _without_port(hop.strip())
        if not _is_address(hop):
            break
        address = hop
        if not _is_within(hop, proxies):
            break
    return address


def _without_port(hop: str) -> str:
    """Some proxies write the port too: 1.2.3.4:5678, [2001:db8::1]:5678."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def origin_of(url: str) -> str | None:
    """The origin of a URL, as a browser writes it in the Origin header; None where there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


@lru_cache(maxsize=4096)
def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
