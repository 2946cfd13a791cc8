"""What of an address of a page may be kept: who logs in by it never, its query as the policy says.

`utm_*` and click ids were read from the page's address before (`enrich`): the campaign is kept without
its query, a click id, which names a person, only where its parameter is kept (`keep.py`).
"""

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

from collector.model.policy import Query

_START = re.compile(r"\s*(?:https?:[/\\]*|(?:[a-z][a-z0-9+.-]{0,31}:)?[/\\]{2,})", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/\\?#]*")
_SCHEME = "[a-z][a-z0-9+.-]{0,31}+"
_EMBEDDED = re.compile(rf'\b{_SCHEME}://[^\s"<>]+', re.IGNORECASE)
_ADDRESS = re.compile(
    rf"\s*(?:(?:https?|ftp|wss?)(?::|%(?:25)*3a)|{_SCHEME}://|//[^\s/?#]+[/?#]|[?#][^=]*=)", re.IGNORECASE
)
_NAMES = (
    *("url", "uri", "href", "src", "source", "path", "pathname", "page", "referrer", "referer"),
    *("canonical", "location", "link", "og:image", "og:video", "og:audio", "landing"),
)
_PARTS = {"?": "search", "#": "hash"}
"""Names of a part of an address, by the sign it begins with: else a `search` is the visitor's own words."""

_PATH_PARAM = re.compile(r";([^/;=]*)[^/;]*")
_ENCODED_QUERY = re.compile("%(?:25)*3f.*", re.IGNORECASE | re.DOTALL)
_ENCODED_PAIR = re.compile("%(?:25)*3")
SIGNS = "?#;"
"""One of them, or a percent sign, begins what may be cut from an address."""


def is_address(name: str, text: str) -> bool:
    """Whether a text of this name is an address of a page or the query of one.

    It is where it begins like one (`https:`, `app://`, `//shop/`, `?a=`, `#a=`), or else by the end of its
    name: `/cart?id=1` as `url` or `landingPage` is one, as `answer` it is not; `?token` is one as `search`.
    """
    if _ADDRESS.match(text) is not None or name.lower().endswith(_NAMES):
        return True
    part = _PARTS.get(text.lstrip()[:1])
    return part is not None and name.lower().endswith(part)


def kept_url(url: str, query: Query, keep: frozenset[str]) -> str:
    """Return an address without user and password, and with the parameters that are kept.

    Parameters are those of the query, of a path (`/cart;jsessionid=1`) and of a fragment that has any
    (`#/cart?id=1`, `#access_token=1`). With `none` the fragment goes as a whole.
    """
    if "@" in url:
        url = _without_user(url)
    if query == "all":
        return url
    before, hash_mark, fragment = url.partition("#")
    path, query_mark, told = before.partition("?")
    if query == "none":
        keep = frozenset()
    path = _PATH_PARAM.sub(lambda param: param[0] if unquote_plus(param[1]) in keep else "", path)
    # An address that was encoded as a whole, once or more.
    path = _ENCODED_QUERY.sub("", path)
    told = _listed(told, keep)
    fragment = "" if query == "none" else _kept_fragment(fragment, keep)
    return path + (query_mark and told and "?" + told) + (hash_mark and fragment and "#" + fragment)


def kept_urls(text: str, kept: Callable[[str], str]) -> str:
    """Return a text with what is kept of every address with a scheme within it."""
    return _EMBEDDED.sub(lambda url: kept(url[0]), text)


def _without_user(url: str) -> str:
    start = _START.match(url)
    if start is None:
        return url
    authority = _AUTHORITY.match(url, start.end())
    at = url.rfind("@", start.end(), authority.end()) if authority else -1
    return url if at == -1 else url[: start.end()] + url[at + 1 :]


def _kept_fragment(fragment: str, keep: frozenset[str]) -> str:
    """A fragment is a place on the page, or the path and query of a single-page app, or a query alone."""
    path, mark, told = fragment.partition("?")
    told = _listed(told, keep)
    if "=" in path or "&" in path or _ENCODED_PAIR.search(path):
        path = _listed(path, keep)
    return path + (mark and told and "?" + told)


def _listed(query: str, keep: frozenset[str]) -> str:
    """The parameters of these names; some servers part them by semicolons."""
    if not (query and keep):
        return ""
    pairs = re.split("[&;]", query)
    return "&".join(pair for pair in pairs if unquote_plus(pair.partition("=")[0]) in keep)
