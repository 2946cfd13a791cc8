"""Platforms that ask for consent: Google's consent mode and IAB TCF v2.2, each told as its documents say."""

import pytest
from playwright.sync_api import Page

from collector.model.policy import Policy
from collector.model.source import Consent, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Site
from e2e.tag.consent import asking


def state(page: Page, site: Site) -> str:
    """What becomes of an event now. Ends with a grant, which tells what waited from what was dropped."""
    probe, after = (f"{word}.{len(site.events())}" for word in ("probe", "after"))
    # A visitor's id is made with the first event that may go.
    if "tagwell_uuid" in page.evaluate(f"tagwell.track('{probe}'), document.cookie"):
        site.wait_for(probe)
        found = "granted"
    else:
        page.evaluate(f"tagwell.consent('granted'), tagwell.track('{after}')")
        site.wait_for(after)
        found = "waiting" if site.events(probe) else "denied"
    page.evaluate("tagwell.consent('denied')")
    return found


GTAG = "dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }; "
DENY = (
    "gtag('consent', 'default', {ad_storage: 'denied', analytics_storage: 'denied', wait_for_update: 500});"
)
REGION = "gtag('consent', 'default', {analytics_storage: 'denied', region: ['ES']});"
ALLOW = "gtag('consent', 'default', {analytics_storage: 'granted'});"
YES = "gtag('consent', 'update', {analytics_storage: 'granted', ad_storage: 'denied'});"
NO = "gtag('consent', 'update', {analytics_storage: 'denied', ad_storage: 'granted'});"
OTHER = "gtag('consent', 'update', {ad_storage: 'granted'}); gtag('js', 1); dataLayer.push(null, {event: 1});"
# As the tag manager does when it loads late.
WRAP = "{const push = dataLayer.push; dataLayer.push = (...all) => push.apply(dataLayer, all)};"


GOOGLE = {
    "no dataLayer": ("", "", "waiting"),
    "a dataLayer that comes late": ("", GTAG + DENY + YES, "granted"),
    "denied by default": (GTAG + DENY, "", "waiting"),
    "a word about something else": (GTAG + DENY + OTHER, OTHER, "waiting"),
    "granted by default": (GTAG + ALLOW, "", "granted"),
    "granted by default in a region": (GTAG + REGION.replace("denied", "granted"), "", "waiting"),
    "denied by default in a region": (GTAG + REGION + ALLOW, "", "waiting"),
    "granted before the tag came": (GTAG + DENY + YES, "", "granted"),
    "granted after": (GTAG + DENY, YES, "granted"),
    "granted through a tag manager": (GTAG + DENY, WRAP + YES, "granted"),
    "denied before the tag came": (GTAG + DENY + NO, "", "denied"),
    "withdrawn": (GTAG + DENY + YES, NO, "denied"),
    "granted after a denial": (GTAG + DENY + NO, YES, "granted"),
}
"""What the page says before the tag comes, what it says then, and where that leads."""


def test_google_s_consent_mode(page: Page, make_site: MakeSite, page_errors: list[str]) -> None:
    site = make_site(asking(google=True))
    found = {}
    for name, (head, then, _) in GOOGLE.items():
        page.goto(site.page(head=f"<script>{head}</script>"))
        length = page.evaluate(f"() => {{ {then or '0'}; return dataLayer.length }}")
        # The page's own layer gets all that is pushed.
        assert length == sum((head + then).count(call) for call in ("gtag('", "null, ", "{event")), name
        found[name] = state(page, site)
    assert found == {name: expected for name, (_, _, expected) in GOOGLE.items()}
    assert page_errors == []


CMP = """
const listeners = []
let told
window.platform = () => {
  window.__tcfapi = (command, version, callback) => {
    if (command !== 'addEventListener' || version !== 2) throw new Error('not of TCF v2.2')
    listeners.push(callback)
    if (told) callback(told, true)
  }
}
window.tell = (eventStatus, consents, gdprApplies = true) => {
  told = {eventStatus, gdprApplies, listenerId: 1, tcfPolicyVersion: 4, purpose: {consents}}
  for (const callback of listeners) callback(told, true)
}
"""
LOADED = "platform(); tell('tcloaded', {1: true, 8: true});"


