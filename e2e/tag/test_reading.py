"""What is read on a page: copied text, searches of the site, pages that do not exist."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page

from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent
from e2e.tag.leaving import with_modules

COPY_ALL_OF = """(selector) => {
    const element = document.querySelector(selector)
    if (element.select) element.focus(), element.select()
    else getSelection().selectAllChildren(element)
    document.execCommand('copy')
}"""


def test_the_length_of_copied_text_is_told_and_neither_the_text_nor_a_field(
    page: Page, make_site: MakeSite, sent: Sent, page_errors: list[str]
) -> None:
    site = make_site(with_modules("copied_text"))
    page.goto(
        site.page(
            "<p>Zażółć gęślą jaźń</p><i></i><input value='typed'><textarea>typed too</textarea>"
            "<input type=password value=hunter2><div><img name=getSelection></div>"
        )
    )
    site.wait_for("page.visit")
    for selector in ("i", "input", "textarea", "[type=password]", "p"):
        page.evaluate(COPY_ALL_OF, selector)
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    assert [event.params for event in site.events("text.copy")] == [{"length": 17}]
    assert "hunter2" not in sent.text()
    assert "typed" not in sent.text()
    assert "jaź" not in sent.text()
    assert page_errors == []


SEARCHES: dict[str, dict[str, str] | None] = {
    "?q=red+bowl": {"query": "red bowl", "parameter": "q"},
    "?page=2&search=%C5%BC%C3%B3%C5%82w": {"query": "żółw", "parameter": "search"},
    "?q=&s=%20%20cup%20": {"query": "cup", "parameter": "s"},
    "?s=cup&q=the+first+name+wins": {"query": "the first name wins", "parameter": "q"},
    f"?q={'a' * 300}": {"query": "a" * 200, "parameter": "q"},
    "?q=4006381333931": {"query": "4006381333931", "parameter": "q"},  # A product's number.
    "?q=": None,
    "?Q=bowl&term=bowl": None,
    "#?q=bowl": None,
    "?q=ada@example.com": None,
    "?q=mail+of+ada%40example.com": None,
    "?q=4111+1111+1111+1111": None,  # A card's.
}


def test_what_is_searched_for_is_in_the_address(page: Page, make_site: MakeSite) -> None:
    site = make_site(with_modules("site_search"))
    url = site.page()
    for address in SEARCHES:
        # From elsewhere, since a hash alone would load nothing.
        page.goto("about:blank")
        page.goto(url + address)
    site.wait_for_all("page.visit", len(SEARCHES))
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    assert [event.params for event in site.events("search")] == [told for told in SEARCHES.values() if told]


def test_an_app_tells_each_search_once_and_under_the_owners_names(page: Page, make_site: MakeSite) -> None:
    site = make_site(
        Settings(tag=TagSettings(modules=Modules(site_search=True), search_params=("find", "category")))
    )
    page.goto(site.page() + "?q=no&find=bowl")
    site.wait_for("search")
    pages = ["?find=bowl&page=2", "?other=1", "?find=cup", "?find=cup&sort=price"]
    for count, address in enumerate(pages, start=2):
        page.evaluate("address => history.pushState({}, '', address)", address)
        site.wait_for_all("page.visit", count)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    site.wait_for_all("page.visit", len(pages) + 2)
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    assert [event.params["query"] for event in site.events("search")] == ["bowl", "cup"]


class Statuses(BaseHTTPRequestHandler):
    """Answers with the status that the path begins with: /404/anything."""

    body = b""

    def do_GET(self) -> None:
        """One page for all."""
        self.send_response(204 if self.path == "/favicon.ico" else int(self.path.split("/")[1]))
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def statuses() -> Iterator[str]:
    """The address of a server of pages with any status."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Statuses) as server:
        Thread(target=server.serve_forever, name="statuses").start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_missing_page_is_told_by_its_status(page: Page, make_site: MakeSite, statuses: str) -> None:
    site = make_site(with_modules("not_found"))
    Statuses.body = f"<!doctype html><title>Page</title>{site.line}".encode()
    before = f"{statuses}/200/before"
    for count, status in enumerate((404, 200, 410, 403, 500), start=1):
        page.goto(before)
        page.evaluate("url => { location = url }", f"{statuses}/{status}/404")
        site.wait_for_all("page.visit", 2 * count)
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    assert [event.params for event in site.events("page.notFound")] == [
        {"url": f"{statuses}/404/404", "referrer": before},
        {"url": f"{statuses}/410/404", "referrer": before},
    ]


def test_a_page_may_say_itself_that_it_is_missing(page: Page, make_site: MakeSite) -> None:
    """In a meta with the name of the tag."""
    site = make_site(Settings(tag=TagSettings(modules=Modules(not_found=True), name="acme")))
    for meta in (
        "acme-status content=200",
        "status content=404",
        "tagwell-status content=404",
        "acme-status",
    ):
        page.goto(site.page(head=f"<meta name={meta}>"))
    told = site.page(head="<meta name=acme-status content=410>")
    page.goto(told)
    site.wait_for_all("page.visit", 5)
    page.evaluate("acme.track('end')")
    site.wait_for("end")
    assert [event.params for event in site.events("page.notFound")] == [{"url": told, "referrer": ""}]
