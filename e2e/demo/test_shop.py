"""The demo shop, walked as a visitor walks it: what each step sends, and what it does not."""

import re
from collections import Counter

import pytest
from playwright.sync_api import BrowserContext, Page

from collector.demo import SOURCE_ID
from collector.model.event import EventRecord
from e2e.harness import Collector


class Visitor:
    """One browser in the shop, and what the collector has of it."""

    def __init__(self, collector: Collector, page: Page) -> None:
        self.collector = collector
        self.page = page

    @property
    def uuid(self) -> str:
        """The id that the tag gave this browser."""
        cookies = {c["name"]: c["value"] for c in self.page.context.cookies()}
        return cookies["tagwell_uuid"].split(".")[0]

    def open(self, path: str) -> None:
        """Open a page of the shop and wait until its visit is stored."""
        before = self.count("page.visit")
        self.page.goto(f"{self.collector.url}/demo/{path}")
        self.wait_for("page.visit", before + 1)

    def events(self, action: str | None = None) -> list[EventRecord]:
        """What is stored of this browser, in commit order."""
        return [e for e in self.collector.events(SOURCE_ID, action) if e.uuid == self.uuid]

    def count(self, action: str) -> int:
        """How many events of an action are stored of this browser; 0 before it has an id."""
        if not any(c["name"] == "tagwell_uuid" for c in self.page.context.cookies()):
            return 0
        return len(self.events(action))

    def wait_for(self, action: str, count: int = 1) -> EventRecord:
        """The last of so many events of an action, once they are stored."""
        total = len(self.collector.events(SOURCE_ID, action))
        while self.count(action) < count:
            total += 1
            self.collector.wait_for(SOURCE_ID, action, total)
        return self.events(action)[count - 1]

    def open_elsewhere(self) -> None:
        """Send one event more, so that all that came before it has arrived or never will."""
        self.open("contact.html")


@pytest.fixture
def visitor(demo_collector: Collector, page: Page, page_errors: list[str]) -> Visitor:
    """A new visitor."""
    return Visitor(demo_collector, page)


@pytest.fixture(autouse=True)
def _without_errors(page_errors: list[str]) -> object:
    yield
    assert page_errors == []


def test_a_visit_is_stored_with_browser_system_device_and_place(visitor: Visitor) -> None:
    visitor.open("")
    visit = visitor.wait_for("page.visit")
    title = visitor.page.title()
    assert visit.label == f"Visited page {title}"
    assert visit.params["title"] == title
    assert visit.params["url"] == visitor.page.url
    assert visit.params["referrer"] == ""
    assert visit.context["browser"]["name"] == "Chrome"
    assert visit.context["os"]["name"] == "Linux"
    assert visit.context["device"]["kind"] == "desktop"
    assert visit.context["bot"] is False
    assert visit.context["geo"]["country"] == "Netherlands"
    assert visit.context["geo"]["assumed"] is True
    assert visit.context["address"] == "127.0.0.0"
    assert visitor.wait_for("shop.open").params["shop"] == "demo"


def test_a_second_page_is_of_the_same_session(visitor: Visitor) -> None:
    visitor.open("")
    visitor.open("newsletter.html")
    first, second = visitor.events("page.visit")
    assert first.session_id == second.session_id
    assert len(visitor.events("session.start")) == 1
    assert first.profile_id == second.profile_id


def test_a_products_page_tells_its_metas(visitor: Visitor) -> None:
    visitor.open("")
    visitor.page.locator('[data-tracardi-tag="product"] a, a[data-tracardi-tag="product"]').first.click()
    visit = visitor.wait_for("page.visit", 2)
    assert visit.params["og:type"] == "product"
    assert visit.params["og:title"]
    assert len(visit.params["product:category"]) == 2
    assert visit.params["product:price:amount"]
    assert visit.params["referrer"] == f"{visitor.collector.url}/demo/"


def test_a_product_is_seen_once_it_is_in_view_and_clicked_before_the_page_goes(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 1280, "height": 500})
    visitor.open("")
    cards = visitor.page.locator('[data-tracardi-tag="product"]')
    last = cards.nth(cards.count() - 1)
    sku = last.get_attribute("data-tracardi-sku")
    assert sku not in {e.params.get("sku") for e in visitor.events("product.seen")}, "below the fold"
    last.scroll_into_view_if_needed()
    seen_of_all = cards.count()
    visitor.wait_for("product.seen")
    link = last.locator("a").first
    (link if link.count() else last).click()
    clicked = visitor.wait_for("product.click")
    assert clicked.params["sku"] == sku
    visitor.open_elsewhere()
    seen = Counter(e.params["sku"] for e in visitor.events("product.seen") if e.time_ms <= clicked.time_ms)
    assert sku in seen
    assert set(seen.values()) == {1}
    assert len(seen) <= seen_of_all


def test_the_banner_is_pointed_at_and_the_storys_text_selected(visitor: Visitor) -> None:
    visitor.open("")
    visitor.page.locator('[data-tracardi-tag="banner"]').hover()
    visitor.wait_for("banner.hover")
    visitor.page.locator('[data-tracardi-tag="story"]').click(click_count=3)
    selected = visitor.wait_for("text.select")
    story = re.sub(r"\s+", " ", visitor.page.locator('[data-tracardi-tag="story"]').inner_text())
    assert selected.params["text"].strip() in story


