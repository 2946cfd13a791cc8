"""Links: what leads away or to a file is told once, and the page's own way with a click stays as it is."""

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import MakeSite, Site
from e2e.tag.leaving import with_modules

# After the tag has seen a click nothing follows it, so that one page serves them all. What the tag
# itself did to the click is noted first.
STAY = """<script>
    cancelled = []
    for (const type of ['click', 'auxclick']) addEventListener(type, (event) => {
        cancelled.push(event.defaultPrevented)
        event.preventDefault()
    })
</script>"""

LINKS = """
<a id=plain href="https://other.example/a?b=1#c">plain</a>
<a id=inner href="https://other.example/inner"><b><i>inner</i></b></a>
<a id=secret href="https://user:word@other.example/secret">with credentials</a>
<a id=port href="http://127.0.0.1:9/port">another port</a>
<a id=middle href="https://other.example/middle">middle button</a>
<a id=key href="https://other.example/key">by keyboard</a>
<map name=m><area id=area shape=default href="https://other.example/area"></map>
<img usemap="#m" width=20 height=20 src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<svg width=60 height=20><a id=svg href="https://other.example/svg"><text y=15>svg</text></a></svg>
<svg width=60 height=20><a id=xlink xlink:href="https://other.example/xlink"><text y=15>old</text></a></svg>
<x-card></x-card><script>
document.querySelector('x-card').attachShadow({mode: 'open'}).innerHTML =
    '<a id=shadow href="https://other.example/shadow"><span>shadow</span></a>'
</script>
<a id=report href="/files/Report%202026.PDF?v=2#page=3">report</a>
<a id=data href="/export" download>export</a>
<a id=named href="/export?id=7" download="sales.csv">export</a>
<a id=far href="https://cdn.example/app.zip">a file elsewhere</a>
<a id=same href="/other">same host</a>
<a id=hash href="#there">hash</a>
<a id=none>no address</a>
<a id=mail href="mailto:me@other.example">mail</a>
<a id=phone href="tel:+48123456789">phone</a>
<a id=script href="javascript:void 0">script</a>
<a id=blob href="blob:https://other.example/5" download>made by a script</a>
<a id=inline href="data:text/plain,secret" download="a.txt">inline</a>
<a id=broken href="https://[broken">broken</a>
<a id=page href="/shop/index.html">a page with an extension</a>
<a id=domain href="/about/example.com">a path that ends as a domain</a>
<a id=right href="https://other.example/right">right button</a>
<form><input name=baseURI></form><img name=baseURI>
"""


@pytest.fixture
def linked(make_site: MakeSite) -> Site:
    """A site that wants to know both."""
    return make_site(with_modules("outbound_links", "downloads"))


def test_followed_links_are_told_once_by_their_kind_and_no_others(
    page: Page, linked: Site, page_errors: list[str]
) -> None:
    url = linked.page(LINKS + STAY)
    host = url.rsplit("/", 1)[0]
    page.goto(url)
    linked.wait_for("page.visit")
    for found in page.locator("a, area").all():
        # As a click on the link, whatever lies over it.
        match found.get_attribute("id"):
            case "middle":
                found.click(button="middle", no_wait_after=True)
            case "key":
                found.press("Enter")
            case "right":
                found.click(button="right")
            case "area":
                page.locator("img[usemap]").click()
            case _:
                found.click()
    page.evaluate("tagwell.track('end')")
    linked.wait_for("end")
    outbound = [event.params["url"] for event in linked.events("link.outbound")]
    assert [url.removeprefix("https://other.example/") for url in outbound] == [
        *("a?b=1#c", "inner", "secret", "http://127.0.0.1:9/port", "middle", "key"),
        *("area", "svg", "xlink", "shadow"),
    ]
    assert [event.params for event in linked.events("file.download")] == [
        {"url": f"{host}/files/Report%202026.PDF?v=2#page=3", "extension": "pdf"},
        {"url": f"{host}/export"},
        {"url": f"{host}/export?id=7", "extension": "csv"},
        {"url": "https://cdn.example/app.zip", "extension": "zip"},
    ]
    assert set(page.evaluate("cancelled")) == {False}
    assert page_errors == []


def test_a_link_that_is_followed_at_once_arrives(page: Page, linked: Site) -> None:
    elsewhere = linked.page("<p>Elsewhere</p>").replace("127.0.0.1", "localhost")
    page.goto(linked.page(f"<a href='{elsewhere}'>on</a>"))
    page.click("a")
    assert linked.wait_for("link.outbound").params == {"url": elsewhere}
    page.wait_for_url(elsewhere)


@pytest.mark.parametrize(
    ("module", "sent"),
    [
        pytest.param(
            "outbound_links", {"link.outbound": 2}, id="outbound links alone: a file elsewhere is one"
        ),
        pytest.param("downloads", {"file.download": 1}, id="downloads alone"),
    ],
)
def test_each_module_does_without_the_other(
    page: Page, make_site: MakeSite, module: str, sent: dict[str, int]
) -> None:
    site = make_site(with_modules(module))
    page.goto(
        site.page(
            "<a href='https://other.example/a.zip'>file</a> <a href='https://other.example/'>page</a>" + STAY
        )
    )
    site.wait_for("page.visit")
    for link in page.locator("a").all():
        link.click()
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    actions = [event.action for event in site.events()]
    assert {
        action: actions.count(action) for action in ("link.outbound", "file.download") if action in actions
    } == sent
