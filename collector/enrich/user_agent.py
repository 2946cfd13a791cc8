"""Browser, system, device and bot, told from the User-Agent string.

`user_agents.parse` always takes ua-parser's slow engine (about 1 ms a new string), so its
`UserAgent` is filled here from the fast one (about 20 us); what is used of it are its rules for
mobile, tablet and desktop. Results are cached by string; strings are cut before they are looked
at, so that neither a lookup nor the cache grows with what a visitor sends.
"""

import re
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from ua_parser import Parser, load_lazy_builtins
from ua_parser.regex import Resolver
from ua_parser_rs import UserAgentExtractor

from collector.enrich import bots
from collector.enrich.device_rules import UserAgent, parse_browser, parse_device, parse_operating_system
from collector.model.policy import BotClass

Kind = Literal["desktop", "mobile", "tablet", "tv", "bot", "other"]

MAX_LENGTH = 512
"""Characters of a User-Agent that are read and kept. Ordinary ones have 100 to 250."""

CACHE_SIZE = 4096
"""Distinct strings remembered: under 10 MB at the worst."""

_TV = r"(?i)(smart-?_?tv|hbbtv|apple ?tv|google ?tv|android tv|netcast|web0s|crkey|roku|bravia|viera|\bAFT\w)"
_NO_DEVICE = ("Other", "Spider", "K")
"""Families that name no device. "K" is what Chrome on Android says in place of every model."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Description(NamedTuple):
    """What one User-Agent string tells. Unknown parts are empty, and a person's browser is no bot."""

    user_agent: str
    browser: dict[str, Any]
    os: dict[str, Any]
    device: dict[str, Any]
    bot_name: str
    bot_class: BotClass | Literal[""]

    @property
    def is_bot(self) -> bool:
        """True for a program; a missing User-Agent is no bot."""
        return bool(self.bot_name)


def describe(user_agent: str) -> Description:
    """Return what the string tells. Never raises; the result is shared, so copy before you change it."""
    return _describe(user_agent[:MAX_LENGTH])


def warm() -> None:
    """Build the matchers and run them once (about 0.2 s), so that the first beacon does not pay for it."""
    bots.warm()
    _describe("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


@cache
def _parser() -> Parser:
    # Without ua-parser's own cache: ours is in front, and two would hold everything twice.
    return Parser(Resolver(load_lazy_builtins()))


@cache
def _televisions() -> UserAgentExtractor:
    return UserAgentExtractor([(_TV, None, None, None, None, None)])


@lru_cache(CACHE_SIZE)
def _describe(user_agent: str) -> Description:
    # A lone surrogate cannot be stored as JSON, nor read by the parser.
    text = _CONTROL.sub(" ", user_agent.encode("utf-8", "replace").decode()).strip()
    if not text:
        return Description("", {}, {}, {}, "", "")
    parsed = _parse(text)
    bot = bots.find_bot(text)
    if bot is None and parsed.is_bot:
        bot = bots.Bot(parsed.browser.family if parsed.browser.family != "Other" else "bot", "other")
    return Description(
        user_agent=text,
        browser=_named(parsed.browser.family, parsed.browser.version_string),
        os=_named(parsed.os.family, parsed.os.version_string),
        device=_device(parsed, text, is_bot=bot is not None),
        bot_name=bot.name if bot else "",
        bot_class=bot.bot_class if bot else "",
    )


def _parse(text: str) -> UserAgent:
    result = _parser().parse(text).with_defaults()
    browser, system, device = result.user_agent, result.os, result.device
    parsed = UserAgent.__new__(UserAgent)
    parsed.ua_string = text
    parsed.browser = parse_browser(browser.family, browser.major, browser.minor, browser.patch)
    parsed.os = parse_operating_system(system.family, system.major, system.minor, system.patch)
    parsed.device = parse_device(device.family, device.brand, device.model)
    return parsed


def _named(family: str, version: str) -> dict[str, Any]:
    if family == "Other":
        return {}
    return {"name": family, "version": version} if version else {"name": family}


def _device(parsed: UserAgent, text: str, *, is_bot: bool) -> dict[str, Any]:
    kind: Kind = "bot" if is_bot else _kind(parsed, text)
    family = parsed.device.family
    return {"kind": kind} if family in _NO_DEVICE else {"family": family, "kind": kind}


def _kind(parsed: UserAgent, text: str) -> Kind:
    if _televisions().extract(text):
        return "tv"
    # The library takes every Firefox on Android for a telephone; a tablet's says "Tablet".
    if parsed.is_tablet or (parsed.os.family == "Android" and "Tablet" in text):
        # and takes Opera Mini, which never says "Mobile Safari", for a tablet.
        return "mobile" if parsed.browser.family in ("Opera Mini", "Opera Mobile") else "tablet"
    if parsed.is_mobile:
        return "mobile"
    return "desktop" if parsed.is_pc else "other"
