"""Synerise's page API in a tag: what it carries, and the loader at the vendor's paths."""

import asyncio

import httpx
import pytest
from msgspec.structs import replace
from starlette.applications import Starlette

from collector.model.policy import Policy
from collector.model.source import Facade, Modules, Source, TagSettings
from snippet.build import build_tag, module_names, with_facade
from snippet.sizes import sample_source
from snippet.vendor import vendor_routes

PATHS = ("/synerise-javascript-sdk.min.js", "/sdk/3.0/synerise-javascript-sdk.min.js")


async def find_none(_source_id: str) -> Source | None:
    return None


APP = Starlette(routes=vendor_routes(find_none))


def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Send one request to the routes."""

    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            return await client.request(method, path, headers={"Accept-Encoding": "identity", **headers})

    return asyncio.run(request())


def test_the_loader_is_one_for_all_sources_and_small() -> None:
    one, other = (ask(path) for path in PATHS)
    assert one.status_code == 200
    assert one.content == other.content
    assert one.headers["content-type"].startswith("text/javascript")
    assert one.headers["access-control-allow-origin"] == "*"
    assert len(one.content) < 1800
    again = ask(PATHS[0], **{"If-None-Match": one.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    refused = ask(PATHS[0], "POST")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert ask("/sdk/4.0/synerise-javascript-sdk.min.js").status_code == 404


def carried(tag: TagSettings, policy: Policy | None = None) -> tuple[str, ...]:
    return module_names(with_facade(sample_source(tag, policy), "synerise"))


def test_a_source_as_synerises_carries_what_its_page_api_needs() -> None:
    names = carried(TagSettings())
    assert {"synerise", "synerise_ids", "synerise_page", "page_visits", "forms", "tokens"} <= set(names)
    # Of an app's views the page tells itself.
    assert "single_page" not in names
    # What keeps an id from the device starts after what adopts one, and so is asked first.
    assert names.index("visitor") < names.index("synerise_ids") < names.index("global_privacy_control")
    assert names.index("synerise_page") < names.index("page_visits") < names.index("synerise")
    assert not [name for name in module_names(sample_source(TagSettings())) if "synerise" in name]


def test_what_the_owner_switched_off_stays_off() -> None:
    off = Modules(page_visits=False, forms=False)
    assert "forms" not in carried(TagSettings(modules=off))


@pytest.mark.parametrize(
    ("modules", "facades", "counted"),
    [
        pytest.param(Modules(), (), b"2", id="as usual"),
        pytest.param(Modules(page_visits=False), (), b"0", id="switched off"),
        pytest.param(Modules(), ("segment",), b"1", id="beside an API that tells of them"),
    ],
)
def test_a_tag_tells_whether_visits_count_by_themselves(
    modules: Modules, facades: tuple[Facade, ...], counted: bytes
) -> None:
    source = sample_source(TagSettings(modules=modules, facades=facades))
    assert b'"synerise_page":' + counted in build_tag(with_facade(source, "synerise")).plain.replace(
        b" ", b""
    )
    assert b"synerise_page" not in build_tag(source).plain


def test_a_cookieless_source_has_it_too() -> None:
    names = carried(replace(TagSettings(), device_storage=False))
    assert {"cookieless", "synerise", "synerise_ids"} <= set(names)
    assert "storage" not in names
