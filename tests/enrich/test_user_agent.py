"""The User-Agent tells browser, system, device and bot; no string makes it fail or stall."""

import itertools
import re
import time
from typing import Any, get_args

import msgspec
import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.bots import MAX_NAME, find_bot
from collector.enrich.user_agent import MAX_LENGTH, describe, warm
from collector.model.policy import BotClass

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT}"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {APPLE}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) {APPLE}"
FIRE_TV = f"Mozilla/5.0 (Linux; Android 9; AFTMM) {WEBKIT}"


@pytest.fixture(scope="module", autouse=True)
def warmed() -> None:
    warm()


@pytest.mark.parametrize(
    ("user_agent", "browser", "system", "device"),
    [
        pytest.param(
            f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36",
            "Chrome 156.0.0", "Windows 10", "desktop", id="Chrome on Windows",
        ),
        pytest.param(
            f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
            "Edge 156.0.0", "Windows 10", "desktop", id="Edge",
        ),
        pytest.param(
            f"{WINDOWS} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0",
            "Opera 115.0.0", "Windows 10", "desktop", id="Opera",
        ),
        pytest.param(
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
            "Firefox 153.0", "Linux", "desktop", id="Firefox on Linux",
        ),
        pytest.param(
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/18.5 Safari/605.1.15",
            "Safari 18.5", "Mac OS X 10.15.7", "Mac desktop", id="Safari on a Mac",
        ),
        pytest.param(
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            "Chrome 131.0.0", "Chrome OS 14541.0.0", "desktop", id="Chromebook",
        ),
        pytest.param(
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko",
            "IE 11.0", "Windows 7", "desktop", id="Tablet PC that is a desktop",
        ),
        pytest.param(
            f"{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1",
            "Mobile Safari 18.5", "iOS 18.5", "iPhone mobile", id="iPhone",
        ),
        pytest.param(
            f"{IPHONE} Mobile/22A3354 Instagram 350.0.0.20.92",
            "Instagram 350.0.0", "iOS 18.5", "iPhone mobile", id="inside Instagram",
        ),
        pytest.param(
            f"{IPAD} Version/12.1.2 Mobile/15E148 Safari/604.1",
            "Mobile Safari 12.1.2", "iOS 12.5.7", "iPad tablet", id="iPad",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36",
            "Chrome Mobile 156.0.0", "Android 15", "Pixel 9 mobile", id="Android telephone",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36",
            "Chrome Mobile 156.0.0", "Android 10", "mobile", id="Chrome that hides the model",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) {WEBKIT} Chrome/119.0.0.0 Mobile Safari/537.36",
            "Chrome Mobile 119.0.0", "Android 11", "NOTE 20 mobile", id="telephone called Cubot",
        ),
        pytest.param(
            "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; id) Presto/2.12.423 Version/12.16",
            "Opera Mini 36.2", "Android", "Generic Smartphone mobile", id="Opera Mini",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 13; SM-X906C) {WEBKIT} Chrome/120.0.0.0 Safari/537.36",
            "Chrome 120.0.0", "Android 13", "Samsung SM-X906C tablet", id="Android tablet",
        ),
        pytest.param(
            "Mozilla/5.0 (Android 14; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0",
            "Firefox Mobile 140.0", "Android 14", "Generic Tablet tablet", id="Firefox on a tablet",
        ),
        pytest.param(
            f"Mozilla/5.0 (Web0S; Linux/SmartTV) {WEBKIT} Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
            "Chrome 94.0.4606", "Web0S", "LG Web0S SmartTV tv", id="LG television",
        ),
        pytest.param(
            f"{FIRE_TV} Silk/108.4.6 like Chrome/108.0.5359.220 Safari/537.36",
            "Amazon Silk 108.4.6", "Android 9", "Kindle tv", id="Fire TV",
        ),
        pytest.param(
            f"Mozilla/5.0 (PlayStation 5) {APPLE} Version/15.4 Safari/605.1.15",
            "Safari 15.4", "", "PlayStation 5 other", id="game console",
        ),
        pytest.param("something else", "", "", "other", id="nothing known"),
    ],
)  # fmt: skip
def test_people_are_described(user_agent: str, browser: str, system: str, device: str) -> None:
    told = describe(user_agent)
    assert (_joined(told.browser), _joined(told.os), _joined(told.device)) == (browser, system, device)
    assert told.user_agent == user_agent
    assert not told.is_bot


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        pytest.param(
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot",
            id="Googlebot",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {WEBKIT} Chrome/141.0.0.0 Mobile "
            "Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot",
            id="Googlebot as a telephone",
        ),
        pytest.param(
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "GPTBot",
            id="GPTBot",
        ),
        pytest.param(
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "facebookexternalhit",
            id="link preview",
        ),
        pytest.param("curl/8.5.0", "curl", id="curl"),
        pytest.param("python-requests/2.32.3", "python-requests", id="HTTP library"),
        pytest.param(
            f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/156.0.0.0 Safari/537.36",
            "HeadlessChrome",
            id="browser without a screen",
        ),
        pytest.param(
            "Mozilla/5.0 (compatible; acme-crawler/2.0; +https://acme.example/about)",
            "acme-crawler",
            id="unlisted",
        ),
    ],
)
def test_bots_are_marked_and_named(user_agent: str, name: str) -> None:
    told = describe(user_agent)
    assert (told.is_bot, told.bot_name, told.device["kind"]) == (True, name, "bot")


