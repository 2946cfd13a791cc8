"""Tracardi's page API in a tag: what it carries, and the loader at the vendor's path."""

import asyncio

import httpx
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.routing import Route

from collector.model.policy import Policy
from collector.model.source import Modules, Source, TagSettings, Trigger
from snippet.build import build_debug, build_tag, module_names, with_facade
from snippet.endpoint import TagEndpoint
from snippet.sizes import sample_source
from snippet.vendor import vendor_routes

TRIGGER = Trigger(tag="product", interaction="onClick", action="product.click")


async def find_none(_source_id: str) -> Source | None:
    return None


SAMPLE = sample_source(TagSettings())


async def find_sample(_source_id: str) -> Source | None:
    return SAMPLE


TAG = Route("/t/{file}", TagEndpoint(find_sample, lambda _source_id, _hash: None))
APP = Starlette(routes=[*vendor_routes(find_none), TAG])
LOADER = "/tracker/liliput.min.js"


def ask(path: str = LOADER, method: str = "GET", **headers: str) -> httpx.Response:
    """Send one request to the routes."""

    async def request() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            return await client.request(method, path, headers={"Accept-Encoding": "identity", **headers})

    return asyncio.run(request())


def test_the_loader_is_the_same_for_every_source_and_small() -> None:
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert len(answer.content) < 1200
    assert ask(**{"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_the_loader_is_only_read_and_nothing_else_lies_beside_it() -> None:
    assert ask(method="HEAD").content == b""
    refused = ask(method="POST")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert ask("/tracker/other.js").status_code == 404


def test_the_tag_that_the_loader_inserts_finds_its_debug_script() -> None:
    # The tag puts "?debug" behind the address that it has.
    answer = ask(f"/t/{SAMPLE.source_id}.js?facade=tracardi?debug")
    assert answer.content == build_debug(with_facade(SAMPLE, "tracardi")).plain


def test_a_source_as_tracardis_sees_its_views_from_the_page() -> None:
    names = module_names(with_facade(sample_source(TagSettings()), "tracardi"))
    assert {"tracardi", "tracardi_ids", "tracardi_external", "onVisible", "onClick", "links"} <= set(names)
    assert {"page_visits", "single_page"}.isdisjoint(names)
    # What keeps an id from the device starts after what adopts one, and so is asked first.
    assert names.index("tracardi_ids") > names.index("visitor")
    assert names.index("tracardi_external") < names.index("tracardi")


def test_triggers_that_the_owner_switched_off_stay_off() -> None:
    tag = TagSettings(triggers=(TRIGGER,))
    off = replace(tag, modules=Modules(triggers=False))
    built = [build_tag(with_facade(sample_source(settings), "tracardi")).plain for settings in (tag, off)]
    assert [b"product.click" in script for script in built] == [True, False]


def test_a_tag_tells_what_the_policy_keeps() -> None:
    policy = Policy(keep_referrer=False)
    built = build_tag(with_facade(sample_source(TagSettings(), policy), "tracardi")).plain
    assert b'"tracardi":{"language":true,"referrer":false,"screen":true}' in built
    assert b'"tracardi":' not in build_tag(sample_source(TagSettings(), policy)).plain
