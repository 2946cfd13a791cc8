"""The page on which an event happened, as far as it is told."""

from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from collector.model.beacon import Beacon
from collector.model.event import Event, Params
from collector.privacy.hosts import plain_host

_OF_THE_PAGE = frozenset({"page.visit", "page.engagement", "web.vitals", "page.notFound"})
"""Actions whose `url` is that of the page, and whose `path` too."""

_OF_A_LINK = frozenset({"link.outbound", "file.download"})
"""Actions whose `url` is that of another page."""

_URL = frozenset({"url", "href"})
_ADDRESS = _URL | {"path", "pathname"}
"""Names of what holds a page's address, in lower case."""

_BLANK = "".join(map(chr, range(0x21)))
"""What a browser leaves out at both ends of an address."""


def page_paths(event: Event, beacon: Beacon) -> list[str]:
    """Return every path that the event tells as its page's, none where nothing tells it (an app, a server).

    Told are `context.page` (our tag's where the source has rules for it; elsewhere an object with
    `url` and `path`) and the `url` and `path` of a visit and its like. Where there is neither, the
    event's own `url`, if it is not a link's; else the Referer, but for the bare origin that browsers
    send to another site.
    """
    pages = _pages(event) or [page for page in _split(beacon.referer) if page.path not in ("", "/")]
    return [page.path or "/" for page in pages]


def page_hosts(event: Event, beacon: Beacon) -> list[str]:
    """Return every host that is told as the page's: by the event as above, and by Origin and Referer.

    The browser's own word counts beside the event's: a staging site's canonical address is the shop's.
    """
    told = [*_pages(event), *_split(beacon.origin), *_split(beacon.referer)]
    hosts = dict.fromkeys(plain_host(page.hostname) for page in told)
    return [host for host in hosts if host]


def referrer_hosts(event: Event, beacon: Beacon) -> list[str]:
    """Return every host that the event tells as where the visitor came from; its own is none of them."""
    page = event.context.get("page")
    told = [event.params.get("referrer"), page.get("referrer") if isinstance(page, dict) else None]
    hosts = dict.fromkeys(host for host in map(host_of, told) if host)
    own = page_hosts(event, beacon) if hosts else []
    return [host for host in hosts if host not in own]


def host_of(address: object) -> str:
    """The host of an address, "" where it has none. An app may be a referrer too: `android-app://`."""
    try:
        return plain_host(urlsplit(address).hostname) if isinstance(address, str) else ""
    except ValueError:
        return ""


def own_paths(address: object, event: Event, beacon: Beacon) -> list[str]:
    """Return what may be the path of an address of the event's own site, none for any other."""
    parts = _split(address)
    own = page_hosts(event, beacon) if any(each.netloc for each in parts) else []
    return [each.path or "/" for each in parts if not each.netloc or plain_host(each.hostname) in own]


def _pages(event: Event) -> list[SplitResult]:
    """What the event itself tells of its page."""
    original = event.context.get("original")
    original = original if isinstance(original, dict) else {}
    pages = [parts for told in _pages_beside(event.context, original) for parts in _told(told, _ADDRESS)]
    if event.action in _OF_THE_PAGE:
        # As a list the properties of a page are no params.
        pages += [*_told(event.params, _ADDRESS), *_told(original.get("properties"), _ADDRESS)]
    elif not pages and event.action not in _OF_A_LINK:
        pages += _told(event.params, _URL)
    return pages


def _pages_beside(context: Params, original: Params) -> list[object]:
    """What the context holds by the name of a page, with what a dialect that we read told there."""
    inner = original.get("context")
    beside = inner.get("page") if isinstance(inner, dict) else None
    return [context.get("page"), beside, original.get("page")]


def _told(value: object, names: frozenset[str]) -> Iterator[SplitResult]:
    """What may be an address: a text, one of a list, or what an object holds by one of these names.

    A sender may wrap and spell it as it likes: what no list can read it would not be judged by.
    """
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield from _split(value)
        elif isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            left += (held for name, held in value.items() if name.lower() in names)


def _split(address: object) -> list[SplitResult]:
    """The parts of a URL or of a path with a query, none for anything else.

    `//a/b` may be a host and a path, or a path that begins with two slashes: both are told.
    """
    if not isinstance(address, str):
        return []
    address = address.strip(_BLANK)
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    if parts.scheme in ("http", "https") and parts.netloc:
        return [parts]
    if not address.startswith("/"):
        return []
    if not parts.netloc:
        return [parts]
    return [parts, parts._replace(netloc="", path=f"//{parts.netloc}{parts.path}")]
