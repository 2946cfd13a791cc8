"""Events as they arrive: newest first, in pieces, whole, and always as text."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from collector.admin.live import PAGE_SIZE
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import PutEvent

SCRIPT = "<script>alert(1)</script>"
HOSTILE = {
    "label": SCRIPT,
    "uuid": '"><img src=x onerror=alert(1)>',
    "params": {
        "</pre><script>alert(2)</script>": ["{{ 7*7 }}", "'\"&"],
        "title": SCRIPT,
        "rtl": "a\u202etxt",
    },
    "context": {
        "browser": {"name": "<b>Chrome</b>"},
        "os": {"name": "<i>"},
        "device": {"kind": "<u>"},
        "geo": {"city": "<s>Kraków", "country": SCRIPT},
    },
}


def labels(response: httpx.Response) -> list[str]:
    return re.findall(r'class="label"><bdi>(.*?)</bdi>', response.text)


def payloads(response: httpx.Response) -> list[dict[str, Any]]:
    return [
        json.loads(unescape(block)) for block in re.findall(r"<pre[^>]*>(.*?)</pre>", response.text, re.S)
    ]


@pytest.fixture
def base(source: Source) -> str:
    """The path of the source's pages."""
    return f"/sources/{source.source_id}"


def test_newest_first_with_device_and_place(admin: Browser, base: str, put: PutEvent) -> None:
    put("first", "first")
    put(
        "page.visit",
        "Visited page Home",
        context={
            "browser": {"name": "Firefox", "version": "141"},
            "os": {"name": "Windows"},
            "device": {"kind": "desktop"},
            "geo": {"city": "Kraków", "country": "Poland"},
            "bot": True,
        },
    )
    page = admin.get(f"{base}/live")
    assert labels(page) == ["Visited page Home", "first"]
    assert "11:59:00 page.visit bot Visited page Home Firefox on Windows desktop Kraków Poland" in text_of(
        page
    )


def test_the_whole_payload_is_in_the_row(admin: Browser, base: str, source: Source, put: PutEvent) -> None:
    put(id="event-1", params={"colour": "żółty", "price": 1.5}, context={"bot": False})
    (payload,) = payloads(admin.get(f"{base}/live"))
    assert payload == {
        "id": "event-1",
        "action": "page.visit",
        "label": "Visited page Home",
        "time": "2026-01-01T11:59:00.000Z",
        "received_at": "2026-01-01T11:59:00.000Z",
        "source_id": source.source_id,
        "profile_id": payload["profile_id"],
        "session_id": None,
        "uuid": None,
        "params": {"colour": "żółty", "price": 1.5},
        "context": {"bot": False},
    }


def test_a_hostile_event_is_text_wherever_it_shows(admin: Browser, base: str, put: PutEvent) -> None:
    seq = put("hostile", **HOSTILE)
    for path in (
        f"{base}/live",
        f"{base}/live/rows?after=0",
        f"{base}/events/{seq}",
        f"{base}/install/status",
    ):
        page = admin.get(path)
        assert SCRIPT in text_of(page) or SCRIPT in unescape(page.text), path
        for tag in ("<script>", "<img src=x", "<b>Chrome", "<i>", "<u>", "<s>", "</pre><script"):
            assert tag not in page.text, (path, tag)
        assert "\u202e" not in page.text
        assert "7*7" in page.text or "install" in path
    assert (
        f"<title>hostile: {SCRIPT.replace('<', '&lt;').replace('>', '&gt;')}"
        in admin.get(f"{base}/events/{seq}").text
    )
    assert payloads(admin.get(f"{base}/events/{seq}"))[0]["params"] == HOSTILE["params"]


