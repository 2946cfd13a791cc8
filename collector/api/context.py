"""What the operations of the API stand on."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from collector.api.tokens import Tokens
from collector.enrich import Enricher
from collector.limits import Limits
from collector.store import Store
from collector.store.catalog import Catalog


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """`secret_key` signs receipts and links, and locks the keys that tokens are signed with.

    tokens            makes and reads the signed tokens of callers
    client_address    the address of whoever calls
    base_url          the address that the collector is reached at, without a slash at its end
    public_url        the same where its operator has said it, else ""
    now_ms            ms since the epoch, UTC
    """

    store: Store
    catalog: Catalog
    enricher: Enricher
    limits: Limits
    secret_key: bytes
    tokens: Tokens
    client_address: Callable[[Request], str]
    base_url: str
    public_url: str
    now_ms: Callable[[], int]
