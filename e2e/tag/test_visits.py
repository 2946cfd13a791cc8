"""Page visits and sessions: one visit a page load, told with all that the page says of itself."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from e2e.tag.conftest import Site
from snippet.install import install_line

UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
DAY = 86_400


def test_a_visit_tells_address_title_and_referrer(page: Page, site: Site, page_errors: list[str]) -> None:
    second = site.page(title="Zażółć <b> & co")
    first = site.page(f"<a href='{second}'>on</a>", title="First")
    page.goto(first)
    page.click("a")
    visits = site.wait_for_all("page.visit", 2)
    assert [visit.label for visit in visits] == ["Visited page First", "Visited page Zażółć <b> & co"]
    assert visits[1].params == {"url": second, "title": "Zażółć <b> & co", "referrer": first}
    assert page_errors == []


def test_any_file_on_the_disk_will_do_to_try_the_line(page: Page, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "try.html"
    file.write_text(f"<!doctype html><title>A file</title>{site.line}")
    page.goto(file.as_uri())
    site.wait_for("page.visit")
    page.reload()
    first, second = site.wait_for_all("page.visit", 2)
    assert first.params["url"] == file.as_uri()
    assert first.uuid == second.uuid, "a file has no cookies, and is known again all the same"


def test_og_and_product_metas_come_under_their_own_names(page: Page, site: Site) -> None:
    metas = {
        "og:title": ["Bowl"],
        "product:price:amount": ["49.00"],
        "product:category": ["bowls", "blue"],
        "og:constructor": ["x"],
        "twitter:title": ["not one of them"],
    }
    head = "".join(
        f'<meta property="{name}" content="{content}">' for name, all_ in metas.items() for content in all_
    )
    page.goto(site.page(head=head + '<meta name="og:site_name" content="a name, no property">'))
    params = site.wait_for("page.visit").params
    assert {name: value for name, value in params.items() if ":" in name} == {
        "og:title": "Bowl",
        "product:price:amount": "49.00",
        "product:category": ["bowls", "blue"],
        "og:constructor": "x",
    }


def test_ids_and_context_are_what_the_collector_expects(page: Page, site: Site) -> None:
    page.goto(site.page())
    visit = site.wait_for("page.visit")
    assert re.fullmatch(UUID7, visit.id)
    assert re.fullmatch(UUID7, visit.uuid or "")
    # The first 48 bits of a UUIDv7 are its time.
    assert abs(int(visit.id.replace("-", "")[:12], 16) - visit.received_ms) < 60_000
    assert visit.context["screen"] == page.evaluate("({width: screen.width, height: screen.height})")
    assert visit.context["language"] == page.evaluate("navigator.language")


def test_a_second_page_is_the_same_visitor_in_the_same_session(page: Page, site: Site) -> None:
    page.goto(site.page())
    site.wait_for("page.visit")
    page.goto(site.page())
    first, second = site.wait_for_all("page.visit", 2)
    assert first.uuid == second.uuid
    assert first.session_id is not None
    assert first.session_id == second.session_id
    assert len(site.events("session.start")) == 1
    assert site.events("session.start")[0].label == "Started session"


def test_the_visitor_cookie_lasts_400_days_and_stays_first_party(
    page: Page, context: BrowserContext, site: Site
) -> None:
    page.goto(site.page())
    visit = site.wait_for("page.visit")
    cookie = next(cookie for cookie in context.cookies() if cookie["name"] == "tagwell_uuid")
    uuid, _, written = cookie["value"].partition(".")
    assert uuid == visit.uuid
    assert abs(int(written) - visit.received_ms) < 60_000
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["expires"] - page.evaluate("Date.now() / 1000") == pytest.approx(400 * DAY, abs=60)


def test_the_widest_domain_that_holds_carries_the_cookie(
    page: Page, context: BrowserContext, site: Site
) -> None:
    """As seen by a page of a.b.example.co.uk, whose browser refuses a cookie for all of co.uk."""
    html = f"<!doctype html><title>Deep</title>{install_line('http://t.example.co.uk', site.id)}"
    script = httpx.get(f"{site.collector.url}/t/{site.id}.js").text
    # Under names that nobody answers for, and so by the test itself.
    context.route("**/*", lambda route: route.abort())
    context.route(
        "http://a.b.example.co.uk/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    context.route(
        "http://t.example.co.uk/t/*", lambda route: route.fulfill(body=script, content_type="text/javascript")
    )
    page.goto("http://a.b.example.co.uk/")
    page.wait_for_function("document.cookie.includes('tagwell_uuid')")
    cookie = next(cookie for cookie in context.cookies() if cookie["name"] == "tagwell_uuid")
    assert cookie["domain"] == ".example.co.uk"
