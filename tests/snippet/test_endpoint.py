"""GET /t/...: the right bytes, in the right encoding, for as long as they are right."""

import asyncio
import base64
import gzip
import hashlib
import json
import re
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from collector.model.frozen import FrozenTag
from collector.model.source import Source, TagSettings
from snippet.build import build_debug, build_tag, build_types, page_methods
from snippet.compile import _minify
from snippet.endpoint import TagEndpoint, choose_encoding
from snippet.frozen import freeze, integrity
from snippet.sizes import BASE_MODULES, EVERYTHING, sample_source

SOURCE = sample_source(TagSettings())
DISABLED = msgspec.structs.replace(SOURCE, source_id="d15ab1ed-0000-4000-8000-000000000001", enabled=False)
URL = f"/t/{SOURCE.source_id}.js"


UNREADABLE = msgspec.structs.replace(SOURCE, source_id="unreadable", problem="the policy cannot be read")
SOURCES = {source.source_id: source for source in (SOURCE, DISABLED, UNREADABLE)}


async def find_source(source_id: str) -> Source | None:
    return SOURCES.get(source_id)


# What the source's tag was before somebody changed a switch.
OLD = sample_source(TagSettings(modules=BASE_MODULES, name="old"))
FROZEN = freeze(OLD, author="ada", now_ms=0)
FROZEN_URL = f"/t/{SOURCE.source_id}.{FROZEN.hash}.js"


def find_frozen(source_id: str, hash_: str) -> FrozenTag | None:
    return FROZEN if (source_id, hash_) == (SOURCE.source_id, FROZEN.hash) else None


APP = Starlette(routes=[Route("/t/{file}", TagEndpoint(find_source, find_frozen))])


class Answer(NamedTuple):
    """A response, its body as it went over the wire."""

    status: int
    headers: httpx.Headers
    body: bytes


def ask(method: str = "GET", path: str = URL, headers: dict[str, str] | None = None) -> Answer:
    """Ask the endpoint, as its server would."""

    async def request() -> Answer:
        # httpx asks for gzip by itself; "" is what a client that says nothing amounts to.
        sent = {"accept-encoding": "", **(headers or {})}
        transport = httpx.ASGITransport(app=APP)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://collector.example") as client,
            client.stream(method, path, headers=sent) as response,
        ):
            body = b"".join([part async for part in response.aiter_raw()])
            return Answer(response.status_code, response.headers, body)

    return asyncio.run(request())


def test_the_script_and_its_headers() -> None:
    response = ask()
    assert response.status == 200
    assert response.body == build_tag(SOURCE).plain
    expected = {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=60",
        "vary": "Accept-Encoding",
        "etag": build_tag(SOURCE).etag,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "*",
        "content-length": str(len(response.body)),
    }
    assert {name: response.headers.get(name) for name in expected} == expected
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("br; q=1.0 , gzip; q=0.5", "br"),
        ("*", "br"),
        ("*;q=0.5, gzip", "gzip"),
        ("*;q=0", "identity"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("deflate, zstd", "identity"),
        ("br;q=nonsense", "identity"),
        ("br;q=nan, gzip;q=nan", "identity"),
        (",;=,q=", "identity"),
    ],
)
def test_the_encoding_that_the_browser_likes_best(accepted: str, encoding: str) -> None:
    assert choose_encoding(accepted) == encoding


def test_both_encodings_carry_the_script() -> None:
    for encoding, decode in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        response = ask(headers={"accept-encoding": encoding})
        assert response.headers["content-encoding"] == encoding
        assert decode(response.body) == build_tag(SOURCE).plain


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param("{etag}", 304, id="the same"),
        pytest.param('"other", {etag}', 304, id="one of several"),
        pytest.param("{strong}", 304, id="as a strong one"),
        pytest.param("*", 304, id="any"),
        pytest.param('"other"', 200, id="another"),
        pytest.param("nonsense", 200, id="nonsense"),
    ],
)
def test_what_the_browser_has_is_not_sent_again(sent: str, status: int) -> None:
    etag = build_tag(SOURCE).etag
    wanted = sent.format(etag=etag, strong=etag.removeprefix("W/"))
    response = ask(headers={"if-none-match": wanted})
    assert response.status == status
    assert response.headers["etag"] == etag
    assert response.headers["cache-control"] == "public, max-age=60"
    if status == 304:
        assert response.body == b""
        assert "content-length" not in response.headers


def test_head_tells_the_length_alone() -> None:
    response = ask("HEAD")
    assert response.status == 200
    assert response.body == b""
    assert response.headers["content-length"] == str(len(build_tag(SOURCE).plain))


