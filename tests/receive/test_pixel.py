"""GET /b/{source_id}.gif: the visit of a page without script."""

import httpx
import pytest

from collector.model.policy import Policy
from collector.model.source import Settings, Source
from tests.receive.running import FIREFOX, Running

PAGE = "https://shop.example/no-script"


def _get(collector: Running, source: Source, query: str = "", **headers: str) -> httpx.Response:
    return collector.request(
        "GET", f"/b/{source.source_id}.gif{query}", headers={"user-agent": FIREFOX, **headers}
    )


def _assert_is_gif(response: httpx.Response) -> None:
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/gif"
    assert response.headers["cache-control"] == "no-store"
    assert response.content.startswith(b"GIF89a")
    assert int(response.headers["content-length"]) == len(response.content)


def test_pixel_in_a_noscript_is_a_visit_of_its_page(collector: Running, source: Source) -> None:
    _assert_is_gif(_get(collector, source, referer=PAGE))
    [event] = collector.events(source.source_id)
    assert (event.action, event.params) == ("page.visit", {"url": PAGE})
    assert event.context["browser"]["name"] == "Firefox"


def test_pixel_in_a_mail_says_what_it_means(collector: Running, source: Source) -> None:
    _assert_is_gif(_get(collector, source, "?action=mail.open&label=Opened&id=m-1&campaign=May%20sale"))
    [event] = collector.events(source.source_id)
    assert (event.id, event.action, event.label, event.params) == (
        "m-1",
        "mail.open",
        "Opened",
        {"campaign": "May sale"},
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"referer": PAGE}, 200, id="the page is of a listed origin"),
        pytest.param({"referer": "https://shop.example/"}, 200, id="the origin alone"),
        pytest.param({"referer": "https://evil.example/"}, 403, id="a foreign page"),
        pytest.param({"referer": "https://shop.example.evil.example/"}, 403, id="a longer host"),
        pytest.param({"referer": PAGE, "origin": "https://evil.example"}, 403, id="Origin wins over Referer"),
        pytest.param({}, 403, id="nobody says"),
    ],
)
def test_listed_origins_hold_for_the_pages_of_a_pixel(
    collector: Running, headers: dict[str, str], status: int
) -> None:
    source = collector.store.add_source("Listed", Settings(origins=("https://shop.example",)))
    response = _get(collector, source, **headers)
    assert response.status_code == status
    assert len(collector.events(source.source_id)) == (status == 200)


def test_blocked_pixel_looks_like_any_other(collector: Running) -> None:
    source = collector.store.add_source("Blocked", Settings(), Policy(block=("page.*",)))
    _assert_is_gif(_get(collector, source, referer=PAGE))
    assert collector.events(source.source_id) == []
    assert collector.sums(source.source_id) == {"action_blocked": 1}


def test_browser_that_opted_out_gets_its_picture_and_leaves_nothing(
    collector: Running, source: Source
) -> None:
    _assert_is_gif(_get(collector, source, **{"sec-gpc": "1"}))
    assert collector.events(source.source_id) == []
    assert collector.sums(source.source_id) == {"opted_out": 1}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("?action=dog%20bark", id="bad action"),
        pytest.param("?id=" + "x" * 200, id="id too long"),
        pytest.param("?" + "&".join(f"a{n}=1" for n in range(300)), id="too many fields"),
        pytest.param("?x=" + "y" * 40_000, id="larger than an event may be"),
    ],
)
def test_fault_of_a_pixel_is_the_senders(collector: Running, source: Source, query: str) -> None:
    response = _get(collector, source, query)
    assert response.status_code in (400, 413)
    assert response.json()["detail"]
    assert sum(collector.sums(source.source_id).values()) == 1
    assert collector.events(source.source_id) == []


def test_pixel_of_an_unknown_source_is_refused(collector: Running) -> None:
    response = collector.request("GET", "/b/00000000-0000-4000-8000-000000000000.gif")
    assert (response.status_code, response.json()) == (401, {"detail": "unknown source"})


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_pixel_takes_get_only(collector: Running, source: Source, method: str) -> None:
    response = collector.request(method, f"/b/{source.source_id}.gif")
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert response.json()["detail"]
