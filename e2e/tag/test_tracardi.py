"""Tracardi: a page made for it, with our host in its options, loses nothing and stays unharmed.

The page's own loader is written here from what Tracardi's does: it keeps the calls to itself, inserts
`<script>/liliput.min.js` and hands them over as soon as that has run.
"""

import json
import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import BrowserContext, Page

from collector.model.event import EventRecord
from collector.model.policy import Policy
from collector.model.source import Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.consent import NOTHING, asking, device

LOADER = """<script>
(() => {
  const queue = []
  const bound = []
  window.tracker = {track: (...args) => { queue.push(args); return tracker }}
  window.response = {context: {}}
  const call = (about) => bound.forEach((run) => run(about))
  window.onTracardiReady = {bind: (run) => bound.push(run), call}
  addEventListener('DOMContentLoaded', () => {
    const script = document.createElement('script')
    script.src = 'HOST/tracker/liliput.min.js'
    script.onload = () => {
      if (!tracardi.default.getState().plugins.tracardi.initialized) return console.error('not initialized')
      window.tracker = tracardi.default
      for (const args of queue) tracker.track(...args)
    }
    document.head.append(script)
  })
})()
</script>"""

READY = "<script>onTracardiReady.bind((about) => (window.about = about))</script>"

READY_LATER = (
    "<script>addEventListener('load', () => onTracardiReady.bind((about) => (window.about = about)))</script>"
)

OLD_ID = "11111111-2222-4333-8444-555555555555"
PASSED_ID = "99999999-2222-4333-8444-555555555555"


def options(site: Site, more: str = "", tracker: str = "") -> str:
    """The page's options, as JavaScript."""
    host = site.collector.url
    return (
        f"<script>const options = {{{more} tracker: {{url: {{script: '{host}/tracker', api: '{host}'}},"
        f"source: {{id: '{site.id}'}}, {tracker}}}}}</script>"
    )


def tracardi_page(site: Site, body: str = "", *, more: str = "", tracker: str = "", script: str = "") -> str:
    """Serve a page as Tracardi's documents have it; return its URL."""
    loader = LOADER.replace("HOST", site.collector.url)
    head = loader + options(site, more, tracker) + READY
    html = f"<!doctype html><title>Laptops</title>{head}<script>{script}</script><body>{body}"
    return site.collector.page(html)


def open_page(page: Page, url: str) -> None:
    """Open it, and wait until the tag has told that it is ready."""
    page.goto(url)
    page.wait_for_function("window.about")


def own_id(page: Page) -> str | None:
    """The profile's id, as the page is told."""
    told: str | None = page.evaluate("about.context.profile.id")
    return told


def events_of(site: Site, count: int) -> list[EventRecord]:
    """The first so many that are no sessions', once they are there."""
    site.wait_for_all("last", 1)
    found = [event for event in site.events() if not event.action.startswith("session.")]
    assert len(found) == count, [event.action for event in found]
    return found


def said_around(event: EventRecord) -> dict[str, Any]:
    """What came beside an event's params, as text to search is: the collector puts some of it elsewhere."""
    found: dict[str, Any] = event.context
    return found


