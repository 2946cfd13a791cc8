"""Programs, by what their User-Agent says: the name of a product in it, or all of it."""

import re
from collections.abc import Iterable
from functools import lru_cache, partial

MAX_AGENT = 512
"""Characters of a User-Agent that are read, as in enrich. No rule is longer."""

CACHE_SIZE = 1024
"""User agents remembered of each list."""

_BETWEEN = re.compile(r"[\s;,()\[\]{}\"]+")
"""What stands between products, in comments too: `(compatible; Googlebot/2.1)`."""


class AgentList:
    """A set of products and of whole user agents, in any case.

    A product is the text before a slash or a word alone (`curl` of `curl/8.5.0`), or both with the
    version (`curl/8.5.0`). Rules are looked up by the words of the User-Agent; none is searched for in it.
    """

    def __init__(self, rules: Iterable[str]) -> None:
        written: dict[str, str] = {}
        for rule in rules:
            written.setdefault(_plain(rule), rule)
        self._any = bool(written)
        self._find = lru_cache(CACHE_SIZE)(partial(_find, written))

    def __bool__(self) -> bool:
        return self._any

    def match(self, user_agent: str) -> str | None:
        """Return the rule that fits: one for all of it before one for a product. None when none does."""
        return self._find(user_agent[:MAX_AGENT]) if self._any else None


def _find(written: dict[str, str], user_agent: str) -> str | None:
    plain = _plain(user_agent)
    for name in (plain, *_products(plain)):
        rule = written.get(name)
        if rule is not None:
            return rule
    return None


def _products(plain: str) -> list[str]:
    """Each word of a User-Agent, and what it says before its slash."""
    words = _BETWEEN.split(plain)
    return [name for word in words for name in (word, word.partition("/")[0])]


def _plain(text: str) -> str:
    """In one case, with single spaces, as it is shown."""
    return " ".join(text.casefold().split())
