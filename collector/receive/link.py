"""A visitor handed from one of the owner's domains to another: the collector signs, and confirms once.

    POST /b/{source_id}?link   "UUID HOST"   a visitor may be about to follow a link to this host
    200  a token, which the tag puts into the link
    POST /b/{source_id}?link   "TOKEN"       from the page that the link led to
    200  the uuid

Plain text, so that a page needs no preflight; a query and not a path, so that a proxy which
passes on the beacon's address alone passes this too.

A token holds for two minutes, once, for the listed domain it was asked for (told from the Origin,
which a page cannot choose), within one workspace. What binds it to a browser is the address and the
User-Agent as the collector sees them: whoever shares both with a visitor can make a link that gives
the visitor a uuid of their choice. Behind a proxy that is not in TAGWELL_TRUSTED_PROXIES all visitors
have the proxy's address, and only the User-Agent remains.

A token proves nothing else: whoever names a uuid gets one for it, and could have sent events under
that uuid as well. The tag adopts a uuid only in a browser that has none on that domain, so that no
visitor's past is given to another (DESIGN.md, Trust).
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from collector.config import Network
from collector.limits import Limits, OverLimit
from collector.model.outcome import Rejected
from collector.model.source import Source
from collector.receive.address import visitor_address
from collector.receive.endpoint import PREFIX, RETRY_AFTER_S
from collector.receive.exchange import (
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    answer_text,
    read_body,
    read_headers,
    says_yes,
)
from collector.store import Store, StoreUnavailable
from collector.store.catalog import Catalog

QUERY = b"link"
LIFE_S = 120
"""How long a token holds, in seconds."""

MAX_BODY_BYTES = 2048

MAX_CONFIRMING = 2
"""How many confirm at once: each is a commit of its own, and events are to find room between them."""

MAX_WAIT_S = 1.0
"""How long one more waits for its turn, in seconds: the tag waits two in all."""


class _Refused(Exception):
    """The answer is 403, and the same whatever the cause: it would only help whoever guesses."""


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""As the tag makes them."""


class LinkEndpoint:
    """`POST /b/{source_id}?link`, as an ASGI application."""

    def __init__(
        self,
        catalog: Catalog,
        store: Store,
        secret_key: bytes,
        proxies: tuple[Network, ...],
        limits: Limits,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        class Signer(TimestampSigner):
            """Signs by the collector's clock."""

            def get_timestamp(self) -> int:
                return now_ms() // 1000

        self._catalog = catalog
        self._store = store
        self._secret_key = secret_key
        self._proxies = proxies
        self._limits = limits
        self._now_ms = now_ms
        self._signer = Signer
        self._turns = asyncio.Semaphore(MAX_CONFIRMING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await answer(send, 405, "a link is asked for by POST", ((b"allow", b"POST"),))
            return
        try:
            text = await self._answer(scope, receive)
        except _Refused:
            await answer(send, 403, "no link is made, or this one does not hold")
        except OverLimit as over:
            await answer(send, 429, over.detail, (over.header,))
        except Rejected as fault:
            await answer(send, 400, fault.detail)
        except StoreUnavailable:
            retry = ((b"retry-after", str(RETRY_AFTER_S).encode()),)
            await answer(send, 503, "the store cannot take this now", retry)
        else:
            await answer_text(send, text)

    async def _answer(self, scope: Scope, receive: Receive) -> str:
        headers = read_headers(scope)
        address = visitor_address(scope, headers, self._proxies)
        await self._limits.check_address(address, None, is_event=False)
        content = await read_body(receive, headers)
        if len(content) > MAX_BODY_BYTES:
            raise _Refused
        said = content.decode("utf-8", "replace").split(" ")
        source_id = scope["path"].removeprefix(PREFIX)
        source = self._catalog.known(source_id) or await self._catalog.find(source_id)
        if source is None or not _may_hand(source, headers):
            raise _Refused
        browser = f"{address}\n{headers.get(b'user-agent', b'')!r}"
        signed = self._signed(source, browser)
        if len(said) == 1:
            return await self._confirm(said[0], signed, _host(headers))
        uuid, host = said[0], said[-1]
        domain = next((name for name in source.settings.tag.domains if _within(host, name)), None)
        if domain is None or not _UUID.fullmatch(uuid):
            raise _Refused
        return str(signed.dumps((uuid, secrets.token_urlsafe(9), domain)))

    async def _confirm(self, token: str, signed: URLSafeTimedSerializer, host: str) -> str:
        try:
            uuid, nonce, domain = signed.loads(token, max_age=LIFE_S)
        except BadData:
            raise _Refused from None
        if not _within(host, domain) or not await self._spend(nonce):
            raise _Refused
        return str(uuid)

    async def _spend(self, nonce: str) -> bool:
        """Use the token, False where it was used before. Raises StoreUnavailable where too many wait."""
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                await self._turns.acquire()
        except TimeoutError:
            raise StoreUnavailable("too many links are confirmed at once") from None
        try:
            now_ms = self._now_ms()
            # A second more than a token holds: its time is in whole ones.
            until_ms = now_ms + (LIFE_S + 1) * 1000
            return await asyncio.to_thread(self._store.spend_link, nonce, now_ms, until_ms)
        finally:
            self._turns.release()

    def _signed(self, source: Source, browser: str) -> URLSafeTimedSerializer:
        """What signs for one workspace and one browser: the token itself need not tell them."""
        return URLSafeTimedSerializer(
            self._secret_key,
            salt=f"tagwell-link\n{source.workspace_id}\n{browser}",
            signer=self._signer,
            signer_kwargs={"key_derivation": "hmac"},
        )


def _may_hand(source: Source, headers: Headers) -> bool:
    """Whether the owner wants visitors handed over, from here, and the visitor has not said no."""
    policy, settings = source.policy, source.settings
    refused = (policy.global_privacy_control and says_yes(headers, b"sec-gpc")) or (
        policy.do_not_track and says_yes(headers, b"dnt")
    )
    listed = not settings.origins or headers.get(b"origin", b"").decode("latin-1") in settings.origins
    return (
        source.enabled and not source.problem and settings.tag.modules.cross_domain and listed and not refused
    )


def _host(headers: Headers) -> str:
    """The host of the page that asks."""
    try:
        return urlsplit(headers.get(b"origin", b"").decode("latin-1")).hostname or ""
    except ValueError:
        return ""


def _within(host: str, domain: str) -> bool:
    return f".{host}".endswith(f".{domain}")
