"""GET /t/{source_id}.js: the right bytes, in the right encoding, for as long as they are right."""

import asyncio
import gzip
import json
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from collector.model.source import Source, TagSettings
from snippet.build import build_tag
from snippet.endpoint import TagEndpoint, choose_encoding
from snippet.sizes import sample_source

SOURCE = sample_source(TagSettings())
DISABLED = msgspec.structs.replace(SOURCE, source_id="d15ab1ed-0000-4000-8000-000000000001", enabled=False)
URL = f"/t/{SOURCE.source_id}.js"


async def find_source(source_id: str) -> Source | None:
    return {source.source_id: source for source in (SOURCE, DISABLED)}.get(source_id)


APP = Starlette(routes=[Route("/t/{source_id}.js", TagEndpoint(find_source))])


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


@pytest.mark.parametrize("source_id", ["00000000-0000-4000-8000-000000000000", DISABLED.source_id, "x.y"])
def test_an_unknown_or_disabled_source_is_refused(source_id: str) -> None:
    response = ask(path=f"/t/{source_id}.js")
    assert response.status == 401
    assert json.loads(response.body)["detail"]
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_refused(method: str) -> None:
    response = ask(method)
    assert response.status == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert json.loads(response.body)["detail"]
