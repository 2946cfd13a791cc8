"""Segment's and Customer.io's page API: pages that carry their snippets, with our host."""

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.model.event import EventRecord
from collector.model.policy import Category, Policy
from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent, Site
from e2e.tag.consent import NOTHING, asking, device
from e2e.tag.segment_page import segment_page, sent_to, snippet

QUEUED = """
  const a = NAME
  a.page()
  a.track('Early', {n: 1})
  a.on('track', (event) => (window.heard = [...(window.heard || []), event]))
  a.identify('ada-7', {email: 'ada@example.com', plan: 'pro'})
  a.track('Product Viewed', {product_id: 'p1', list: [{a: 1}]}, {
    context: {ad: 'x'}, timestamp: '2026-01-02T03:04:05Z'})
  a.group('acme', {employees: 3})
  a.page('Shop', 'Basket', {size: 'L'})
  a.track('Late')
"""


def original(event: EventRecord) -> dict[str, Any]:
    found: dict[str, Any] = event.context["original"]
    return found


@pytest.mark.parametrize(("vendor", "name"), [("segment", "analytics"), ("customerio", "cioanalytics")])
def test_all_that_is_queued_before_the_script_arrives_is_kept_in_order(
    page: Page, site: Site, page_errors: list[str], vendor: str, name: str
) -> None:
    url = segment_page(site, QUEUED.replace("NAME", name), vendor=vendor, name=name) + "?utm_source=x"
    page.goto(url + "#part")
    late = site.wait_for("Late")
    first, early, who, viewed, group, basket, last = sent_to(site)
    path = "/" + url.split("/")[-1].split("?")[0]
    assert (first.action, first.params) == (
        "page.visit",
        {"path": path, "referrer": "", "search": "?utm_source=x", "title": "Test", "url": url},
    )
    assert (early.action, early.params) == ("Early", {"n": 1})
    assert (who.action, who.params) == ("client.createOrUpdate", {"email": "ada@example.com", "plan": "pro"})
    assert (viewed.action, viewed.params) == ("product.view", {"product_id": "p1", "list": [{"a": 1}]})
    assert original(viewed) == {
        "type": "track",
        "event": "Product Viewed",
        "userId": "ada-7",
        "context": {"ad": "x"},
    }
    assert group.params == {"groupId": "acme", "group": {"employees": 3}}
    assert basket.params.items() >= {"category": "Shop", "name": "Basket", "size": "L", "url": url}.items()
    assert (last.id, original(last)["userId"]) == (late.id, "ada-7")
    assert len({event.uuid for event in sent_to(site)}) == 1
    profile = site.collector.store.find_profile("customId", "ada-7")
    assert profile is not None
    assert profile.email == "ada@example.com"
    assert page.evaluate("heard") == ["Early", "Product Viewed", "Late"]
    page.evaluate("a.track('Through the array')")
    site.wait_for("Through the array")
    assert page_errors == []


FORMS = """async () => {
  const a = analytics, note = (...what) => (window.noted = window.noted || []).push(...what)
  a.on('initialize', () => note('never: it was')).once('page', (...args) => note(args)).on('alias', note)
  const contexts = await Promise.all([
    a.track('one', () => note('called')),
    a.track({event: 'two', properties: {b: 2}}, {userId: 'other', messageId: 'm-2', ad: {id: 7}}),
    a.track('three', null, {anonymousId: 'browser.3'}, () => note('called')),
    a.page({size: 'S'}),
    a.page(null, 'Name', null, {context: {k: 1}}),
    a.screen('Cat', 'Screen', {c: 3}),
    a.identify({plan: 'free'}),
    a.identify('eve', {city: 'Paris'}, () => note('called')),
    a.identify(null, {city: 'Rome'}),
    a.group({size: 2}), a.group('acme', null, {integrations: {Other: false}}),
    a.alias('eve-2', () => note('called')), a.alias('eve-3', 'old-eve'),
    a.track('dropped', {}, {integrations: {'Segment.io': false}}),
    a.track('kept', {}, {integrations: {All: false}}),
  ])
  await Promise.all([a.ready(() => note('ready')), a.ready(), a.debug(true), a.timeout(5), a.load('x'),
    a.register({}), a.addDestinationMiddleware('x', Object), a.addIntegrationMiddleware(Object), a.track(),
    a.pageview('/v')])
  const user = a.user(), awaited = await a.user(), group = await a.group()
  return {
    noted, id: user.id(), traits: awaited.traits(), then: await a.user().then((who) => who.id()),
    group: [group.id(), a.group().traits()], anonymous: user.anonymousId(), event: contexts[0].event.event,
    version: typeof a.VERSION, unknown: a.never,
  }
}"""


