"""Which advert led here: campaign and click id, told from the address of the visited page.

Google's, Matomo's and Piwik's names for the same things become one form. The first of
a kind counts.
"""

import re
from typing import Any
from urllib.parse import unquote_plus

MAX_URL = 4096
"""How much of an address is looked at, in characters."""

MAX_VALUE = 255
"""Longest value kept, in characters."""

_PARTS = {
    "source": ("utm_source", "mtm_source", "pk_source"),
    "medium": ("utm_medium", "mtm_medium", "pk_medium"),
    "name": ("utm_campaign", "mtm_campaign", "pk_campaign", "piwik_campaign"),
    "term": ("utm_term", "mtm_keyword", "mtm_kwd", "pk_keyword", "pk_kwd", "piwik_kwd"),
    "content": ("utm_content", "mtm_content", "pk_content"),
    "id": ("utm_id", "mtm_cid", "pk_cid"),
}
_PART = {name: part for part, names in _PARTS.items() for name in names}

CLICK_IDS = frozenset(
    {
        *("gclid", "gbraid", "wbraid", "dclid"),  # Google
        *("msclkid", "fbclid", "ttclid", "twclid", "li_fat_id"),  # Microsoft, Meta, TikTok, X, LinkedIn
        *(
            "yclid",
            "ysclid",
            "epik",
            "rdt_cid",
            "sccid",
            "irclickid",
        ),  # Yandex, Pinterest, Reddit, Snap, Impact
    }
)
"""Parameters that an ad network adds to a followed advert, in lower case."""

_PAIR = re.compile(r"[?&]([A-Za-z_]{4,14})=([^&]+)")
"""A parameter that could be one of them: an alternative of all names would take seven times as long."""


def campaign_of(url: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the campaign (source, medium, name, term, content, id) and the click id (name, value).

    Each holds what the address tells, and is empty where that is nothing.
    """
    campaign: dict[str, str] = {}
    click_id: dict[str, str] = {}
    page = url[:MAX_URL].partition("#")[0]
    for written, value in _PAIR.findall(page):
        name = written.lower()
        part = _PART.get(name)
        if part is not None:
            if part not in campaign:
                campaign[part] = _text(value)
        elif name in CLICK_IDS and not click_id:
            click_id = {"name": name, "value": _text(value)}
    told = {part: text for part, text in campaign.items() if text}
    return told, click_id if click_id.get("value") else {}


def page_url(action: str, params: dict[str, Any], context: dict[str, Any]) -> str:
    """The address of the page that an event happened on, "" where it has none with a query.

    Elsewhere than in a visit, `url` may be another page's: that of a followed link.
    """
    url = params.get("url") if action == "page.visit" else None
    if url is None and "page" in context:
        page = context["page"]
        url = page.get("url") if isinstance(page, dict) else None
    return url if isinstance(url, str) and "?" in url else ""


def _text(value: str) -> str:
    """A parameter's value as text that can be shown."""
    plain = unquote_plus(value[: 9 * MAX_VALUE])
    return (plain if plain.isprintable() else "".join(filter(str.isprintable, plain)))[:MAX_VALUE].strip()
