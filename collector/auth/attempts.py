"""How often one may try to sign in: counted by address and by name, in the store, over all processes."""

import hashlib
import ipaddress

MAX_ATTEMPTS = 10
ATTEMPT_WINDOW_MS = 15 * 60 * 1000

MAX_ATTEMPTS_BY_NAME = 100
"""Sign-in attempts of one name in the window, from all addresses together: enough to stop a guesser
with many of them, and too many for one stranger to lock a person out by typing the name."""


def attempt_keys(name: str, address: str, what: str = "sign-in") -> tuple[str, str]:
    """Return the keys under which an attempt counts: the address and the name.

    An IPv6 address counts by its /48, since one customer of a provider may own all of that. Names are
    hashed, so that a password typed into the wrong field is not kept.
    """
    try:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6:
            address = str(ipaddress.ip_network(f"{parsed}/48", strict=False))
    except ValueError:
        pass  # no address, or a socket's name: counted as it stands
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).hexdigest()
    return f"{what} address {address}", f"{what} name {digest}"
