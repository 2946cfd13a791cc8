"""Synerise: a page made for its SDK, with our host in its snippet, loses nothing and stays unharmed.

The snippet is written here from what contracts/synerise-sdk.md section 1.1 says of it.
"""

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, BrowserContext, Page

from collector.model.event import EventRecord
from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.consent import NOTHING, asking, device, settle
from tests.auth.signing import sign

SDK = "/synerise-javascript-sdk.min.js"

SNIPPET = """<script>
(function (space, load, url) {
  window.SyneriseObjectNamespace = space
  const stub = (window[space] = window[space] || [])
  stub._t = Date.now()
  stub._i = 0
  stub._l = load
  const script = document.createElement('script')
  script.async = true
  script.src = url
  script.onload = () => window[window[space]._l]()
  document.head.append(script)
})('SR', 'onSyneriseLoad', 'HOST')
</script>"""

OLD = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"

STARTED = "window.SR && SR._ready"


def synerise_page(
    site: Site, load: str = "", body: str = "", *, key: str | None = None, path: str = SDK, head: str = ""
) -> str:
    """Serve a page whose onSyneriseLoad() runs `load`; `init` is its SR.init(). Return its URL."""
    tracker = json.dumps(site.id if key is None else key)
    script = (
        f"const init = (more) => SR.init({{trackerKey: {tracker}, domain: '.shop.example',"
        "cookieExpiration: 30, dynamicContent: {virtualPage: true}, unknown: 1, ...more});"
        f"function onSyneriseLoad() {{ {load or 'init()'} }}"
    )
    snippet = SNIPPET.replace("HOST", site.collector.url.removeprefix("http:") + path)
    html = f"<!doctype html><title>Laptops</title>{head}<script>{script}</script>{snippet}<body>{body}"
    return site.collector.page(html)


def events_of(site: Site, count: int) -> list[EventRecord]:
    """The first so many that are no sessions', once `last` is there."""
    site.wait_for("last")
    found = [event for event in site.events() if not event.action.startswith("session.")]
    assert len(found) == count, [event.action for event in found]
    return found