@pytest.mark.parametrize("action", [SCRIPT, '" autofocus onfocus=alert(1) x="'])
def test_a_hostile_filter_is_text(admin: Browser, base: str, action: str) -> None:
    page = admin.get(f"{base}/live", params={"action": action})
    assert action not in page.text
    assert (
        f'value="{action.replace("<", "&lt;").replace(">", "&gt;").replace(chr(34), "&#34;")}"' in page.text
    )


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({}, id="nothing kept"),
        pytest.param({"browser": None, "os": "Linux", "device": [], "geo": 7}, id="other shapes"),
        pytest.param({"browser": {"name": {"x": 1}}, "geo": {"city": None}}, id="other shapes inside"),
    ],
)
def test_an_event_of_which_little_is_kept_still_shows(
    admin: Browser, base: str, put: PutEvent, context: dict[str, Any]
) -> None:
    seq = put(label="", context=context)
    assert admin.get(f"{base}/live").status_code == 200
    assert admin.get(f"{base}/events/{seq}").status_code == 200


def test_a_place_that_was_assumed_says_so(admin: Browser, base: str, put: PutEvent) -> None:
    put(context={"geo": {"city": "Berlin", "country": "Germany", "assumed": True}})
    assert "Berlin Germany (assumed)" in text_of(admin.get(f"{base}/live"))


class TestArriving:
    """What the page asks for once a second."""

    def test_only_what_is_newer(self, admin: Browser, base: str, put: PutEvent) -> None:
        seen = put(label="seen")
        assert admin.get(f"{base}/live/rows?after={seen}").status_code == 204
        put(label="second")
        last = put(label="third")
        rows = admin.get(f"{base}/live/rows?after={seen}")
        assert labels(rows) == ["third", "second"]
        assert rows.headers["tagwell-last-seq"] == str(last)
        assert "tagwell-gap" not in rows.headers
        assert "<html" not in rows.text

    def test_the_filter_holds_for_them_too(self, admin: Browser, base: str, put: PutEvent) -> None:
        put("page.visit", "a visit")
        put("form.submit", "a form")
        assert labels(admin.get(f"{base}/live/rows?after=0&action=form.submit")) == ["a form"]
        assert labels(admin.get(f"{base}/live?action=form.submit")) == ["a form"]
        assert admin.get(f"{base}/live/rows?after=0&action=form").status_code == 204

    def test_a_burst_beyond_one_piece_leaves_a_known_gap(
        self, admin: Browser, base: str, put: PutEvent
    ) -> None:
        for number in range(PAGE_SIZE + 1):
            put(label=str(number))
        rows = admin.get(f"{base}/live/rows?after=0")
        assert labels(rows) == [str(number) for number in range(PAGE_SIZE, 0, -1)]
        assert rows.headers["tagwell-gap"] == "yes"

    @pytest.mark.parametrize("after", ["-1", "x", "1e9", "9" * 30, "٣", "9223372036854775808"])
    def test_a_place_that_is_none_is_refused(self, admin: Browser, base: str, after: str) -> None:
        assert admin.get(f"{base}/live/rows", params={"after": after}).status_code == 404


class TestPaging:
    """Older events, fifty at a time."""

    def test_older_pages_reach_the_first_event(self, admin: Browser, base: str, put: PutEvent) -> None:
        for number in range(PAGE_SIZE + 10):
            put(label=str(number))
        page = admin.get(f"{base}/live")
        assert labels(page)[0] == str(PAGE_SIZE + 9)
        older = unescape(re.findall(r'href="/admin([^"]*before=[^"]*)"', page.text)[0])
        page = admin.get(older)
        assert labels(page) == [str(number) for number in range(9, -1, -1)]
        assert "Older events" not in page.text
        assert "Back to live" in page.text
        assert "data-rows" not in page.text


def test_an_event_of_another_source_is_not_there(
    admin: Browser, store: Store, base: str, put: PutEvent
) -> None:
    other = store.add_source("Other")
    seq = put()
    assert admin.get(f"{base}/events/{seq}").status_code == 200
    assert admin.get(f"/sources/{other.source_id}/events/{seq}").status_code == 404
    assert admin.get(f"{base}/events/{seq + 1}").status_code == 404
    assert admin.get(f"{base}/events/{'9' * 30}").status_code == 404


def test_times_are_told_in_the_workspace_s_zone(
    admin: Browser, store: Store, base: str, put: PutEvent
) -> None:
    put()
    store.save_workspace(time_zone="Asia/Tokyo")
    page = admin.get(f"{base}/live")
    assert "20:59:00" in text_of(page)
    assert 'datetime="2026-01-01T11:59:00.000Z"' in page.text