def test_all_that_a_page_tracks_arrives_once(page: Page, site: Site, page_errors: list[str]) -> None:
    before = """
      const made = (name) => tracker.track(name, {price: 13.45})
      tracker.track("purchase-order", {product: "Sun glasses \\u0141", list: [1, {a: null}]})
      tracker.track("A name of more than 32 characters, spaced", {}, {fire: true})
      tracker.track("plain")
    """
    listeners = """listeners: {
      onInit: ({session, tracker, helpers}) => { window.initial = [session.id, typeof helpers.track] },
      onCookiesDisabled: () => { window.initial = 'no cookies' }}, """
    auto = "auto: {events: [['page-view', {category: 'laptops'}], ['interest', {value: 2}]]}"
    url = tracardi_page(site, "<button id=b>b</button>", more=listeners, tracker=auto, script=before)
    open_page(page, url + "?utm_source=n")
    assert len(page.evaluate("initial")[0]) == 36
    assert page.evaluate("initial")[1] == "function"
    answer = page.evaluate(
        """async () => {
          const {tracker, helpers, context, config} = about
          response.context.profile = true
          tracker.track('after the load', {n: 1})
          tracker.track('beacon', {n: 2}, {asBeacon: true, async: true, context: {shelf: 'left'}})
          helpers.onClick(document.querySelector('#b'), () => helpers.track('clicked', {n: 3}))
          document.querySelector('#b').click()
          onTracardiReady.bind(({tracker}) => tracker.track('bound late'))
          const {data} = await helpers.track('last', {n: 4})
          return [tracker === window.tracker, data.profile.id, data.ux, context.profile.id, !!config.tracker]
        }"""
    )
    got = events_of(site, 10)
    assert [(event.action, event.params) for event in got] == [
        ("purchase-order", {"product": "Sun glasses Ł", "list": [1, {"a": None}]}),
        ("A name of more than 32 characters, spaced", {}),
        ("plain", {}),
        ("page-view", {"category": "laptops"}),
        ("interest", {"value": 2}),
        ("after the load", {"n": 1}),
        ("beacon", {"n": 2}),
        ("clicked", {"n": 3}),
        ("bound late", {}),
        ("last", {"n": 4}),
    ]
    uuids = {event.uuid for event in got}
    assert answer == [True, *uuids, [], *uuids, True]
    told = json.dumps(said_around(got[6]))
    assert all(word in told for word in ('"shelf": "left"', '"asBeacon": true', "Laptops", page.url)), told
    assert got[0].context["campaign"] == {"source": "n"}
    # What a source sends by itself, it leaves to such a page.
    assert site.events("page.visit") == []
    assert page_errors == []


def test_triggers_of_the_page_see_elements_that_come_later_too(page: Page, site: Site) -> None:
    triggers = """auto: {triggers: [
      {tag: 'product', trigger: 'onVisible', data: {event: 'image-viewed', properties: {list: 'home'}}},
      {tag: 'story', trigger: 'onTextSelect', data: {event: 'text is selected in a story', options: {a: 1}}},
      {tag: 'banner', trigger: 'onMouseOver', data: {event: 'over'}},
      {tag: 'banner', trigger: 'onClick', data: {event: 'click'}},
      {tag: 'banner', trigger: 'onMoonrise', data: {event: 'never'}},
      {tag: 'banner', trigger: 'constructor'}, null]}"""
    body = (
        "<p data-tracardi-tag=product>one</p><p data-tracardi-tag=story id=story>Once upon a time</p>"
        "<p data-tracardi-tag=banner id=banner>Buy</p><p data-tracardi-tag=other>no</p>"
    )
    open_page(page, tracardi_page(site, body, tracker=triggers))
    site.wait_for("image-viewed")
    late = "<p data-tracardi-tag=product data-tracardi-sku=7>two"
    page.evaluate("late => document.body.insertAdjacentHTML('beforeend', late)", late)
    seen = site.wait_for_all("image-viewed", 2)
    assert [event.params for event in seen] == [{"list": "home"}, {"list": "home", "sku": "7"}]
    page.dblclick("#story")
    selected = site.wait_for("text is selected in a story")
    assert selected.params["text"] == "upon" or selected.params["text"].strip() in "Once upon a time"
    page.hover("#banner")
    page.click("#banner")
    page.click("#banner")
    site.wait_for_all("click", 2)
    page.evaluate("tracker.track('last')")
    site.wait_for("last")
    assert len(site.events("over")) == 1
    assert site.events("never") == []


REMEMBER = f"localStorage['tracardi-profile-id'] = JSON.stringify('{OLD_ID}')"


def test_a_browser_that_tracardi_knows_stays_who_it_is(page: Page, site: Site, make_site: MakeSite) -> None:
    remember = f"{REMEMBER}; tracker.track('last')"
    open_page(page, tracardi_page(site, script=remember))
    assert site.wait_for("last").uuid == OLD_ID == own_id(page)
    # From now on it is ours: what lies there under their name counts no more.
    page.evaluate("localStorage['tracardi-profile-id'] = '\"somebody-else-3333-4333-8444-555555555\"'")
    page.reload()
    assert [event.uuid for event in site.wait_for_all("last", 2)] == [OLD_ID] * 2
    # An id that the page itself names is each event's, and is not kept.
    forced = tracardi_page(site, tracker="profile: {id: 'forced-id'}", script="tracker.track('forced')")
    page.goto(forced)
    assert site.wait_for("forced").uuid == "forced-id"
    assert OLD_ID in page.evaluate("document.cookie")

    # Not before the visitor agrees, and never where nothing may be kept.
    page.context.clear_cookies()
    asks = make_site(asking())
    open_page(page, tracardi_page(asks, script=remember))
    assert own_id(page) is None
    page.evaluate("tagwell.consent('granted')")
    assert asks.wait_for("last").uuid == OLD_ID
    bare = make_site(Settings(tag=TagSettings(device_storage=False)))
    page.goto(tracardi_page(bare, script=remember) + f"?__tr_pid={PASSED_ID}")
    last = bare.wait_for("last")
    assert last.uuid not in (OLD_ID, PASSED_ID)
    assert PASSED_ID not in json.dumps(said_around(last))
    # One that no event could hold is no id.
    page.goto(tracardi_page(site, script="tracker.track('long')") + f"?__tr_pid={'x' * 33_000}")
    assert "pass" not in said_around(site.wait_for("long"))