def test_every_form_of_a_call(page: Page, site: Site, page_errors: list[str]) -> None:
    page.goto(segment_page(site, "analytics.track('first')"))
    site.wait_for("first")
    told = page.evaluate(FORMS)
    assert [one for one in told["noted"] if isinstance(one, str)].count("called") == 4
    assert [None, None, {"size": "S"}, None] in told["noted"]
    assert told["noted"][-1] == "ready"
    assert (
        told.items()
        >= {
            "id": "eve",
            "then": "eve",
            "traits": {"plan": "free", "city": "Rome"},
            "group": ["acme", {"size": 2}],
            "anonymous": "browser.3",
            "event": "one",
            "version": "string",
        }.items()
    )
    page.evaluate("analytics.track('last')")
    last = site.wait_for("last")
    assert (last.uuid, original(last)["userId"]) == ("browser.3", "eve")
    stored = {event.action: event for event in sent_to(site)}
    assert "dropped" not in stored
    assert stored["kept"].params == {}
    assert stored["two"].params == {"b": 2}
    assert (stored["two"].id, original(stored["two"])["userId"]) == ("m-2", "other")
    assert original(stored["two"])["context"] == {"ad": {"id": 7}}
    assert stored["three"].uuid == "browser.3"
    assert stored["screen.view"].params == {"name": "Screen", "category": "Cat", "c": 3}
    visits = [event for event in sent_to(site) if event.action == "page.visit"]
    assert [visit.params.get("size") for visit in visits] == ["S", None, None]
    assert visits[1].params["name"] == "Name"
    assert visits[2].params["path"] == "/v"
    groups = [event.params for event in sent_to(site) if event.action == "client.group"]
    assert groups[1] == {"groupId": "acme", "group": {"size": 2}}
    aliases = [original(event) for event in sent_to(site) if event.action == "client.alias"]
    assert [(alias["previousId"], alias["userId"]) for alias in aliases] == [
        ("eve", "eve-2"),
        ("old-eve", "eve-3"),
    ]
    assert page_errors == []


def test_another_person_and_a_reset_are_other_visitors(page: Page, site: Site) -> None:
    page.goto(segment_page(site))
    page.wait_for_function("analytics.initialized")
    told = page.evaluate("""() => {
      const a = analytics
      a.track('nobody', {}); a.identify('ada', {plan: 'pro'}); a.track('of ada')
      a.identify('bob', {city: 'Paris'}); a.track('of bob')
      const bob = a.user().traits()
      a.on('reset', () => (window.was = a.user().id())); a.reset(); a.track('after')
      return [bob, was, a.user().traits(), a.group().id()]
    }""")
    assert told == [{"city": "Paris"}, None, {}, None]
    after = site.wait_for("after")
    nobody, ada, bob = (site.wait_for(name) for name in ("nobody", "of ada", "of bob"))
    assert nobody.uuid == ada.uuid
    assert len({ada.uuid, bob.uuid, after.uuid}) == 3
    assert "userId" not in original(after)
    page.reload()
    page.wait_for_function("analytics.initialized")
    assert page.evaluate("analytics.user().id()") is None


LINKS = (
    "<a id=one href=NEXT>Go</a><form id=two action=NEXT method=post><input name=addEventListener value=7>"
    "<input name=nodeType><button>Send</button></form>"
)


def test_links_and_forms_report_as_the_page_is_left(page: Page, site: Site, page_errors: list[str]) -> None:
    following = site.collector.page("<!doctype html><title>Next</title>")
    url = segment_page(site, body=LINKS.replace("NEXT", following))
    bind = """() => {
      const all = document.querySelectorAll('a')
      analytics.trackLink(all, (link) => 'Link ' + link.id, (link) => ({text: link.text}))
      analytics.trackForm(document.forms[0], 'Form', {n: 1})
      analytics.trackLink(null, 'x'); analytics.trackLink(5, 'x'); analytics.trackLink([5], 'x')
    }"""
    for selector, event in (("#one", "Link one"), ("#two button", "Form")):
        page.goto(url)
        page.wait_for_function("analytics.initialized")
        page.evaluate(bind)
        page.click(selector)
        page.wait_for_url(following)
        site.wait_for(event)
    page.goto(url)
    page.wait_for_function("analytics.initialized")
    page.evaluate(
        "next => { for (let n = 1; n < 31; n++) analytics.track('Left', {n}); location = next }", following
    )
    left = site.wait_for_all("Left", 30)
    assert [event.params["n"] for event in left] == list(range(1, 31))
    assert site.wait_for("Link one").params == {"text": "Go"}
    assert site.wait_for("Form").params == {"n": 1}
    assert page_errors == []