TCF = {
    "no platform": ("", "", "waiting"),
    "a platform that has not said anything": ("platform()", "", "waiting"),
    "agreed on an earlier page": (LOADED, "", "granted"),
    "one purpose is missing": ("platform(); tell('tcloaded', {1: true})", "", "denied"),
    "no storage": ("platform(); tell('tcloaded', {1: false, 8: true})", "", "denied"),
    "GDPR does not apply": ("platform(); tell('tcloaded', {}, false)", "", "granted"),
    "being asked": ("platform()", "tell('cmpuishown', {1: true, 8: true})", "waiting"),
    "agreed": (
        "platform(); tell('cmpuishown', {})",
        "tell('useractioncomplete', {1: true, 8: true})",
        "granted",
    ),
    "refused": ("platform(); tell('cmpuishown', {})", "tell('useractioncomplete', {})", "denied"),
    "withdrawn": (LOADED, "tell('useractioncomplete', {1: true, 8: false})", "denied"),
    "asked again, not yet answered": (LOADED, "tell('cmpuishown', {})", "granted"),
}
"""As of GOOGLE."""


def test_a_tcf_platform(page: Page, make_site: MakeSite, page_errors: list[str]) -> None:
    site = make_site(asking(tcf=True))
    found = {}
    for name, (head, then, _) in TCF.items():
        page.goto(site.page(head=f"<script>{CMP}{head}</script>"))
        page.evaluate(f"() => {{ {then} }}")
        found[name] = state(page, site)
    assert found == {name: expected for name, (_, _, expected) in TCF.items()}
    assert page_errors == []


def test_a_tcf_platform_that_loads_after_the_tag(page: Page, make_site: MakeSite) -> None:
    site = make_site(asking(tcf=True, evidence=True, purposes=(1, 7, 8)))
    page.goto(site.page(head=f"<script>{CMP}</script>"))
    page.wait_for_load_state("load")
    page.evaluate("platform(), tell('useractioncomplete', {1: true, 7: true, 8: true})")
    site.wait_for("page.visit")
    assert site.wait_for("consent.granted").params == {"by": "tcf"}


def test_what_a_tcf_platform_remembers_is_no_new_decision(page: Page, make_site: MakeSite) -> None:
    site = make_site(asking(tcf=True, evidence=True))
    for consents in ("{}", "{1: true, 8: true}"):
        page.goto(site.page(head=f"<script>{CMP}platform(); tell('tcloaded', {consents})</script>"))
    site.wait_for("page.visit")
    page.evaluate("tell('useractioncomplete', {})")
    site.wait_for("consent.denied")
    page.evaluate("tell('useractioncomplete', {1: true, 8: true})")
    site.wait_for("consent.granted")
    told = [event.action for event in site.events() if event.action.startswith("consent")]
    assert told == ["consent.denied", "consent.granted"]


def test_a_source_carries_only_the_platforms_it_follows(page: Page, make_site: MakeSite) -> None:
    site = make_site(asking())
    page.goto(site.page(head=f"<script>{CMP}{LOADED}</script>"))
    assert page.evaluate("window.dataLayer") is None
    page.evaluate("tagwell.consent('granted')")
    site.wait_for("page.visit")


@pytest.mark.parametrize(
    ("consent", "script"),
    [
        pytest.param(Consent(google=True), GTAG + ALLOW, id="Google, granted by default"),
        pytest.param(Consent(google=True), GTAG + DENY + YES, id="Google, granted"),
        pytest.param(Consent(tcf=True), CMP + "platform(); tell('tcloaded', {}, false)", id="no GDPR"),
        pytest.param(Consent(tcf=True), CMP + LOADED, id="TCF, agreed on an earlier page"),
    ],
)
def test_what_a_platform_lets_go_is_stored_where_the_policy_asks_for_a_yes(
    page: Page, make_site: MakeSite, consent: Consent, script: str
) -> None:
    """The tag's word is the platform's, and the collector believes it."""
    site = make_site(Settings(tag=TagSettings(consent=consent)), Policy(consent="opt-in"))
    page.goto(site.page(head=f"<script>{script}</script>"))
    assert site.wait_for("page.visit").context["consent"] == {"granted": True}
