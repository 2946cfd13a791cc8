"""The script paths of Segment and Customer.io, which carry the key: that source's tag with their page API."""

import asyncio
import json
import re
from urllib.parse import urljoin

import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from collector.model.source import Source, TagSettings
from snippet.build import build_debug, with_facade
from snippet.sizes import sample_source
from snippet.vendor import vendor_routes

SOURCE = sample_source(TagSettings())
SOURCES = {
    SOURCE.source_id: SOURCE,
    "own-path": replace(sample_source(TagSettings(path="/shop/app")), source_id="own-path"),
    "disabled": replace(SOURCE, source_id="disabled", enabled=False),
    "unreadable": replace(SOURCE, source_id="unreadable", problem="the policy cannot be read"),
}
PATHS = ("/analytics.js/v1/{}/analytics.min.js", "/v1/analytics-js/snippet/{}/analytics.min.js")


async def find_source(source_id: str) -> Source | None:
    return SOURCES.get(source_id)


APP = Starlette(routes=vendor_routes(find_source))


def ask(path: str, method: str = "GET", root_path: str = "", **headers: str) -> httpx.Response:
    """Send one request to the routes."""

    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(APP, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            return await client.request(method, path, headers={"Accept-Encoding": "identity", **headers})

    return asyncio.run(request())


def beacon_of(script: str, address: str) -> str:
    """Where the tag of this address sends its events."""
    found = re.search(r"(\{[^{}]*\})\)$", script.strip())
    assert found is not None
    return urljoin(address, address.rsplit("/", 1)[1] + str(json.loads(found[1])["beacon"]))


@pytest.mark.parametrize("path", PATHS)
def test_the_path_serves_the_sources_tag_with_the_page_api(path: str) -> None:
    answer = ask(path.format(SOURCE.source_id))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "data-global-" in answer.text
    again = ask(path.format(SOURCE.source_id), **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("before", ["", "/behind/a/proxy"])
@pytest.mark.parametrize("key", [SOURCE.source_id, "own-path"])
def test_events_go_to_the_sources_beacon(path: str, before: str, key: str) -> None:
    """Also where a proxy of the owner's stands before the collector, and tells of it or does not."""
    expected = {
        SOURCE.source_id: f"https://shop.example{before}/b/{key}",
        "own-path": "https://shop.example/shop/app",
    }
    address = "https://shop.example" + before + path.format(key)
    for answer in (ask(path.format(key)), ask(before + path.format(key), root_path=before)):
        assert beacon_of(answer.text, address) == expected[key]


def test_the_debug_script_lies_beside_it() -> None:
    expected = build_debug(with_facade(SOURCE, "segment")).plain
    assert b"segment_messages" in expected
    for path in PATHS:
        assert ask(path.format(SOURCE.source_id) + "?debug").content == expected


def test_what_cannot_be_served_is_said_as_for_the_tag() -> None:
    for path in PATHS:
        statuses = [ask(path.format(key)).status_code for key in ("unknown", "disabled", "unreadable")]
        assert statuses == [401, 401, 503]
        refused = ask(path.format(SOURCE.source_id), "POST")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert ask(path.format(SOURCE.source_id), "HEAD").content == b""