def test_all_that_a_page_calls_arrives_once_and_in_order(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    load = """
      // Before it is known who collects.
      const early = SR.event.trackCustomEvent('shop.early', {n: 1, list: [{a: null}]}, 'Early')
      const event = SR.event
      init({plugin: 'faststore'})
        .then(() => SR.event.pageVisit({view: 'second'}))
        .then(async () => {
          await early
          const params = {shopId: 'S198', time: 1556474400000, entries: 27}
          SR.event.trackCustomEvent('entries.count', params, 'Entries')
          SR.event.trackCustomEvent('no action at all')
          event.itemSearchClick({item: 1})
          SR.event.recommendationView({campaign: 2})
          SR.event.recommendationClick({campaign: 3})
          SyneriseTC.initFormCatch()
          window.answers = [
            await SR.client.getCurrentClient(), await SR.client.getIdentityHash(),
            await SR.client.hashIdentity('ab'), await SR.client.notify(), await SR.dynamicContent.get(),
            await SR.jwt.getAccessToken(), SR._l, Number.isInteger(SR._t)]
          await SR.event.trackCustomEvent('last')
        })
      init({trackerKey: 'another'})
      SR.event.trackCustomEvent('shop.waiting')
    """
    # Its loader may stand in folders, and twice on a page.
    again = f"<script async src='{site.collector.url}/sdk/3.0{SDK}'></script>"
    page.goto(synerise_page(site, load, path="/sdk/3.0" + SDK + "?v=/1", head=again))
    got = events_of(site, 9)
    assert [(event.action, event.label, event.params) for event in got[1:3]] == [
        ("shop.early", "Early", {"n": 1, "list": [{"a": None}]}),
        ("shop.waiting", "shop.waiting", {}),
    ]
    first, second = got[0], got[3]
    about = {"url": page.url, "title": "Laptops", "plugin": "faststore"}
    assert first.params.items() >= about.items()
    assert second.params.items() >= {**about, "view": "second"}.items()
    assert [(event.action, event.params) for event in got[4:]] == [
        # A reserved name: contracts/synerise-sdk.md section 4.
        ("entries.count", {"shopId": "S198", "entries": 27}),
        ("item.search.click", {"item": 1}),
        ("recommendation.view", {"campaign": 2}),
        ("recommendation.click", {"campaign": 3}),
        ("last", {}),
    ]
    assert [event.action for event in got].count("page.visit") == 2
    (uuid,) = {event.uuid for event in got}
    assert page.evaluate("answers") == [
        {"uuid": uuid, "identityHash": None},
        None,
        3105,
        None,
        None,
        None,
        "onSyneriseLoad",
        True,
    ]
    assert page_errors == []


def test_whose_visits_the_page_counts_itself(page: Page, make_site: MakeSite) -> None:
    last = ".then(() => SR.event.trackCustomEvent('last'))"
    custom = f"init({{customPageVisit: true}}).then(() => SR.event.pageVisit({{own: 1}})){last}"
    off = Settings(tag=TagSettings(modules=Modules(page_visits=False)))
    for site, load in (
        (make_site(), custom),
        (make_site(off), f"init().then(() => SR.event.pageVisit({{own: 1}})){last}"),
    ):
        page.goto(synerise_page(site, load))
        visit, _ = events_of(site, 2)
        assert (visit.action, visit.params["own"], visit.params["title"]) == ("page.visit", 1, "Laptops")

    # Of an app's views the page tells too: none counts twice.
    site = make_site()
    page.goto(synerise_page(site, f"init(){last}"))
    page.evaluate("history.pushState(null, '', '?view=2'), SR.event.pageVisit()")
    site.wait_for_all("page.visit", 2)
    # What would count them too does so at the latest as the page is left.
    page.goto(synerise_page(site, "init(); SR.event.trackCustomEvent('after')"))
    site.wait_for("after")
    assert len(site.events("page.visit")) == 3


def test_our_own_line_calls_the_pages_function_itself(page: Page, make_site: MakeSite) -> None:
    site = make_site(Settings(tag=TagSettings(facades=("synerise",))))
    load = (
        "SR.init({customPageVisit: true}).then(() => SR.event.pageVisit({own: 1}));"
        "SR.event.trackCustomEvent('last')"
    )
    stub = f"<script>window.SR = []; SR._l = 'ready'; function ready() {{ {load} }}</script>"
    page.goto(site.page(head=stub))
    assert {event.action: event.params.get("own") for event in events_of(site, 2)} == {
        "last": None,
        "page.visit": 1,
    }
    # Without the page's function, and with none of Synerise's at all, it is a tag as any other.
    page.goto(site.page(head="<script>window.SR = []; SR._l = 'missing'</script>"))
    page.goto(site.page())
    assert len(site.wait_for_all("page.visit", 3)) == 3


def test_a_snippet_beside_our_own_line_runs_the_pages_function_once(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(Settings(tag=TagSettings(facades=("synerise",))))
    own = f"<script src='{site.collector.url}/t/{site.id}.js'></script>"
    own_visit = "init({customPageVisit: true}).then(() => SR.event.pageVisit({own: 1}))"
    load = own_visit + "; window.ran = 1 + (window.ran || 0)"
    url = synerise_page(
        site, load, head="<script>addEventListener('load', () => (window.whole = true))</script>" + own
    )
    # The snippet's file comes late, when ours has run.
    page.route("**" + SDK, lambda route: (page.wait_for_function("window.ran"), route.continue_()))
    page.goto(url)
    page.wait_for_function("window.whole")
    page.evaluate("SR.event.trackCustomEvent('last')")
    assert [event.action for event in events_of(site, 2)] == ["page.visit", "last"]
    assert page.evaluate("ran") == 1


@pytest.mark.parametrize(
    ("modules", "load", "visits"),
    [
        pytest.param(Modules(), "init()", 1, id="as it says"),
        pytest.param(Modules(), "init({customPageVisit: true})", 0, id="by the page"),
        pytest.param(Modules(page_visits=False), "init()", 0, id="switched off"),
    ],
)
def test_beside_another_vendors_calls_its_visits_are_counted_as_the_page_asks(
    page: Page, make_site: MakeSite, modules: Modules, load: str, visits: int
) -> None:
    site = make_site(Settings(tag=TagSettings(facades=("segment", "synerise"), modules=modules)))
    page.goto(synerise_page(site, load + ".then(() => SR.event.trackCustomEvent('last'))"))
    events_of(site, visits + 1)
    assert len(site.events("page.visit")) == visits


def test_its_cookies_hold_what_is_kept_whatever_tracardis_options_say(
    page: Page, make_site: MakeSite
) -> None:
    both = Settings(tag=TagSettings(facades=("tracardi", "synerise")))
    for wish, kept in (
        ("profile: {id: 'the pages own'}", True),
        ("settings: {respectDoNotTrack: true}", False),
    ):
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})")
        site = make_site(both)
        head = f"<script>const options = {{tracker: {{source: {{id: '{site.id}'}}, {wish}}}}}</script>"
        page.goto(site.page(head=head))
        page.wait_for_function(STARTED)
        known = page.evaluate("SR.client.getCurrentClient()")
        page.evaluate("SR.event.trackCustomEvent('last')")
        if kept:
            assert site.wait_for("last").uuid == known["uuid"] == "the pages own"
            uuid = cookies(page)["_snrs_uuid"]
            assert cookies(page) == {"_snrs_uuid": uuid, "_snrs_p": f"uuid:{uuid}"}
            assert "the pages own" not in uuid
            page.context.clear_cookies()
        else:
            assert cookies(page) == {}


