"""The page of mails: what waits, what was sent, what was given up and why, and trying again."""

import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from collector.admin import AdminContext, admin_routes
from collector.enrich import Enricher, Geo
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import Clock

HOSTILE = "ann+<b>\"'@shop.example"


@pytest.fixture(autouse=True)
def now(clock: Clock) -> None:
    """The clock of the outbox is the store's own."""
    clock.ms = time.time_ns() // 1_000_000


@pytest.fixture
def mails(store: Store, source: Source, clock: Clock) -> list[int]:
    """One mail of each state, by number: given up, sent, waiting."""
    for recipient in ("gone@shop.example", "bob@shop.example", HOSTILE):
        store.add_mail("newsletter.confirm", recipient, {}, source=source.number, profile_id=None)
    waiting, sent, given_up = [mail.number for mail in store.mails()]
    clock.ms = store.mails()[0].created_ms + 60_000
    store.mail_done(given_up, sent_ms=None, next_try_ms=None, problem="The server says: 550 <i>no</i>")
    store.mail_done(sent, sent_ms=clock.ms, next_try_ms=None, problem="")
    store.mail_done(waiting, sent_ms=None, next_try_ms=clock.ms + 60_000, problem="cannot be reached")
    return [given_up, sent, waiting]


@pytest.fixture
def with_server(store: Store, clock: Clock, tmp_path: Path) -> Browser:
    """A browser in which ada is signed in, at a collector with a mail server."""
    context = AdminContext(
        store=store,
        enricher=Enricher(Geo(None, tmp_path / "geo")),
        secret_key=b"of the tests",
        secure_cookies=True,
        now_ms=clock,
        link_url="http://127.0.0.1:8000",
        mail_server="mail.shop.example:587",
    )
    browser = Browser(Starlette(routes=[Mount("/admin", routes=admin_routes(context))]))
    assert browser.sign_in().status_code == 303
    return browser


def test_every_state_is_told_with_its_reason(with_server: Browser, mails: list[int]) -> None:
    page = with_server.get("/mails")
    text = text_of(page)
    for part in (HOSTILE, "waiting", "given up", "Sent", "550 <i>no</i>", "cannot be reached"):
        assert part in text
    assert "<i>no</i>" not in page.text
    assert "+<b>" not in page.text
    assert "Low Tide Pottery" in text
    assert "Links in mails begin with http://127.0.0.1:8000" in text
    assert page.text.count('action="/admin/mails/') == 2, "a mail that was sent is not sent again"


def test_a_mail_that_was_given_up_is_tried_again(
    with_server: Browser, store: Store, clock: Clock, mails: list[int]
) -> None:
    given_up, sent, _ = mails
    token = {"csrf": with_server.token("/mails")}
    assert with_server.post(f"/mails/{given_up}/try", token).status_code == 303
    assert [mail.number for mail in store.due_mails(clock.ms)] == [given_up]
    for number in (sent, 999, "x", "9" * 30):
        assert with_server.post(f"/mails/{number}/try", token).status_code == 404
    assert with_server.post(f"/mails/{given_up}/try", {"csrf": "x"}).status_code == 403
    assert len(store.due_mails(clock.ms)) == 1


def test_without_a_server_it_says_what_to_set(admin: Browser, mails: list[int]) -> None:
    page = admin.get("/mails")
    assert "TAGWELL_SMTP_URL" in page.text
    assert 'action="/admin/mails/' not in page.text


def test_older_mails_are_a_page_away(admin: Browser, store: Store, source: Source) -> None:
    assert "No mail yet" in text_of(admin.get("/mails"))
    for number in range(101):
        store.add_mail("account.exists", f"a{number}@x.example", {}, source=source.number, profile_id=None)
    oldest = store.mails(limit=101)[-1]
    newest = admin.get("/mails").text
    assert "a0@x.example" not in newest
    assert f"/mails?before={oldest.number + 1}" in newest
    assert "a0@x.example" in admin.get(f"/mails?before={oldest.number + 1}").text
    assert admin.get("/mails?before=x").status_code == 200


def test_strangers_see_no_addresses(stranger: Browser, mails: list[int]) -> None:
    answer = stranger.get("/mails")
    assert answer.status_code == 303
    assert "shop.example" not in answer.text