def on(host: str, url: str) -> str:
    """The same page on another host: browsers take names below `localhost` to this machine."""
    return url.replace("127.0.0.1", host + ".localhost")


def test_a_link_hands_the_visitor_to_a_listed_host_and_nobody_else_does(
    context: BrowserContext, page: Page, site: Site
) -> None:
    listing = "settings: {trackExternalLinks: ['blog.localhost', 'shop.localhost']}"
    shop = on("shop", tracardi_page(site, tracker=listing, script="tracker.track('landed')")) + "?a=b#part"
    away = on("away", tracardi_page(site))
    links = f"<a id=shop href='{shop}'>Shop</a><a id=away href='{away}'>Away</a>"
    blog = on("blog", tracardi_page(site, links, tracker=listing))

    # Written by anybody, into a page that is not listed: the visitor becomes nobody else.
    forged = shop.replace("#", f"&__tr_pid={PASSED_ID}#")
    page.goto(on("evil", site.collector.page(f"<a href='{forged}'>x</a>")))
    page.click("a")
    page.wait_for_function("window.about")
    landed = site.wait_for("landed")
    assert landed.uuid == own_id(page) != PASSED_ID
    context.clear_cookies()

    # Nor by a link that stands in a page of the very host.
    page.goto(on("shop", tracardi_page(site, f"<a href='{forged}'>x</a>", tracker=listing)))
    page.evaluate("document.querySelector('a').cloneNode()")
    page.locator("a").evaluate("(link) => (location.href = link.href)")
    page.wait_for_url(shop)
    page.wait_for_function("window.about")
    assert site.wait_for_all("landed", 2)[1].uuid == own_id(page) != PASSED_ID
    context.clear_cookies()

    # Ours takes the place of the id in a link that another wrote, however often it is clicked.
    links += f"<a id=forged href='{forged}'>Shop</a>"
    blog = on("blog", tracardi_page(site, links, tracker=listing))
    open_page(page, blog)
    visitor = own_id(page)
    page.evaluate(
        """addEventListener('click', (event) => event.preventDefault(), {once: true});
           const link = document.querySelector('#shop'); link.click(); link.click()"""
    )
    page.wait_for_url(shop)
    open_page(page, blog)
    page.click("#forged")
    page.wait_for_url(shop)
    page.wait_for_function("window.about")
    second = site.wait_for_all("landed", 4)[3]
    assert second.uuid == visitor == own_id(page)
    assert page.url == shop
    assert f'"pass": {{"profile": "{visitor}", "source": "{site.id}"}}' in json.dumps(said_around(second))
    page.go_back()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.click("#away")
    page.wait_for_url(away)
    assert away in asked


def test_large_facts_hold_no_event_back(page: Page, site: Site) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "content-type": "application/json"}
    # 6,000 letters of six bytes each; then more of them than an event can carry together.
    facts = [json.dumps({"city": "ż" * 6000}, ensure_ascii=False)] + [json.dumps("z" * 5000)] * 5
    urls = [site.collector.page(fact, headers=headers) for fact in facts]
    external = ",".join(
        f"{{url: '{url}', method: 'get', storage: 's{number}', key: 'k{number}'}}"
        for number, url in enumerate(urls)
    )
    url = tracardi_page(site, tracker=f"external: [{external}]", script="tracker.track('small')")
    open_page(page, url)
    page.evaluate("tracker.track('large', {text: 'x'.repeat(26000)})")
    small, large = site.wait_for("small"), site.wait_for("large")
    assert json.dumps(said_around(small)).count("z" * 5000) == 1
    assert "ż" not in json.dumps(said_around(small), ensure_ascii=False)
    assert "z" * 5000 not in json.dumps(said_around(large))