def test_source_middleware_sees_changes_and_drops(page: Page, site: Site, page_errors: list[str]) -> None:
    """Whatever was queued before it was added, as with the vendor's own script."""
    calls = """
      analytics.track('changed', {card: 1, keep: 2}); analytics.track('dropped'); analytics.track('never')
      analytics.addSourceMiddleware(({payload, next}) => {
        delete payload.obj.properties.card
        payload.obj.context.page.url = 'https://hidden/'
        next(payload.obj.event === 'dropped' ? null : payload)
        next(payload)
      })
      analytics.addSourceMiddleware(async ({payload, next}) => {
        await 0
        if (payload.obj.event !== 'never') next(payload)
      })
      // What was to be taken out by one that fails is not sent, as by the vendor's own script.
      analytics.addSourceMiddleware(({payload, next}) => {
        if (payload.obj.event === 'throws') throw Error('mine')
        next(payload)
      })
      analytics.addSourceMiddleware(async ({payload, next}) => {
        if (payload.obj.event === 'fails') throw Error('mine')
        next(payload)
      })
      analytics.track('throws', {card: 1}); analytics.track('fails', {card: 1})
      analytics.track('last')
    """
    page.goto(segment_page(site, calls))
    site.wait_for("last")
    changed = site.wait_for("changed")
    assert changed.params == {"keep": 2}
    # What it left as it was went with no context: the lists act on params.
    assert changed.context["page"] == {"url": "https://hidden/"}
    assert [event.action for event in sent_to(site)] == ["changed", "last"]
    assert page_errors == []


TWO_PEOPLE = """
  analytics.track('nobody'); analytics.identify('ada', {email: 'ada@a.co'}); analytics.track('of ada')
  analytics.reset(); analytics.track('after'); analytics.identify('bob', {email: 'bob@a.co'})
  analytics.track('of bob')
"""


@pytest.mark.parametrize("why", ["async middleware", "consent comes late"])
def test_who_comes_next_is_another_one_whenever_their_events_go_out(
    page: Page, make_site: MakeSite, why: str
) -> None:
    if why == "async middleware":
        site = make_site()
        slow = "analytics.addSourceMiddleware(async ({payload, next}) => { await 0; next(payload) });"
        page.goto(segment_page(site, slow + TWO_PEOPLE))
    else:
        site = make_site(asking())
        page.goto(segment_page(site, TWO_PEOPLE))
        page.wait_for_function("analytics.initialized")
        page.evaluate("tagwell.consent('granted')")
    nobody, ada, after, bob = (site.wait_for(one) for one in ("nobody", "of ada", "after", "of bob"))
    assert nobody.uuid == ada.uuid
    assert ada.uuid not in (after.uuid, bob.uuid)
    assert nobody.profile_id not in (after.profile_id, bob.profile_id)


