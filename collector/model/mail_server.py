"""The server that mails are handed to, and whom they come from, as the settings name them."""

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from collector.model.identifier import EMAIL

Encryption = Literal["from the start", "demanded", "where offered"]
"""By TLS at once; by STARTTLS or not at all; by STARTTLS where the server offers it."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PLAIN = re.compile(r"[a-z]+://[\w.-]*(:\d{1,5})?/?(\?tls=\w*)?")
_PORTS = {"smtp": 587, "smtps": 465}


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """One server. `user` "": it asks for none. What is shown of it never holds the password."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = ""

    @property
    def shown(self) -> str:
        """Where it is, as an operator may read it."""
        return f"{self.host}:{self.port}"


def read_mail_server(url: str) -> MailServer:
    """Return the server of `smtp://USER:PASSWORD@HOST:587` or `smtps://...`. Raises ValueError: what to mend.

    `?tls=optional` sends in clear where the server does not offer STARTTLS, as to a loopback host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("its port or host cannot be read") from None
    if parts.scheme not in _PORTS:
        raise ValueError("it begins neither with smtp:// nor with smtps://")
    if not parts.hostname:
        raise ValueError("it names no host")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(
            "it holds more than a host and a port; a / # or ? of the password is written %2F %23 %3F"
        )
    wanted = parse_qs(parts.query, keep_blank_values=True)
    if wanted not in ({}, {"tls": ["optional"]}):
        raise ValueError("after the ? it may say tls=optional and nothing else")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        encryption=_encryption(parts.scheme, optional=bool(wanted) or parts.hostname in _LOCAL),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def shown_url(url: str) -> str:
    """A mail server's address as an error may show it: without what could be a password."""
    scheme, _, rest = url.partition("://")
    if "@" in rest:
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return url if _PLAIN.fullmatch(url) else "***"


def read_sender(text: str) -> Address:
    """Return whom mails come from: `Shop <news@shop.example>`, or the address alone. Raises ValueError."""
    name, address = parseaddr(text)
    if not text.isprintable() or not text.strip().endswith((address, f"<{address}>")):
        raise ValueError("it holds more than one address and its name")
    if not re.fullmatch(EMAIL, address):
        raise ValueError("it holds no address")
    try:
        return Address(display_name=name, addr_spec=address)
    except (MessageError, ValueError, IndexError) as error:  # all of them, by what is wrong
        raise ValueError(f"its address cannot be read: {error}") from None


def _encryption(scheme: str, *, optional: bool) -> Encryption:
    if scheme == "smtps":
        return "from the start"
    return "where offered" if optional else "demanded"