def test_who_has_kept_the_loaders_track_loses_no_call(page: Page, site: Site) -> None:
    script = f"<script src='{site.collector.url}/tracker/liliput.min.js'></script>"
    keep = "<script>window.send = tracker.track; send('early')</script>"
    page.goto(site.collector.page("<!doctype html>" + options(site) + READY_LATER + script + keep))
    page.wait_for_function("window.about")
    page.evaluate("send('late')")
    assert [site.wait_for(action).action for action in ("early", "late")] == ["early", "late"]


def test_external_facts_are_fetched_once_and_told_with_the_events(page: Page, site: Site) -> None:
    fact = site.collector.page(
        '{"city": "Warsaw"}', headers={"Access-Control-Allow-Origin": "*", "content-type": "application/json"}
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    external = (
        f"external: [{{url: '{fact}', method: 'get', storage: '__tr_1', key: 'where'}},"
        f"{{url: '{fact}missing', storage: 'x y', key: 'never'}}, null]"
    )
    url = tracardi_page(site, tracker=external, script="tracker.track('first')")
    page.goto(url)
    first = site.wait_for("first")
    page.evaluate("tracker.track('last')")
    last = site.wait_for("last")
    page.reload()
    again = site.wait_for_all("first", 2)[1]
    for event in (first, last, again):
        assert '"where": {"city": "Warsaw"}' in json.dumps(said_around(event))
    assert asked.count(fact) == 1


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("", id="no options"),
        pytest.param("const options = {}", id="no tracker"),
        pytest.param("const options = {tracker: {url: {}, source: {}}}", id="no id"),
        pytest.param("const options = {get tracker() { throw Error('mine') }}", id="a getter that throws"),
    ],
)
def test_without_a_source_nothing_starts_and_the_console_says_why(
    page: Page, site: Site, page_errors: list[str], broken: str
) -> None:
    loader = f"<script src='{site.collector.url}/tracker/liliput.min.js'></script>"
    url = site.collector.page(f"<!doctype html>{loader}<script>tracker.track('x');{broken}</script>")
    with page.expect_console_message(lambda message: "Tracker init stopped" in message.text):
        page.goto(url)
    assert len(page_errors) == 1
    assert "Tracker init stopped" in page_errors[0]
    page.evaluate("tracker.track('y'), 0")
    assert page.evaluate("tracker.q") == []


def test_calls_for_a_source_that_is_not_there_fill_no_memory(page: Page, site: Site) -> None:
    head = options(site).replace(site.id, "nobody")
    loader = f"<script src='{site.collector.url}/tracker/liliput.min.js'></script>"
    calls = "for (let i = 0; i < 1100; i++) tracker.track('x'); window.most = tracker.q.length"
    with page.expect_console_message(lambda message: "nobody has no script here" in message.text):
        page.goto(site.collector.page(f"<!doctype html>{head}{loader}<script>{calls}</script>"))
    page.evaluate("tracker.track('y'), 0")
    assert page.evaluate("[most, tracker.q.length]") == [1000, 0]