def fill(page: Page, form: str, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#{form} [name={name}]", value)


def submit(page: Page, form: str) -> None:
    page.locator(f"#{form} [type=submit]").click()


def test_the_contact_form_arrives_although_the_page_goes_at_once(visitor: Visitor) -> None:
    visitor.open("contact.html")
    fill(visitor.page, "contact-form", email="ann@contact.example", name="Ann", surname="Nowak")
    visitor.page.fill("#contact-form textarea", "the secret of the message")
    submit(visitor.page, "contact-form")
    visitor.page.wait_for_url("**/thanks.html")
    sent = visitor.wait_for("form.submit")
    assert sent.label == "Form submitted"
    assert sent.params["formType"] == "contact,demo"
    assert sent.params["formData"]["email"] == "ann@contact.example"
    assert sent.params["mapping"]["lastname"] == "surname"
    assert "secret" not in str(sent.params)
    update = visitor.wait_for("client.createOrUpdate")
    assert update.params["lastname"] == "Nowak"
    assert update.params["tags"] == ["contact", "demo"]
    known = visitor.collector.store.find_profile("email", "ann@contact.example")
    assert known is not None
    assert (known.fields["firstName"], known.fields["lastName"]) == ("Ann", "Nowak")
    assert known.tags == ["contact", "demo"]
    assert known.uuids == [visitor.uuid]
    visitor.wait_for("page.visit", 2)
    first_visit = visitor.events("page.visit")[0]
    assert first_visit.profile_id == known.client_id, "the anonymous visit is part of the history"


@pytest.mark.parametrize("ticked", [True, False])
def test_the_newsletter_box_counts_only_when_it_is_ticked(visitor: Visitor, ticked: bool) -> None:
    visitor.collector.store.save_workspace(newsletter_mode="single")
    email = f"box-{ticked}@shop.example".lower()
    visitor.open("sign-up.html")
    fill(visitor.page, "signup-form", email=email)
    password = visitor.page.locator("#signup-form [type=password]")
    password.fill("correct horse battery")
    visitor.page.locator("#signup-form [data-synerise=newsletterAgreement]").set_checked(ticked)
    submit(visitor.page, "signup-form")
    sent = visitor.wait_for("form.submit")
    visitor.wait_for("client.createOrUpdate")
    visitor.wait_for("page.visit", 2)
    assert "correct horse" not in str([e.params for e in visitor.events()])
    assert "password" not in sent.params["formData"]
    person = visitor.collector.store.find_profile("email", email)
    assert person is not None
    turned = visitor.events("marketingAgreement.turnOn")
    if ticked:
        assert "enabled" in sent.params["formData"].values()
        assert person.agreements == {"email": True}
        assert len(turned) == 1
    else:
        assert "enabled" not in sent.params["formData"].values()
        assert person.agreements == {}
        assert turned == []


def test_a_newsletter_form_adds_the_address_and_no_agreement(visitor: Visitor) -> None:
    visitor.collector.store.save_workspace(newsletter_mode="single")
    visitor.open("newsletter.html")
    fill(visitor.page, "newsletter-form", email="reader@shop.example")
    submit(visitor.page, "newsletter-form")
    assert visitor.wait_for("form.submit").params["formType"] == "newsletter"
    visitor.wait_for("page.visit", 2)
    reader = visitor.collector.store.find_profile("email", "reader@shop.example")
    assert reader is not None
    assert reader.agreements == {}


def test_the_form_that_appears_late_is_caught(visitor: Visitor) -> None:
    visitor.open("")
    visitor.page.locator('[data-tracardi-tag="product"] a, a[data-tracardi-tag="product"]').first.click()
    visitor.page.locator("#ask").click()
    fill(visitor.page, "question-form", email="late@shop.example")
    submit(visitor.page, "question-form")
    sent = visitor.wait_for("form.submit")
    assert sent.params["formType"] == "question"
    assert sent.params["formData"]["email"] == "late@shop.example"


def test_an_address_that_the_browser_refuses_sends_nothing(visitor: Visitor) -> None:
    visitor.open("newsletter.html")
    fill(visitor.page, "newsletter-form", email="not an address")
    submit(visitor.page, "newsletter-form")
    visitor.open_elsewhere()
    assert visitor.events("form.submit") == []


def test_a_blocklisted_action_leaves_neither_the_browser_nor_a_trace(
    visitor: Visitor, context: BrowserContext
) -> None:
    bodies: list[str] = []
    context.on("request", lambda request: bodies.append(request.post_data or ""))
    visitor.open("")
    visitor.page.locator('[data-tracardi-tag="staff"]').first.click()
    visitor.open_elsewhere()
    assert visitor.collector.events(SOURCE_ID, "debug.staff") == []
    assert not any("debug.staff" in body for body in bodies)
    assert any("page.visit" in body for body in bodies)