def test_every_string_of_the_crawler_list_is_a_bot() -> None:
    strings = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    assert len(strings) > 2000
    assert [text for text in strings if not describe(text).is_bot] == []
    assert {describe(text).bot_class for text in strings} == set(get_args(BotClass)) - {"other"}


@pytest.mark.parametrize(
    ("user_agent", "bot_class"),
    [
        pytest.param("Mozilla/5.0 (compatible; Googlebot/2.1)", "search-engine", id="one tag"),
        pytest.param("Mozilla/5.0 (compatible; GPTBot/1.2)", "ai-crawler", id="another"),
        pytest.param("curl/8.5.0", "http-library", id="a library"),
        pytest.param("Mozilla/5.0 HeadlessChrome/156.0.0.0", "browser-automation", id="a driven browser"),
        pytest.param("AISearchBot/1.0", "ai-crawler", id="an AI crawler, its second tag"),
        pytest.param("Adidxbot/2.0", "advertising", id="the first of two"),
        pytest.param("acme-crawler/2.0", "other", id="unlisted"),
        pytest.param("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "", id="a person's browser"),
        pytest.param("", "", id="none"),
    ],
)
def test_what_a_bot_does(user_agent: str, bot_class: str) -> None:
    assert describe(user_agent).bot_class == bot_class


def test_the_first_pattern_of_the_crawler_list_that_fits_is_the_one() -> None:
    patterns = [re.compile(entry["pattern"]) for entry in CRAWLER_USER_AGENTS_DATA]
    strings = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    # Two of them in one string, the later of the list in front.
    strings += [f"{later} {earlier}" for earlier, later in itertools.pairwise(strings)]
    for text in strings:
        first = next(found for pattern in patterns if (found := pattern.search(text)))
        bot = find_bot(text)
        assert bot is not None
        assert bot.name == (first.group().strip(" /;:()")[:MAX_NAME] or "bot"), text


def test_every_tag_of_the_crawler_list_is_a_class() -> None:
    """A new one would count as "other" until BotClass has it."""
    tags = {tag for entry in CRAWLER_USER_AGENTS_DATA for tag in entry["tags"]}
    assert tags == set(get_args(BotClass)) - {"other"}


@pytest.mark.parametrize("user_agent", ["", "   ", "\x00\n"])
def test_a_missing_user_agent_is_no_bot_and_tells_nothing(user_agent: str) -> None:
    told = describe(user_agent)
    assert not told.is_bot
    assert (told.user_agent, told.browser, told.os, told.device) == ("", {}, {}, {})


def test_a_long_string_is_cut_before_it_is_read() -> None:
    told = describe("x" * 65_536 + "Googlebot/2.1")
    assert told.user_agent == "x" * MAX_LENGTH
    assert not told.is_bot


def test_control_characters_do_not_reach_the_event() -> None:
    assert describe("curl/8.5.0\r\nX-Evil: \x00\x1b[31m").user_agent == "curl/8.5.0 X-Evil:  [31m"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("a", id="one letter"),
        pytest.param("a-", id="almost a bot's name"),
        pytest.param("1.", id="versions"),
        pytest.param("Android;", id="one system many times"),
        pytest.param("Mobile Safari/", id="one browser many times"),
        pytest.param("bot crawler spider ", id="bots' words"),
        pytest.param("(((((", id="brackets"),
        pytest.param("é\u2028", id="beyond ASCII"),
    ],
)
def test_a_flood_of_distinct_hostile_strings_does_not_stall(pattern: str) -> None:
    """CPU time of 200 distinct strings of 64 kB; the bound is a hundred times what is usual."""
    strings = [f"{number}{pattern * (65_536 // len(pattern))}" for number in range(200)]
    start = time.process_time()
    for text in strings:
        describe(text)
    assert time.process_time() - start < 200 * 0.01


@given(st.text(st.characters(), max_size=600))
def test_any_string_is_described_and_can_be_stored(user_agent: str) -> None:
    told = describe(user_agent)
    assert len(told.user_agent) <= MAX_LENGTH
    assert msgspec.json.decode(msgspec.json.encode(told._asdict())) == told._asdict()


def _joined(part: dict[str, Any]) -> str:
    return " ".join(part.values())