def test_hostile_options_and_calls_harm_neither_the_page_nor_other_events(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    thrown = "throw Error('mine')"
    more = (
        f"listeners: {{onInit() {{ {thrown} }}}}, get context() {{ {thrown} }}, "
        "get self() { return this }, "
    )
    tracker = (
        f"get context() {{ {thrown} }}, get external() {{ {thrown} }}, profile: null, settings: 'no',"
        "auto: {events: [['auto', 5], null, 7, []], triggers: {}}"
    )
    script = f"""
      const cycle = {{}}
      cycle.cycle = cycle
      const throwing = {{get context() {{ {thrown} }}}}
      for (const type of [undefined, null, 5, '  ', {{}}]) tracker.track(type)
      for (const args of [['a', cycle], ['b', throwing], ['c', {{}}, throwing]]) tracker.track(...args)
      tracker.track('big', {{text: 'x'.repeat(40000)}})
      onTracardiReady.bind(() => {{ {thrown} }})
      window.response = null
      tracker.track('last', 'no object', 'no options')
    """
    url = tracardi_page(site, "<img name=title><img id=tag>", more=more, tracker=tracker, script=script)
    page.goto(url)
    events_of(site, 2)
    assert {event.action for event in site.events()} >= {"auto", "last"}
    page.evaluate("about.helpers.onClick(null), about.helpers.addListener(), about.helpers.track()")
    page.evaluate("window.onTracardiReady.bind('no function')")
    assert page_errors == []


def test_a_page_that_replaced_what_browsers_have_loses_nothing(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    fact = site.collector.page('{"city": "Warsaw"}', headers={"Access-Control-Allow-Origin": "*"})
    spoiled = """
      const whole = {URL, URLSearchParams, Promise}
      window.Intl = undefined
      window.URL = window.URLSearchParams = window.Promise = function () { throw Error('mine') }
      tracker.track('early')
      onTracardiReady.bind(({tracker}) => tracker.track('last'))
      // Whoever drives the browser needs them too.
      onTracardiReady.bind(() => Object.assign(window, whole))
    """
    external = f"external: [{{url: '{fact}', storage: 'consent', key: 'where'}}]"
    page.goto(tracardi_page(site, tracker=external, script=spoiled) + "?utm_source=n")
    assert [event.action for event in events_of(site, 2)] == ["early", "last"]
    assert "Warsaw" in json.dumps(said_around(site.events("early")[0]))
    # Under a name of its own: the page's word is nobody's agreement.
    names = page.evaluate("Object.keys(localStorage)")
    assert "tagwell_external_consent" in names
    assert "tagwell_consent" not in names
    assert page_errors == []


def test_who_assigns_instead_of_binding_is_told_so(page: Page, site: Site, page_errors: list[str]) -> None:
    page.goto(tracardi_page(site, script="window.onTracardiReady = () => {}; tracker.track('last')"))
    site.wait_for("last")
    assert [error.split(":")[0] for error in page_errors] == ["[Tracardi] Incorrect window.onTracardiReady"]


def test_who_refuses_or_asks_not_to_be_tracked_leaves_nothing(
    context: BrowserContext, page: Page, make_site: MakeSite
) -> None:
    asks = make_site(asking())
    sent = Sent(page)
    remember = (
        f"{REMEMBER}; localStorage.__anon_id = localStorage.a = 1; document.cookie = '__tr_geo=1;path=/';"
        "tracker.track('before', {}, {fire: true})"
    )
    bare = make_site(replace(asking(), tag=replace(asking().tag, device_storage=False)))
    for site in (asks, bare):
        external = f"external: [null, {{url: '{site.collector.url}/healthz', storage: 'a', key: 'b'}}]"
        page.goto(tracardi_page(site, script=remember, tracker=external))
        page.wait_for_function("window.about")
        page.evaluate("tagwell.consent('denied'); tracker.track('after'); about.context.profile.id")
        assert page.evaluate("about.context.profile.id") is None
        assert device(page) == NOTHING
    assert sent.bodies() == []

    page.add_init_script("Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})")
    site = make_site()
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url))
    wish = "settings: {respectDoNotTrack: true}"
    page.goto(tracardi_page(site, tracker=wish, script="tracker.track('x')"))
    page.wait_for_function("window.tracardi")
    own_line = f"<script src='{site.collector.url}/t/{site.id}.js?facade=tracardi'></script>"
    page.goto(site.collector.page(options(site, tracker=wish) + own_line))
    page.evaluate("tracker.track('x')")
    assert [url for url in scripts if f"/t/{site.id}" in url] == [
        f"{site.collector.url}/t/{site.id}.js?facade=tracardi"
    ]
    assert sent.bodies() == []
    assert device(page) == NOTHING


def test_the_owners_policy_holds_for_what_is_said_around_an_event(page: Page, make_site: MakeSite) -> None:
    site = make_site(
        None,
        Policy(
            block=("secret.*",),
            block_params=("card",),
            keep_screen=False,
            keep_language=False,
            keep_referrer=False,
        ),
    )
    sent = Sent(page)
    script = "tracker.track('secret.thing'); tracker.track('last', {card: '4111', ok: 1})"
    page.goto(tracardi_page(site, script=script))
    assert site.wait_for("last").params == {"ok": 1}
    assert site.events("secret.thing") == []
    assert not re.search('4111|secret|"screen"|"language"|"tz"|"referer"', sent.text())
