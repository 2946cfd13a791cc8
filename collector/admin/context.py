"""What the admin pages need from the rest of the collector, handed in by `app`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from starlette.requests import Request

from collector.enrich import Enricher
from collector.store.interface import Store


class Attribution(NamedTuple):
    """A line that the licence of a geo database wants to see on the page, and where it links to."""

    text: str
    url: str


def peer_address(request: Request) -> str:
    """Return the address of the other end of the connection, "" when unknown."""
    return request.client.host if request.client else ""


@dataclass(frozen=True, kw_only=True)
class AdminContext:
    """Everything the pages stand on.

    enricher          of the beacons, for what is sent again from the quarantine
    secret_key        signs the cookies and the forms
    secure_cookies    visitors reach these pages by https
    now_ms            the clock, ms since the epoch, UTC
    base_url          the collector's public address without a final slash; None: as the request says
    link_url          what links in mails begin with
    mail_server       where mails are handed to, as it may be shown; "" for nowhere
    client_address    who is signing in, for the limit of attempts; behind a proxy, the address it forwards
    geo_note          which geo database is in use and how old it is; "" shows nothing
    geo_attribution   what its licence wants shown
    """

    store: Store
    enricher: Enricher
    secret_key: bytes
    secure_cookies: bool
    now_ms: Callable[[], int]
    base_url: str | None = None
    link_url: str = ""
    mail_server: str = ""
    client_address: Callable[[Request], str] = peer_address
    geo_note: Callable[[], str] = str
    geo_attribution: Callable[[], Attribution | None] = lambda: None