def test_the_owners_lists_keep_calls_and_properties_in_the_browser(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(policy=Policy(block=("Secret call", "client.*"), block_params=("card",)))
    calls = (
        "analytics.track('Secret call'); analytics.identify('ada'); analytics.track('end', {card: 4, n: 1})"
    )
    page.goto(segment_page(site, calls))
    assert site.wait_for("end").params == {"n": 1}
    assert [event.action for event in sent_to(site)] == ["end"]
    assert not {"Secret", "card", "identify"} & set(sent.text().replace('"', " ").split())
    # What names a page stands among its properties alone.
    site = make_site(policy=Policy(block_params=("name", "category")))
    page.goto(segment_page(site, "analytics.page('Kind', 'Name'); analytics.track('end')"))
    site.wait_for("end")
    assert not {"Kind", "Name"} & set(sent.text().replace('"', " ").split())


@pytest.mark.parametrize(
    ("kept", "ids"),
    [
        pytest.param(
            "document.cookie = 'ajs_anonymous_id=11111111-2222-4333-8444-555555555555; path=/';"
            "document.cookie = 'ajs_user_id=007; path=/';"
            """localStorage.ajs_user_traits = '{"plan":"pro"}'""",
            ("11111111-2222-4333-8444-555555555555", "007", {"plan": "pro"}, None),
            id="Segment's, a uuid",
        ),
        pytest.param(
            "document.cookie = 'ajs_anonymous_id=%22visitor.7%22; path=/';"
            """localStorage.ajs_user_id = 'null'; localStorage.ajs_group_id = '"acme"'""",
            ("visitor.7", None, {}, "acme"),
            id="Customer.io's, short, JSON in the cookie",
        ),
        pytest.param(
            """localStorage.ajs_anonymous_id = '"only local"';"""
            "localStorage.ajs_user_id = '12345678901234567890'",
            (None, "12345678901234567890", {}, None),
            id="an id that cannot be ours; a long number",
        ),
    ],
)
def test_a_browser_that_the_vendors_script_knows_stays_who_it_is(
    page: Page, site: Site, kept: str, ids: tuple[Any, ...]
) -> None:
    before = f"<script>if (!window.name) {{ {kept}; window.name = 'been' }}</script>"
    url = segment_page(site, "analytics.page(); analytics.track('seen')", before=before)
    page.goto(url)
    seen = site.wait_for("seen")
    uuid, user_id, traits, group = ids
    assert uuid in (None, seen.uuid)
    assert original(seen).get("userId") == user_id
    page.goto(url)
    again = site.wait_for_all("seen", 2)[1]
    assert (again.uuid, original(again).get("userId")) == (seen.uuid, user_id)
    asked = "[user.id(), user.traits(), analytics.group().id(), user.anonymousId()]"
    assert page.evaluate("user = analytics.user(); " + asked) == [user_id, traits, group, seen.uuid]
    # After a reset nothing of theirs comes back.
    page.evaluate("analytics.reset()")
    page.goto(url)
    last = site.wait_for_all("seen", 3)[2]
    assert last.uuid != seen.uuid
    assert "userId" not in original(last)
    assert page.evaluate("document.cookie + Object.keys(localStorage)").count("ajs_") == 0


CANONICAL = "<link rel=canonical href='/public'>"


def test_a_canonical_address_takes_no_page_past_the_list_of_paths(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(policy=Policy(block_paths=("/secret/*",)))
    html = f"<!doctype html><head>{CANONICAL}{snippet(site, 'analytics.page()')}</head>"
    page.goto(site.collector.page(html, path="/secret/x.html"))
    page.wait_for_function("analytics.initialized")
    page.evaluate("analytics.page(); analytics.page('Name', {a: 1})")
    url = segment_page(site, "analytics.page(); analytics.track('end')", before=CANONICAL)
    page.goto(url)
    site.wait_for("end")
    visit, _ = sent_to(site)
    assert url.endswith(visit.context["page"])
    assert (visit.action, visit.params["path"]) == ("page.visit", "/public")
    assert visit.params["url"].endswith("/public")
    assert "secret" not in sent.text().replace('"referrer":', "")


def test_no_address_of_the_pages_own_takes_a_call_past_the_list_of_paths(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    site = make_site(policy=Policy(block_paths=("/secret/*",)))
    trims = """analytics.addSourceMiddleware(({payload, next}) => {
      const {properties} = payload.obj
      if (properties.url) properties.url = properties.url.split('?')[0]
      next(payload)
    });"""
    away = "analytics.track('queued'); history.replaceState(null, '', '/public/now')"
    for number, (head, calls) in enumerate(
        [
            (CANONICAL, trims + "analytics.page()"),
            (CANONICAL, "analytics.page('x', {url: location.origin + '/public?x=1'})"),
            ("", away),
        ]
    ):
        html = f"<!doctype html><head>{head}{snippet(site, calls)}</head>"
        page.goto(site.collector.page(html, path=f"/secret/{number}.html") + "?token=1")
        page.wait_for_function("analytics.initialized")
    page.goto(segment_page(site, "analytics.track('end')"))
    site.wait_for("end")
    assert [event.action for event in sent_to(site)] == ["end"]
    assert "secret" not in sent.text().replace('"referrer":', "")


def test_a_token_for_the_owners_other_domains_is_in_no_event(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    tag = TagSettings(modules=Modules(cross_domain=True, outbound_links=True), domains=("blog.localhost",))
    site = make_site(Settings(tag=tag))
    for query in ("?_tagwell=SECRET&a=1", "?a=1&_tagwell=SECRET", "?_tagwell=SECRET"):
        page.goto(segment_page(site, "analytics.page(); analytics.track('end')") + query)
    visits = site.wait_for_all("page.visit", 3)
    assert [event.params["search"] for event in visits] == ["?a=1", "?a=1&", ""]
    assert [event.params["url"].partition("?")[2] for event in visits] == ["a=1", "a=1&", ""]
    assert "_tagwell=" not in sent.text()


def test_who_the_vendors_script_knew_is_there_before_the_first_call_says_who(page: Page, site: Site) -> None:
    kept = (
        "document.cookie = 'ajs_anonymous_id=77777777-2222-4333-8444-555555555555; path=/';"
        "document.cookie = 'ajs_user_id=eve-5; path=/'; localStorage.ajs_group_id = '\"acme\"';"
        """localStorage.ajs_user_traits = '{"plan":"pro"}'"""
    )
    before = f"<script>if (!window.name) {{ {kept}; window.name = 'been' }}</script>"
    asked = "[analytics.user().id(), analytics.user().traits(), analytics.group().id()]"
    page.goto(segment_page(site, "analytics.identify('eve-5', {city: 'Rome'})", before=before))
    same = site.wait_for("client.createOrUpdate")
    assert same.uuid == "77777777-2222-4333-8444-555555555555"
    assert page.evaluate(asked) == ["eve-5", {"plan": "pro", "city": "Rome"}, "acme"]
    # Another person is one other visitor, and stays so.
    page.evaluate(
        "window.name = ''; document.cookie = 'tagwell_uuid=; max-age=0; path=/'; localStorage.clear()"
    )
    page.context.clear_cookies()
    url = segment_page(site, "analytics.identify('rob-5'); analytics.track('of bob')", before=before)
    page.goto(url)
    page.wait_for_function("analytics.initialized")
    page.goto(url)
    first, second = site.wait_for_all("of bob", 2)
    assert first.uuid == second.uuid != same.uuid
    assert page.evaluate(asked) == ["rob-5", {}, None]


def test_what_a_page_calls_analytics_itself_is_left_alone(
    page: Page, make_site: MakeSite, page_errors: list[str]
) -> None:
    site = make_site(Settings(tag=TagSettings(facades=("segment",))))
    own = "<script>window.analytics = {logEvent() { return 7 }}</script>"
    page.goto(site.page(head=own))
    page.evaluate("tagwell.track('end')")
    site.wait_for("end")
    assert page.evaluate("analytics.logEvent()") == 7
    # An element of that name is no property of the page's.
    page.goto(site.page(body="<div id=analytics></div>"))
    page.wait_for_function("analytics.initialized")
    assert page_errors == []


def test_what_is_too_large_to_send_is_not_kept_either(page: Page, site: Site) -> None:
    calls = """
      analytics.group('acme')
      analytics.identify('ada', {plan: 'pro'}); analytics.identify('ada', {bio: 'x'.repeat(40000)})
      analytics.user().traits({bio: 'x'.repeat(40000)}); analytics.identify('x'.repeat(40000))
      analytics.identify('ada', {story: 'x'.repeat(9000)}); analytics.identify('ada', {city: 'Rome'})
    """
    before = "<script>localStorage.ajs_group_properties = JSON.stringify({a: 'x'.repeat(40000)})</script>"
    page.goto(segment_page(site, before=before))
    page.wait_for_function("analytics.initialized")
    page.evaluate(calls + "; analytics.track('end')")
    site.wait_for("end")
    group, _, long, last, _ = sent_to(site)
    assert len(long.params["story"]) == 9000
    assert last.params == {"plan": "pro", "city": "Rome"}
    assert group.params["groupId"] == "acme"


REPLACED = "URLSearchParams = Set = function () { throw Error('mine') }"


def test_neither_a_wrong_option_nor_a_page_s_own_builtins_lose_a_call(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    options = "{useQueryString: {uid: '^a'}}"
    page.goto(segment_page(site, "analytics.track('wrong option')", options=options) + ASKED)
    site.wait_for("wrong option")
    page.goto(segment_page(site, "analytics.track('replaced')", before=f"<script>{REPLACED}</script>"))
    site.wait_for("replaced")
    assert [event.action for event in sent_to(site)] == ["wrong option", "replaced"]
    assert page_errors == []


def test_a_refused_category_keeps_what_segment_calls_its_actions(
    page: Page, make_site: MakeSite, sent: Sent
) -> None:
    shop = Category(name="shop", actions=("product.*",))
    site = make_site(policy=Policy(categories=(shop,)))
    page.goto(segment_page(site))
    page.wait_for_function("analytics.initialized")
    page.evaluate("""
      tagwell.consent('granted', {categories: {shop: false}})
      analytics.track('Product Added', {product_id: '2'}); analytics.track('end')
    """)
    site.wait_for("end")
    assert "Product" not in sent.text()


ASKED = "?ajs_aid=link.9&ajs_uid=ada&ajs_trait_plan=pro&ajs_event=Came&ajs_prop_from=mail%20x"


def test_the_address_may_ask_for_calls(page: Page, site: Site) -> None:
    options = "{useQueryString: {aid: /^link/}}"
    url = segment_page(site, "analytics.track('queued')", options=options)
    page.goto(url + ASKED)
    site.wait_for("queued")
    who, came, queued = sent_to(site)
    assert (who.action, who.params) == ("client.createOrUpdate", {"plan": "pro"})
    assert (came.action, came.params) == ("Came", {"from": "mail x"})
    assert {event.uuid for event in (who, came, queued)} == {"link.9"}
    assert original(queued)["userId"] == "ada"


@pytest.mark.parametrize(
    ("options", "stored"),
    [
        pytest.param("{useQueryString: false, initialPageview: true}", ["page.visit", "queued"], id="never"),
        pytest.param("{useQueryString: {uid: /^u/, aid: /^a/}}", ["Came", "queued"], id="only such ids"),
        pytest.param("{}", ["client.createOrUpdate", "Came", "queued"], id="no anonymous id unasked"),
        pytest.param("{disable: () => true}", [], id="nothing at all"),
        pytest.param("{integrations: {'Customer.io Data Pipelines': false}}", [], id="not to us"),
    ],
)
def test_the_options_of_load_hold(page: Page, site: Site, options: str, stored: list[str]) -> None:
    page.goto(segment_page(site, "analytics.track('queued')", options=options) + ASKED)
    page.wait_for_function("analytics.initialized")
    page.evaluate("tagwell.track('end')")
    end = site.wait_for("end")
    assert [event.action for event in sent_to(site)] == [*stored, "end"]
    assert end.uuid != "link.9"


HOSTILE = """async () => {
  const cycle = {}; cycle.a = cycle
  const trap = {get id() { throw 1 }, get context() { throw 1 }, get __t() { throw 1 }}
  const values = [undefined, null, 0, '', NaN, 7n, Symbol('s'), cycle, trap, [], [[]], () => { throw 1 },
    document.body, window, new Proxy({}, {get() { throw 1 }, ownKeys() { throw 1 }}), Object.create(null),
    'x'.repeat(40000)]
  let calls = 0
  for (const name of Object.keys(analytics)) {
    if (typeof analytics[name] !== 'function' || name === 'push') continue
    const all = [[], ...values.map((value) => [value]), ...values.map((value) => ['a', value, value, value])]
    for (const args of all) {
      const result = analytics[name](...args)
      if (result !== analytics && typeof result.then !== 'function') throw name
      const told = await result
      calls++
    }
  }
  analytics.push(null); analytics.push(['never']); analytics.push(['track', 'pushed'])
  analytics.track('good', {n: 1})
  return calls
}"""


def test_nothing_that_a_page_says_throws_or_harms_the_next_call(
    page: Page, site: Site, page_errors: list[str]
) -> None:
    broken = "analytics.push(null, 7, [], ['toString'], [{}], ['track'], ['on', 'track', 5])"
    broken += "; analytics.track('queued')"
    page.goto(
        segment_page(site, broken, options="{get x() { return 1 }, integrations: 5, useQueryString: 7}")
    )
    site.wait_for("queued")
    assert page.evaluate(HOSTILE) > 500
    assert site.wait_for("good").params == {"n": 1}
    site.wait_for("pushed")
    assert page_errors == []


def test_without_consent_nothing_is_sent_or_kept(page: Page, make_site: MakeSite, sent: Sent) -> None:
    site = make_site(asking())
    before = "<script>localStorage.ajs_anonymous_id = '\"visitor-7\"'</script>"
    calls = "analytics.alias('ada'); analytics.page(); analytics.identify('ada', {plan: 'pro'})"
    url = segment_page(site, calls + "; analytics.group('acme')", before=before)
    page.goto(url)
    page.wait_for_function("analytics.initialized")
    assert page.evaluate("[analytics.user().id(), analytics.user().anonymousId()]") == ["ada", None]
    assert device(page) == {**NOTHING, "local": ["ajs_anonymous_id"]}
    page.evaluate("tagwell.consent('denied')")
    page.evaluate("analytics.identify('bob'); analytics.setAnonymousId('x'); analytics.track('refused')")
    # What their script left behind goes too.
    assert device(page) == NOTHING
    assert sent.bodies() == []
    page.goto(url)
    page.evaluate("tagwell.consent('granted')")
    group = site.wait_for("client.group")
    assert (group.uuid, original(group)["userId"]) == ("visitor-7", "ada")
    assert original(site.wait_for("client.alias"))["previousId"] == "visitor-7"
    assert [event.action for event in sent_to(site)] == [
        "client.alias",
        "page.visit",
        "client.createOrUpdate",
        "client.group",
    ]
    assert page.evaluate("JSON.parse(localStorage.tagwell_segment)") == {
        "id": "ada",
        "traits": {"plan": "pro"},
        "group": "acme",
        "groupTraits": {},
    }


@pytest.mark.parametrize("why", ["a cookieless source", "Global Privacy Control"])
def test_where_nothing_may_be_kept_the_api_works_for_this_page(
    page: Page, make_site: MakeSite, page_errors: list[str], why: str
) -> None:
    cookieless = why == "a cookieless source"
    site = make_site(Settings(tag=TagSettings(device_storage=not cookieless)))
    wish = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    before = "" if cookieless else f"<script>{wish}</script>"
    calls = "analytics.identify('ada', {plan: 'pro'}); analytics.setAnonymousId('a'); analytics.track('said')"
    page.goto(segment_page(site, calls, before=before))
    page.wait_for_function("analytics.initialized")
    assert page.evaluate("[analytics.user().id(), analytics.user().anonymousId()]") == ["ada", None]
    assert page.evaluate("analytics.reset().then(() => analytics.user().id())") is None
    assert device(page) == NOTHING
    if cookieless:
        assert original(site.wait_for("said"))["userId"] == "ada"
    assert page_errors == []


def test_both_vendors_snippets_in_one_page_count_every_call_once(page: Page, site: Site) -> None:
    other = snippet(site, "cioanalytics.track('theirs')", vendor="customerio", name="cioanalytics")
    page.goto(segment_page(site, "analytics.track('ours')", before=other))
    site.wait_for("ours")
    site.wait_for("theirs")
    page.evaluate("analytics.track('end')")
    site.wait_for("end")
    assert sorted(event.action for event in sent_to(site)) == ["end", "ours", "theirs"]


def test_the_debug_script_comes_from_beside_the_vendors_path(page: Page, site: Site) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(segment_page(site))
    page.wait_for_function("analytics.initialized")
    with page.expect_console_message(lambda message: "segment_messages" in message.text):
        page.evaluate("tagwell.debug()")


def test_no_odd_value_loses_its_call(page: Page, site: Site, page_errors: list[str]) -> None:
    polluted = "<script>Object.prototype.userId = 'polluted'; Object.prototype.anonymousId = 'them'</script>"
    calls = """
      analytics.track('symbol', {s: Symbol('x'), f() {}, big: 7n, n: 1})
      analytics.track('surrogate', {}, {messageId: 'a\\ud800'})
      const link = document.createElement('a')
      document.head.append(link)
      analytics.trackLink({length: 1, 0: link, toArray() { return [link] }}, 'of a collection')
    """
    page.goto(segment_page(site, calls, before=polluted))
    page.wait_for_function("analytics.initialized")
    page.evaluate("document.querySelector('a').click()")
    collected = site.wait_for("of a collection")
    assert site.wait_for("symbol").params["n"] == 1
    assert site.wait_for("surrogate").uuid == collected.uuid != "them"
    assert "polluted" not in str([event.context for event in sent_to(site)])
    assert page_errors == []
