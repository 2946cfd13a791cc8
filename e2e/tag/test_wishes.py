"""What owner and visitor do not want: it is not sent, and for the visitor's wish nothing is stored."""

import pytest
from playwright.sync_api import BrowserContext, Page

from collector.model.policy import Policy
from collector.model.source import AutoEvent, Settings, TagSettings, Trigger
from e2e.tag.conftest import MakeSite, Sent
from e2e.tag.consent import FORM, NOTHING, asking, device, settle

GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
DNT = "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})"

HONOURED = pytest.mark.parametrize(
    ("wish", "policy"),
    [
        pytest.param(GPC, Policy(), id="Global Privacy Control"),
        pytest.param(DNT, Policy(do_not_track=True), id="Do Not Track where the source says so"),
    ],
)


def test_a_blocked_action_leaves_in_no_request(page: Page, make_site: MakeSite, sent: Sent) -> None:
    tag = TagSettings(
        triggers=(Trigger(tag="staff", interaction="onClick", action="debug.staff"),),
        auto_events=(AutoEvent(action="debug.open"),),
    )
    site = make_site(Settings(tag=tag), Policy(block=("debug.*", "exact")))
    page.goto(site.page("<button data-tracardi-tag=staff>Staff</button>"))
    page.click("button")
    page.evaluate("['debug.x', 'exact', 'exact.not', 'debugger', 'later'].forEach(a => tagwell.track(a))")
    site.wait_for("later")
    assert {event.action for event in site.events()} == {
        *("session.start", "page.visit", "exact.not", "debugger", "later")
    }
    text = sent.text()
    assert '"later"' in text
    assert '"debug.' not in text
    assert '"exact"' not in text


def test_an_allow_list_admits_only_its_own_and_block_wins(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(policy=Policy(allow=("page.visit", "shop.*"), block=("shop.secret",)))
    page.goto(site.page())
    page.evaluate("['shop.secret', 'other', 'shop.open'].forEach(a => tagwell.track(a))")
    site.wait_for("shop.open")
    assert {event.action for event in site.events()} == {"page.visit", "shop.open"}
    assert "shop.secret" not in sent.text()
    assert "session.start" not in sent.text()


def test_a_star_alone_means_all(page: Page, make_site: MakeSite, sent: Sent) -> None:
    open_site = make_site(policy=Policy(allow=("*",)))
    closed = make_site(policy=Policy(block=("*",)))
    page.goto(open_site.page(closed.line))
    page.evaluate("tagwell.track('shop.open')")
    open_site.wait_for("shop.open")
    assert closed.events() == []
    assert f"/b/{closed.id}" not in " ".join(sent.addresses())


@HONOURED
def test_a_visitor_s_wish_ends_everything(
    page: Page,
    context: BrowserContext,
    make_site: MakeSite,
    page_errors: list[str],
    wish: str,
    policy: Policy,
) -> None:
    site = make_site(policy=policy)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.method))
    # What was there before the visitor wished it.
    page.goto(site.collector.page("An empty page"))
    page.evaluate("document.cookie = localStorage.tagwell_left = 'tagwell_uuid=1'")
    context.add_init_script(wish)
    page.goto(
        site.page("<form data-synerise=contact><input data-synerise=email value=a@b.pl><button>Go</form>")
    )
    page.evaluate("tagwell.track('dog.bark')")
    page.evaluate("tagwell.rescan()")
    with page.expect_navigation():
        page.click("button")
    assert "POST" not in requests
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert site.events() == []
    assert page_errors == []


@HONOURED
def test_a_wish_is_heard_where_storage_throws(
    page: Page,
    context: BrowserContext,
    make_site: MakeSite,
    page_errors: list[str],
    wish: str,
    policy: Policy,
) -> None:
    """To clear what cannot be cleared ends nothing else; the cookies go all the same."""
    site = make_site(policy=policy)
    page.goto(site.collector.page("An empty page"))
    page.evaluate("document.cookie = 'tagwell_uuid=1'")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.add_init_script(wish)
    page.add_init_script(
        "{ const no = () => { throw new DOMException('no') };"
        " Object.defineProperty(window, 'localStorage', {value: new Proxy({}, {get: no, set: no,"
        " deleteProperty: no, ownKeys: no, has: no})}) }"
    )
    page.goto(site.page())
    page.evaluate("tagwell.track('dog.bark')")
    settle(page)
    page.goto(site.collector.page("The end"))
    assert posts == []
    assert context.cookies() == []
    assert site.events() == []
    assert page_errors == []


@pytest.mark.parametrize(
    ("wish", "policy"),
    [
        pytest.param(GPC, Policy(global_privacy_control=False), id="Global Privacy Control not honoured"),
        pytest.param(DNT, Policy(), id="Do Not Track not honoured"),
    ],
)
def test_a_wish_that_the_owner_does_not_honour_changes_nothing(
    page: Page, context: BrowserContext, make_site: MakeSite, wish: str, policy: Policy
) -> None:
    site = make_site(policy=policy)
    context.add_init_script(wish)
    page.goto(site.page())
    site.wait_for("page.visit")


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(), id="Global Privacy Control"),
        pytest.param(Policy(do_not_track=True, global_privacy_control=False), id="Do Not Track"),
    ],
)
def test_the_browser_s_wish_is_above_any_grant(
    page: Page, context: BrowserContext, make_site: MakeSite, sent: Sent, policy: Policy
) -> None:
    site = make_site(asking(evidence=True, google=True), policy)
    context.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})\n"
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})"
    )
    granted = "dataLayer = [['consent', 'update', {analytics_storage: 'granted'}]]"
    page.goto(site.page(FORM, head=f"<script>{granted}</script>"))
    page.evaluate("tagwell.consent('denied'), tagwell.track('one'), tagwell.consent('granted')")
    page.click("button")
    settle(page)
    assert sent.bodies() == []
    assert device(page) == NOTHING
