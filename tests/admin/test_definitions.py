"""The page of the catalogue: what was sent, as text and never as markup."""

from urllib.parse import quote

import pytest

from collector.store import Store
from collector.store.definitions import is_name
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import PutEvent

HOSTILE = "</code><script>alert(1)</script>\u202e\"'&"


def test_every_action_leads_to_its_params(admin: Browser, put: PutEvent) -> None:
    assert "No event has arrived yet." in text_of(admin.get("/definitions"))
    put("cart.add", params={"sku": "mug", "price": {"amount": 1}})
    put("cart.add", params={"sku": 7})
    put("page.visit")
    page = admin.get("/definitions")
    text = text_of(page)
    assert text.index("cart.add 2") < text.index("page.visit 1")
    assert 'href="/admin/definitions?action=cart.add"' in page.text
    assert 'aria-current="page">Events' in page.text
    detail = text_of(admin.get("/definitions?action=cart.add"))
    assert "2 events, first seen 1 January 2026" in detail
    for row in ("price object 1", "price.amount number 1", "sku number 1 string 1 2"):
        assert row in detail
    assert "Its events had no params" in text_of(admin.get("/definitions?action=page.visit"))


def test_hostile_names_are_text(admin: Browser, put: PutEvent) -> None:
    assert is_name(HOSTILE)
    put(HOSTILE, params={HOSTILE: {HOSTILE: 1}})
    for path in ("/definitions", f"/definitions?action={quote(HOSTILE)}"):
        page = admin.get(path)
        assert page.status_code == 200
        assert "alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "\u202e" not in page.text
        assert "\\u202e" in page.text


def test_what_is_not_listed_is_told(admin: Browser, put: PutEvent) -> None:
    put("a", params={"ann@shop.example": 1, "48600100200": 2})
    put("order.12345678")
    text = text_of(admin.get("/definitions"))
    assert "1 more event had actions that are not listed" in text
    assert "order.12345678" not in text
    detail = text_of(admin.get("/definitions?action=a"))
    assert "2 more values had names that are not listed" in detail
    assert "ann@" not in detail


@pytest.mark.parametrize("action", ["nothing", "%00", "x" * 5_000, "%ff"])
def test_what_there_is_not_is_404(admin: Browser, action: str) -> None:
    assert admin.get(f"/definitions?action={action}").status_code == 404


def test_it_says_where_older_events_still_wait(
    admin: Browser, store: Store, put: PutEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    monkeypatch.setattr(store, "define_all_events", lambda: None)
    assert "Older events are still being counted" in text_of(admin.get("/definitions"))
    store.define_events()
    assert "Older events" not in text_of(admin.get("/definitions"))


def test_a_stranger_sees_nothing(stranger: Browser) -> None:
    assert stranger.get("/definitions").status_code == 303