def test_without_rules_there_is_no_tag() -> None:
    """By its defaults it would store on the device and ask nobody."""
    response = ask(path="/t/unreadable.js")
    assert (response.status, response.headers["retry-after"]) == (503, "60")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("source_id", ["00000000-0000-4000-8000-000000000000", DISABLED.source_id, "x.y"])
def test_an_unknown_or_disabled_source_is_refused(source_id: str) -> None:
    response = ask(path=f"/t/{source_id}.js")
    assert response.status == 401
    assert json.loads(response.body)["detail"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_frozen_tag_stays_what_its_line_says() -> None:
    response = ask(path=FROZEN_URL)
    assert response.status == 200
    assert response.body == build_tag(OLD).plain != build_tag(SOURCE).plain
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["access-control-allow-origin"] == "*"
    # As any other tool counts it.
    digest = base64.b64encode(hashlib.sha384(response.body).digest()).decode()
    assert integrity(FROZEN) == f"sha384-{digest}"
    assert brotli.decompress(ask(path=FROZEN_URL, headers={"accept-encoding": "br"}).body) == response.body


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"/t/{SOURCE.source_id}.{build_tag(SOURCE).hash}.js", id="a hash that nobody froze"),
        pytest.param(FROZEN_URL.replace(FROZEN.hash, FROZEN.hash[::-1]), id="another hash"),
        pytest.param(FROZEN_URL.replace(".js", ".mjs"), id="a frozen module"),
        pytest.param(f"/t/{SOURCE.source_id}.css", id="another kind of file"),
        pytest.param(f"/t/{SOURCE.source_id}", id="no kind of file"),
        pytest.param("/t/.js", id="no source"),
    ],
)
def test_another_file_is_not_there_and_no_cache_keeps_that(path: str) -> None:
    response = ask(path=path)
    assert response.status == 404
    assert json.loads(response.body)["detail"]
    assert response.headers["cache-control"] == "no-store"


def test_the_debug_script_knows_which_tag_it_stands_beside() -> None:
    assert ask(path=f"{URL}?debug").body == build_debug(SOURCE).plain
    assert ask(path=f"{URL}?v=2").body == build_tag(SOURCE).plain
    of_frozen = ask(path=f"{FROZEN_URL}?debug")
    assert b'"name":"old"' in of_frozen.body
    assert b"custom_events" not in of_frozen.body
    # It is of this release, not frozen with the tag.
    assert of_frozen.headers["cache-control"] == "public, max-age=60"


def test_the_module_knows_the_collector_by_the_address_it_came_from() -> None:
    module, types = ask(path=f"/t/{SOURCE.source_id}.mjs"), ask(path=f"/t/{SOURCE.source_id}.d.mts")
    assert module.headers["content-type"] == "text/javascript; charset=utf-8"
    assert f'"url":"http://collector.example/b/{SOURCE.source_id}"'.encode() in module.body
    assert types.headers["content-type"] == "text/plain; charset=utf-8"
    for method in ("start", "track", "debug"):
        assert f"export const {method} =".encode() in module.body
        assert f"export declare const {method}:".encode() in types.body


def test_a_stranger_s_host_names_cost_no_minifying() -> None:
    """Each names another address, and so is another module: what takes time is done once for all."""
    ask(path=f"/t/{SOURCE.source_id}.mjs")
    done = _minify.cache_info().misses
    for n in range(3):
        found = ask(path=f"/t/{SOURCE.source_id}.mjs", headers={"host": f"host-{n}.example"})
        assert f"http://host-{n}.example/b/".encode() in found.body
    assert _minify.cache_info().misses == done


def test_every_method_of_the_page_api_has_its_type() -> None:
    types = build_types(sample_source(EVERYTHING))
    assert set(re.findall(r"export declare const (\w+):", types)) == {"start", *page_methods()}


def test_a_switch_is_live_within_a_minute() -> None:
    """A browser asks again after its minute, with what it has; a changed source is then another script."""
    before = ask()
    assert before.headers["cache-control"] == "public, max-age=60"
    with_switch = msgspec.structs.replace(SOURCE, settings=OLD.settings)
    SOURCES[SOURCE.source_id] = with_switch
    try:
        after = ask(headers={"if-none-match": before.headers["etag"]})
    finally:
        SOURCES[SOURCE.source_id] = SOURCE
    assert (after.status, after.body) == (200, build_tag(with_switch).plain)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(method: str) -> None:
    response = ask(method)
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert json.loads(response.body)["detail"]