def test_a_second_script_of_a_source_says_whose_calls_the_first_one_loses(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site()
    # Ours first; another vendor's snippet after it, in a page that replaced Promise.
    head = "<script>window.Promise = function () { throw Error('mine') }</script>"
    own = f"<script src='{site.collector.url}/t/{site.id}.js'></script>"
    with page.expect_console_message(lambda message: "calls of synerise: tick" in message.text):
        page.goto(synerise_page(site, "init(), SR.event.trackCustomEvent('lost')", head=head + own))
    site.wait_for("page.visit")
    # Ticked, one script answers to both, and there is nothing to say.
    ticked = make_site(Settings(tag=TagSettings(facades=("synerise", "segment"))))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    own = f"<script src='{ticked.collector.url}/t/{ticked.id}.js'></script>"
    early = "<script>window.analytics = [['track', 'other']]</script>"
    page.goto(synerise_page(ticked, "init(), SR.event.trackCustomEvent('last')", head=head + early + own))
    assert {event.action for event in events_of(ticked, 3)} == {"last", "other", "page.visit"}
    assert said == []
    assert page_errors == []


def test_forms_by_call_and_by_tag_say_the_same(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site()
    fields = (
        "<input name=email data-synerise=email value=john.doe@snrs.example>"
        "<input name=name data-synerise=firstname value=John>"
        "<input name=surname data-synerise=lastname value=Doe>"
    )
    form = f"<form data-synerise=contact onsubmit='return false'>{fields}<button>Send</button></form>"
    page.goto(synerise_page(site, body=form))
    page.wait_for_function(STARTED)
    page.click("button")
    site.wait_for("client.createOrUpdate")
    page.evaluate(
        """() => {
          SR.event.sendFormData("contact",
            {email: "john.doe@snrs.example", name: "John", surname: "Doe"},
            {email: "email", firstname: "name", lastname: "surname"})
          SR.event.sendFormData("a,b", {email: "john.doe@snrs.example", age: 42, size: ["S", "L"], empty: "",
            newsletterAgreement: "enabled", password: "SECRET", card: "4111 1111 1111 1111",
            none: null, deep: {a: 1}})
          SR.event.sendFormData("newsletter", {newsletterAgreement: "maybe"})
          for (const type of [undefined, "", {}, 7]) SR.event.sendFormData(type, {})
          SR.event.sendFormData("odd", "no data", 7)
          SR.client.update({email: "john.doe@snrs.example", firstname: "Jo"}, "Said so")
          SR.event.trackCustomEvent("last")
        }"""
    )
    site.wait_for("last")
    submits = site.events("form.submit")
    assert [event.params["formType"] for event in submits] == [
        "contact",
        "contact",
        "a,b",
        "newsletter",
        "odd",
    ]
    assert submits[0].params == submits[1].params
    data = {
        "email": "john.doe@snrs.example",
        "age": 42,
        "size": ["S", "L"],
        "empty": "",
        "newsletterAgreement": "enabled",
    }
    assert submits[2].params == {
        "formType": "a,b",
        "formData": data,
        "mapping": {},
        "url": page.url,
        "title": "Laptops",
    }
    assert [event.params["formData"] for event in submits[3:]] == [{}, {}]
    updates = site.events("client.createOrUpdate")
    assert updates[0].params == updates[1].params
    del data["empty"]
    assert updates[2].params == {**data, "tags": ["a", "b"]}
    assert (updates[5].params["firstname"], updates[5].label) == ("Jo", "Said so")
    assert page_errors == []

    # What the owner has switched off a call does not switch on.
    off = make_site(Settings(tag=TagSettings(modules=Modules(forms=False))))
    page.goto(synerise_page(off, body=form))
    page.wait_for_function(STARTED)
    page.click("button")
    page.evaluate(
        "SR.event.sendFormData('contact', {email: 'a@snrs.example'}), SR.event.trackCustomEvent('last')"
    )
    assert [event.action for event in events_of(off, 2)] == ["page.visit", "last"]


def cookies(page: Page) -> dict[str, str]:
    """The cookies of Synerise's names."""
    found: dict[str, str] = page.evaluate(
        """Object.fromEntries(
             document.cookie.split('; ').filter((one) => /^_snrs/.test(one)).map((one) => one.split('=')))"""
    )
    return found


def visit(page: Page, site: Site, cookie: str = "") -> EventRecord:
    """Visit once more, with these cookies there before; the visit as it arrived."""
    before = len(site.events("page.visit"))
    script = "".join(f"document.cookie = {json.dumps(one + ';path=/')};" for one in cookie.split("; ") if one)
    page.goto(synerise_page(site, head=f"<script>{script}</script>"))
    return site.wait_for_all("page.visit", before + 1)[before]


@pytest.mark.parametrize(
    ("cookie", "uuid", "identity"),
    [
        pytest.param(f"_snrs_uuid={OLD}; _snrs_p=uuid:{OTHER}", OLD, None, id="the uuid"),
        pytest.param(f"_snrs_uuid=undefined; _snrs_p=uuid:{OLD}", OLD, None, id="no uuid, and the pairs"),
        pytest.param(
            f"_snrs_p=host:a.b&permUuid:{OTHER}&uuid:{OLD}&identityHash:-97", OLD, -97, id="the pairs"
        ),
        pytest.param(f"_snrs_p=%22uuid%22%3A%22{OLD}%22%2C%22identityHash%22%3A97", OLD, 97, id="as JSON"),
        pytest.param("_snrs_uuid=<b>; _snrs_p=%E0%A4%A", None, None, id="nonsense"),
    ],
)
def test_a_browser_that_synerise_knows_stays_who_it_is(
    page: Page, site: Site, cookie: str, uuid: str | None, identity: int | None
) -> None:
    first = visit(page, site, cookie)
    assert first.uuid is not None
    assert first.uuid == (uuid or first.uuid)
    assert page.evaluate("SR.client.getIdentityHash()") == identity
    hashed = "" if identity is None else f"&identityHash:{identity}"
    # What servers have told of this one beside stays.
    others = f"&host:a.b&permUuid:{OTHER}" if "host:" in cookie else ""
    assert cookies(page) == {"_snrs_uuid": first.uuid, "_snrs_p": f"uuid:{first.uuid}{hashed}{others}"}
    # From then on it is ours: what lies there under their name counts no more, and is in step again.
    assert visit(page, site, f"_snrs_uuid={OTHER}").uuid == first.uuid
    assert cookies(page)["_snrs_uuid"] == first.uuid


def test_servers_and_pages_say_who_it_is(page: Page, site: Site) -> None:
    def told(call: str) -> str | None:
        before = len(site.events("told"))
        page.evaluate(f"async () => {{ {call}; await SR.event.trackCustomEvent('told') }}")
        return site.wait_for_all("told", before + 1)[before].uuid

    first = visit(page, site).uuid
    page.evaluate("SR.client.update({email: 'ann@snrs.example'})")
    # A server that knows her, and one who comes after her on this device.
    assert told(f"document.cookie = '_snrs_reset_uuid={OLD};path=/'") == OLD != first
    assert "_snrs_reset_uuid" not in cookies(page)
    assert told("SR.client.update({email: 'Ann@snrs.example '})") == OLD
    known = page.evaluate("SR.client.getCurrentClient()")
    assert known == {"uuid": OLD, "identityHash": page.evaluate("SR.client.hashIdentity('ann@snrs.example')")}
    assert cookies(page)["_snrs_p"] == f"uuid:{OLD}&identityHash:{known['identityHash']}"
    second = told("SR.client.update({email: 'bob@snrs.example'})")
    assert second not in (first, OLD)

    # One of a path of its own stays there: it puts nobody who comes later into its place.
    of_path = "document.cookie = '_snrs_reset_uuid=" + OLD + ";path=' + location.pathname"
    assert told(of_path) == OLD
    assert told("SR.client.update({email: 'ann@snrs.example'})") == OLD
    third = told("SR.client.update({email: 'bob@snrs.example'})")
    assert third not in (first, second, OLD)
    assert told("0") == third
    assert cookies(page)["_snrs_reset_uuid"] == OLD

    assert told(f"SR.client.setUuid('{OTHER}')") == OTHER == cookies(page)["_snrs_uuid"]
    assert page.evaluate("SR.client.getIdentityHash()") is None
    for call in (f"'{OLD}', 97", f"97, '{OLD}'"):
        assert told(f"SR.client.setUuidAndIdentityHash({call})") == OLD
        assert page.evaluate("SR.client.getIdentityHash()") == 97
        assert told("SR.client.update({email: 'a'})") == OLD
        assert told("SR.client.update({email: 'b'})") != OLD
    last = told("SR.client.setUuid('no uuid'), SR.client.setUuid(), SR.client.setUuid({})")
    assert last == cookies(page)["_snrs_uuid"]


@pytest.mark.parametrize(
    ("load", "warning"),
    [
        pytest.param("SR.init()", "no trackerKey", id="no options"),
        pytest.param("SR.init({trackerKey: 7})", "no trackerKey", id="a number"),
        pytest.param(
            "SR.init({get trackerKey() { throw Error('mine') }})", "mine", id="a getter that throws"
        ),
        pytest.param("SR.init({trackerKey: '../x'})", "no source ../x here", id="another key"),
    ],
)
def test_without_a_key_nothing_starts_and_the_console_says_why(
    page: Page, site: Site, sent: Sent, page_errors: list[str], load: str, warning: str
) -> None:
    done = "window.went = Promise.all([SR.event.trackCustomEvent('early'), {}, SR.event.pageVisit()])"
    went = "went.then(() => 'on')" if "x" in load else "initialized.then(() => 'on')"
    url = synerise_page(site, f"{done}; window.initialized = {load}")
    with page.expect_console_message(lambda message: warning in message.text):
        page.goto(url)
    assert page.evaluate(went) == "on"
    # The browser itself tells of the missing script.
    told = ("401", "404", "ERR_BLOCKED_BY_RESPONSE")
    assert [error for error in page_errors if not any(word in error for word in told)] == []
    assert sent.bodies() == []


def test_googlebot_and_a_page_without_the_function_start_nothing(
    browser: Browser, page: Page, site: Site, sent: Sent, page_errors: list[str]
) -> None:
    page.goto(
        site.collector.page(f"<script>SR = null</script><script src='{site.collector.url}{SDK}'></script>")
    )
    page.evaluate("SR.event.pageVisit(), 0")
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    with browser.new_context(user_agent=agent) as context:
        robot = context.new_page()
        asked: list[str] = []
        robot.on("request", lambda request: asked.append(request.url))
        url = synerise_page(site, "window.went = init().then(() => SR.event.pageVisit()).then(() => 'on')")
        robot.goto(url)
        robot.wait_for_function("window.went")
        assert robot.evaluate("went") == "on"
        assert [one.split("/")[-1] for one in asked] == [url.split("/")[-1], SDK[1:]]
        assert robot.evaluate("document.cookie") == ""
    assert sent.bodies() == []
    assert page_errors == []


def test_hostile_arguments_harm_neither_the_page_nor_other_events(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    load = """
      const throwing = {get a() { throw Error('mine') }, toString() { throw Error('mine') }}
      const cycle = {}
      cycle.cycle = cycle
      const odd = [undefined, null, 5, '', [], {}, cycle, throwing, Symbol(), () => {}, NaN, 'a b']
      const calls = []
      init({then: (_, no) => no('rejected'), plugin: throwing})
      for (const group of [SR.event, SR.client, SR.jwt, SR.dynamicContent, SR, SyneriseTC]) {
        for (const call of Object.values(group)) {
          if (typeof call !== 'function') continue
          for (const one of odd) {
            for (const two of [undefined, cycle, throwing]) calls.push(call(one, two, one))
          }
        }
      }
      SR.event.trackCustomEvent('big', {text: 'x'.repeat(40000)})
      SR.event.trackCustomEvent('__proto__', {constructor: 1})
      SR._calls.push(null, 7)
      SR._calls.push(['constructor', [], 0, 7])
      SR.client.clearAccessToken()
      SR.event.trackCustomEvent('last', [1])
      // None of them fails, and none waits for ever.
      const state = (promise) => promise.then(() => 'done', () => 'failed')
      window.states = Promise.all(calls.map(state))
    """
    page.goto(synerise_page(site, load, "<img name=title><img id=event><form id=client></form>"))
    site.wait_for("last")
    assert site.wait_for("__proto__").params == {"constructor": 1}
    assert set(page.evaluate("states")) == {"done"}
    assert page_errors == []


def test_a_token_goes_with_the_events(page: Page, site: Site, sent: Sent) -> None:
    site.add_token_key()
    claims: dict[str, Any] = {"email": "ann@snrs.example"}
    token = sign(claims, now_ms=time.time_ns() // 1_000_000)
    page.goto(synerise_page(site))
    page.wait_for_function(STARTED)
    site.wait_for("page.visit")
    tell = "async (token) => { SR.client.setAccessToken(token); return await SR.jwt.getAccessToken() }"
    assert page.evaluate(tell, token) == token
    page.evaluate("SR.client.update({email: 'ann@snrs.example', firstname: 'Ann'})")
    site.wait_for("client.createOrUpdate")
    assert token in sent.text()
    assert page.evaluate("SR.jwt.clearAccessToken().then(() => SR.jwt.getAccessToken())") is None
    before = len(sent.bodies())
    page.evaluate("SR.event.trackCustomEvent('last')")
    site.wait_for("last")
    assert all(token not in body.decode() for body in sent.bodies()[before:])


def test_who_refuses_leaves_nothing_and_who_agrees_late_loses_nothing(
    context: BrowserContext, page: Page, make_site: MakeSite, sent: Sent
) -> None:
    asks = make_site(asking())
    load = "init(); SR.event.trackCustomEvent('before')"
    remember = f"<script>document.cookie = '_snrs_uuid={OLD};path=/'</script>"
    page.goto(synerise_page(asks, load, head=remember))
    page.wait_for_function(STARTED)
    assert page.evaluate("SR.client.getCurrentClient()") == {"uuid": None, "identityHash": None}
    page.evaluate(
        "tagwell.consent('denied'), SR.event.trackCustomEvent('after'), SR.client.setUuid('" + OTHER + "')"
    )
    settle(page)
    assert device(page) == NOTHING
    assert sent.bodies() == []

    page.goto(synerise_page(asks, load, head=remember))
    page.wait_for_function(STARTED)
    page.evaluate("tagwell.consent('granted')")
    assert asks.wait_for("before").uuid == OLD

    # Where nothing may be kept, nothing of Synerise's is looked at either; who refuses has it removed.
    context.clear_cookies()
    bare = make_site(replace(asking(), tag=replace(asking().tag, device_storage=False, facades=("segment",))))
    ids = "<script>document.cookie = 'ajs_user_id=u;path=/'; localStorage.ajs_anonymous_id = 'a'</script>"
    load = f"init(); SR.client.setUuid('{OTHER}'); SR.event.trackCustomEvent('last')"
    page.goto(synerise_page(bare, load, head=remember + ids))
    page.wait_for_function(STARTED)
    page.evaluate("tagwell.consent('granted')")
    assert bare.wait_for("last").uuid not in (OLD, OTHER)
    page.evaluate("tagwell.consent('denied')")
    assert device(page) == NOTHING
