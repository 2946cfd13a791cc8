"""The page for those who move here: every row of the mapping, as the readers have it; nothing foreign."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from collector.api import migration_tables as tables
from collector.wire.segment.actions import KINDS, OF_EVENT, OF_KIND
from snippet.moving import moves
from tests.api.test_openapi import Page
from tests.receive.running import Running

SHOP = "https://tags.shop.example"
MODULES = Path(__file__).parents[2] / "snippet/modules"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector with a public address."""
    running = Running(tmp_path_factory.mktemp("store"), public_url=SHOP)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def html(collector: Running) -> str:
    """The page."""
    response = collector.request("GET", "/docs/migrate")
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    return response.text


def test_it_needs_nothing_of_another_server(collector: Running, html: str) -> None:
    page = Page(html)
    assert "script" not in page.tags
    assert page.loads
    for address in page.loads:
        assert address.startswith("/static/")
        assert collector.request("GET", address).status_code == 200


def test_every_link_leads_somewhere(collector: Running, html: str) -> None:
    page = Page(html)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.anchors
        else:
            assert collector.request("GET", link).status_code in (200, 302, 303, 307), link


def test_every_vendor_s_lines_are_there_with_this_collector_s_address(html: str) -> None:
    text = unescape(re.sub(r"<[^>]*>", "", html))
    for move in moves(SHOP, "SOURCE_ID"):
        assert f'id="{move.id}"' in html
        for change in move.changes:
            assert change.before in text
            assert change.after in text


def test_the_addresses_in_those_lines_answer(collector: Running) -> None:
    source_id = collector.store.add_source("Moving").source_id
    after = {move.id: "\n".join(change.after for change in move.changes) for move in moves(SHOP, source_id)}
    scripts = [
        *re.findall(f'"{SHOP}(.*?)" \\+ key', after["segment"] + after["customerio"]),
        *re.findall(f"script: '{SHOP}(.*?)'", after["tracardi"]),
        *re.findall(r'"//tags\.shop\.example(/.*?)"', after["synerise"]),
    ]
    ends = [f"{source_id}/analytics.min.js"] * 2 + ["/liliput.min.js", ""]
    asked = [script + end for script, end in zip(scripts, ends, strict=True)]
    # What AnalyticsBrowser and RudderStack's script ask at cdnURL and configUrl.
    asked += [f"/v1/projects/{source_id}/settings", f"/sourceConfig/?writeKey={source_id}"]
    asked += [f"/collect/signed-up/{source_id}"]
    assert [path for path in asked if collector.request("GET", path).status_code != 200] == []
    assert [event.action for event in collector.events(source_id)] == ["signed-up"]


def test_every_row_is_there(html: str) -> None:
    rows = [
        *tables.segment_actions(),
        *tables.segment_fields(),
        *tables.segment_traits(),
        *tables.order_fields(),
        *tables.tracardi_fields(),
    ]
    shown = {
        (unescape(theirs), tuple(unescape(name) for name in re.findall("<code>([^<]*)</code>", ours)))
        for theirs, ours in re.findall(r'<th scope="row"><code>(.*?)</code></th><td>(.*?)</td>', html)
    }
    assert {(row.theirs, row.ours) for row in rows} <= shown
    assert all(row.ours for row in rows)


def test_the_tables_say_what_the_readers_do() -> None:
    told = dict(tables.segment_actions())
    assert set(told.values()) == {(action,) for action in (*OF_EVENT.values(), *OF_KIND.values())}
    assert len(told) == len(OF_EVENT) + len(KINDS) - 1
    fields = dict(tables.segment_fields())
    assert fields["anonymousId"] == ("uuid",)
    assert "profile.customId" in fields["userId"]
    assert fields["messageId"] == ("id",)
    assert dict(tables.segment_traits())["birthday"] == ("birthDate",)
    assert dict(tables.order_fields())["products[].price"] == ("products[].finalUnitPrice",)
    assert dict(tables.tracardi_fields())["profile.id"] == ("uuid",)


CALLED = {
    "synerise": r'<th scope="row"><code>(?:SR|SyneriseTC)\.(?:\w+\.)?(\w+)\(\)</code>',
    "tracardi": r"<code>(on\w+|helpers|respectDoNotTrack|trackExternalLinks)</code>",
}


@pytest.mark.parametrize("vendor", CALLED)
def test_a_call_of_a_page_that_is_told_is_one_that_the_tag_answers(html: str, vendor: str) -> None:
    section = html.partition(f'<section id="{vendor}"')[2].partition("</section>")[0]
    source = "".join(path.read_text() for path in MODULES.glob(f"{vendor}*.js"))
    names = set(re.findall(CALLED[vendor], section))
    assert len(names) > 3
    assert [name for name in names if not re.search(rf"\b{name}\b", source)] == []


def test_without_a_public_address_the_lines_name_the_one_that_the_reader_has_used(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.start()
    try:
        shown, odd = (
            running.request("GET", "/docs/migrate", headers={"host": host}).text
            for host in ("tags.shop.example:8443", 'shop.example"><hostile>')
        )
    finally:
        running.stop()
    assert "http://tags.shop.example:8443/analytics.js/v1/" in unescape(shown)
    assert "hostile" not in odd
