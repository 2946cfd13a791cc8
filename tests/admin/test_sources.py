"""The list of sources, a new one, how to install it, and what was rejected."""

from collections.abc import Callable

import pytest
from markupsafe import escape

from collector.model.outcome import Reason, Rejection
from collector.model.source import Settings, Source, TagSettings
from collector.store import Store
from snippet.install import frozen_line, stub_line
from snippet.moving import moves
from tests.admin.browser import HOST, Browser, text_of
from tests.admin.conftest import NOON, PutEvent

Reject = Callable[[Rejection], None]
DAY_MS = 24 * 60 * 60 * 1000


def rejection(source: Source, reason: Reason, detail: str = "", ms: int = NOON - 1_000) -> Rejection:
    return Rejection(source=source.number, received_ms=ms, reason=reason, detail=detail)


def test_an_empty_list_says_what_to_do_next(admin: Browser) -> None:
    page = admin.get("/")
    assert "Nothing is measured yet" in text_of(page)
    assert 'href="/admin/sources/new"' in page.text


def test_the_list_counts_the_last_24_hours(
    admin: Browser, source: Source, put: PutEvent, reject: Reject
) -> None:
    put(id="same")
    put(id="same")
    put()
    reject(rejection(source, Reason.INVALID_ACTION))
    reject(rejection(source, Reason.INVALID_ACTION, ms=NOON - DAY_MS - 120_000))
    row = text_of(admin.get("/")).partition("Low Tide Pottery")[2]
    assert row.split()[:5] == ["11:59:00", "4", "2", "1", "1"]


def test_a_source_without_events_leads_to_its_install_page(
    admin: Browser, source: Source, put: PutEvent
) -> None:
    path = f"/sources/{source.source_id}"
    assert f'href="/admin{path}/install"' in admin.get("/").text
    assert admin.get(path).headers["location"].endswith("/install")
    put()
    assert admin.get(path).headers["location"].endswith("/live")


class TestNewSource:
    """A name is enough; origins are checked."""

    def test_it_is_made_and_its_install_page_shown(self, admin: Browser, store: Store) -> None:
        response = admin.send_form(
            "/sources/new",
            {"name": " Shop ", "origins": "https://Shop.example/\r\n\r\nhttp://localhost:8080"},
        )
        (source,) = store.sources()
        assert response.headers["location"] == f"/admin/sources/{source.source_id}/install"
        assert source.name == "Shop"
        assert source.settings.origins == ("https://shop.example", "http://localhost:8080")

    def test_a_mistake_keeps_what_was_typed(self, admin: Browser, store: Store) -> None:
        response = admin.send_form(
            "/sources/new", {"name": " ", "origins": "https://a.example\nshop.example"}
        )
        assert response.status_code == 422
        assert "“shop.example” is not an origin." in text_of(response)
        assert "Give the source a name." in text_of(response)
        assert "https://a.example\nshop.example</textarea>" in response.text
        assert 'aria-invalid="true" aria-describedby="origins-error origins-hint"' in response.text
        assert store.sources() == []


class TestInstall:
    """The line to paste, and the state of its success."""

    def test_the_line_is_there_to_copy(self, admin: Browser, source: Source) -> None:
        page = admin.get(f"/sources/{source.source_id}/install")
        line = f"&lt;script async src=&#34;{HOST}/t/{source.source_id}.js&#34;&gt;&lt;/script&gt;"
        assert line in page.text
        assert escape(stub_line()) in page.text
        assert f'readonly value="{HOST}/b/{source.source_id}"' in page.text

    def test_the_other_ways_say_the_source_s_own_names(
        self, admin: Browser, store: Store, source: Source
    ) -> None:
        settings = Settings(tag=TagSettings(name="acme", path="here/to"))
        store.save_source(source.source_id, settings=settings)
        page = admin.get(f"/sources/{source.source_id}/install")
        assert "acme.debug()" in page.text
        assert escape(stub_line("acme")) in page.text
        assert "location = /shop/here/to {" in page.text
        assert f"proxy_pass {HOST}/b/{source.source_id};" in page.text
        assert f'href="{HOST}/t/{source.source_id}.mjs" download="acme.mjs"' in page.text

    def test_what_changes_for_each_vendor_has_this_source_s_id(self, admin: Browser, source: Source) -> None:
        page = admin.get(f"/sources/{source.source_id}/install").text
        moving = page.partition('<section id="moving"')[2].partition("</section>")[0]
        for move in moves(HOST, source.source_id):
            assert f'href="{HOST}/docs/migrate#{move.id}"' in moving
            for change in move.changes:
                assert str(escape(change.before)) in moving
                assert f">{escape(change.after)}</textarea>" in moving

    def test_freezing_keeps_the_tag_once_and_shows_its_line(
        self, admin: Browser, store: Store, source: Source
    ) -> None:
        path = f"/sources/{source.source_id}/install"
        assert store.frozen_tags(source.source_id) == []
        assert admin.get(f"{path}/freeze").status_code == 405
        for _ in range(2):
            sent_on = admin.send_form(f"{path}/freeze", {}).headers["location"]
            assert sent_on.endswith("/install?frozen=yes#frozen")
        (tag,) = store.frozen_tags(source.source_id)
        assert (tag.author, tag.created_ms) == ("ada", NOON)
        page = admin.get(path)
        assert escape(frozen_line(HOST, source.source_id, tag)) in page.text
        assert "Still the same as the tag of today" in text_of(page)

    def test_it_waits_then_tells_of_the_first_event(
        self, admin: Browser, source: Source, put: PutEvent
    ) -> None:
        path = f"/sources/{source.source_id}/install/status"
        assert "Waiting for the first event" in text_of(admin.get(path))
        put(
            "page.visit",
            "Visited page <b>Home</b>",
            context={
                "browser": {"name": "Chrome"},
                "os": {"name": "Linux"},
                "geo": {"country": "Poland", "city": "Kraków"},
            },
        )
        put("second.event", "second")
        page = admin.get(path)
        assert text_of(page).startswith(
            "First event arrived page.visit 11:59:00 Visited page <b>Home</b> Chrome on Linux, Kraków, Poland"
        )
        assert "<b>Home" not in page.text
        assert "second" not in page.text

    def test_it_tells_when_all_that_came_was_rejected(
        self, admin: Browser, source: Source, reject: Reject
    ) -> None:
        reject(rejection(source, Reason.ORIGIN_NOT_ALLOWED, "from <https://other.example>"))
        text = text_of(admin.get(f"/sources/{source.source_id}/install/status"))
        assert "Sent from a site that is not among the origins" in text
        assert "from <https://other.example>" in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"]
)
def test_a_hostile_name_is_text_on_every_page(admin: Browser, store: Store, name: str) -> None:
    source = store.add_source(name)
    base = f"/sources/{source.source_id}"
    for path in (
        "/",
        "/keys",
        *(
            f"{base}/{tab}"
            for tab in ("live", "install", "settings", "privacy", "outcomes", "rejected", "quarantine")
        ),
    ):
        page = admin.get(path)
        assert page.status_code == 200
        assert name in text_of(page), path
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
