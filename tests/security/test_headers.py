"""Every answer says what a browser must not do with it: all routes, and the beacons that go past them."""

import sqlite3
from pathlib import Path

import httpx
import pytest

from collector.security_headers import strict_transport
from collector.wire.pixel import PIXEL
from tests.receive.running import Running
from tests.security.site import PUBLIC_URL, Site

FOR_ALL = (
    *("/t/", "/static/", "/demo", "/docs/", "/openapi.json", "/analytics.js/", "/v1/", "/tracker/"),
    *("/synerise-javascript-sdk.min.js", "/sourceConfig", "/{path:path}/sourceConfig", "/.well-known/"),
    "/sdk/",
)
"""What holds nothing of anybody, and may be kept by a browser."""

METHODS = ("GET", "POST", "DELETE")


def faults(response: httpx.Response, path: str) -> list[str]:
    """What is missing in an answer of the router."""
    headers = response.headers
    policy = headers.get("content-security-policy", "")
    kind = headers.get("content-type", "")
    found = []
    if headers.get("x-content-type-options") != "nosniff":
        found.append("nosniff")
    if "server" in headers or "x-powered-by" in headers:
        found.append("tells the server's name")
    if kind.startswith("text/") and "charset=utf-8" not in kind:
        found.append(f"no character set: {kind}")
    if response.content and not kind:
        found.append("no content type")
    if "frame-ancestors 'none'" not in policy or "base-uri 'none'" not in policy:
        found.append(f"may be framed: {policy}")
    if "unsafe" in policy or "*" in policy or not policy.startswith(("default-src 'none'", "default-src 's")):
        found.append(f"loose policy: {policy}")
    if headers.get("referrer-policy") not in (
        "no-referrer",
        "same-origin",
        "strict-origin-when-cross-origin",
    ):
        found.append("referrer-policy")
    if headers.get("cross-origin-resource-policy") not in ("same-origin", "cross-origin"):
        found.append("cross-origin-resource-policy")
    if headers.get("strict-transport-security") != "max-age=31536000":
        found.append("strict-transport-security")
    if headers.get("access-control-allow-credentials"):
        found.append("lets other origins in with cookies")
    if kind.startswith("text/html"):
        if headers.get("cross-origin-opener-policy") != "same-origin":
            found.append("cross-origin-opener-policy")
        if "geolocation=()" not in headers.get("permissions-policy", ""):
            found.append("permissions-policy")
    if not path.startswith(FOR_ALL) and headers.get("cache-control") != "no-store":
        found.append(f"may be kept: {headers.get('cache-control')}")
    return found


def test_every_route_says_it_to_strangers_and_to_who_is_signed_in(site: Site) -> None:
    wrong = {}
    statuses = set()
    for address in site.addresses():
        for method in METHODS:
            for signed_in in (True, False) if address.is_admin else (False,):
                form = {"content-type": "application/x-www-form-urlencoded"} if address.is_admin else {}
                response = site.ask(method, address.path, signed_in=signed_in, headers=form)
                statuses.add(response.status_code)
                assert response.status_code in range(200, 500) or response.status_code == 501, (
                    method,
                    address,
                )
                if found := faults(response, address.pattern):
                    wrong[f"{method} {address.pattern}"] = found
    assert wrong == {}
    assert {200, 303, 307, 400, 401, 403, 404, 405} <= statuses, "the walk has seen every kind of answer"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/static/", "/static/nothing.js", "/v4/nowhere", "/demo/nowhere"]
)
def test_so_does_what_is_not_there(site: Site, path: str) -> None:
    response = site.ask("GET", path)
    assert response.status_code == 404
    assert faults(response, "") == []


def test_so_does_a_fault_of_ours_and_it_tells_nothing(tmp_path: Path) -> None:
    site = Site(Running(tmp_path, public_url=PUBLIC_URL))
    site.start()
    try:
        with sqlite3.connect(tmp_path / "tagwell.db") as database:
            database.execute("DROP TABLE audit")
        database.close()
        page = site.ask("GET", "/admin/audit", signed_in=True)
    finally:
        site.running.stop()
    assert page.status_code >= 500
    assert faults(page, "/admin/audit") == []
    for inner in ("Traceback", "sqlite", "SELECT", "audit", str(tmp_path), ".py"):
        assert inner not in page.text


BEACONS = [
    pytest.param("POST", "/b/{source}", b'[{"action":"a"}]', 204, id="a beacon"),
    pytest.param("POST", "/b/{source}", b"{", 400, id="a beacon that is no JSON"),
    pytest.param("POST", "/b/nobody", b"[]", 401, id="a beacon of nobody"),
    pytest.param("GET", "/b/{source}", b"", 405, id="a beacon by GET"),
    pytest.param("OPTIONS", "/b/{source}", b"", 204, id="a preflight"),
    pytest.param("GET", "/b/{source}.gif", b"", 200, id="the pixel"),
    pytest.param("HEAD", "/b/{source}.gif", b"", 200, id="the pixel's head"),
    pytest.param("POST", "/b/{source}?link", b"x", 403, id="a link between domains"),
    pytest.param("POST", "/v1/track", b"{}", None, id="Segment"),
    pytest.param("POST", "/track", b"{}", None, id="Tracardi"),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BEACONS)
def test_a_beacon_s_answer_is_read_by_any_page_and_is_nothing_else(
    site: Site, method: str, path: str, body: bytes, status: int | None
) -> None:
    shop = {"origin": "https://shop.example"}
    response = site.ask(method, path.format(source=site.source.source_id), content=body, headers=shop)
    assert status is None or response.status_code == status
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in headers
    assert "server" not in headers
    if response.status_code == 200 and response.content:
        assert headers["cache-control"] == "no-store"
    if ".gif" not in path:
        credentials = "access-control-allow-credentials" in headers
        assert credentials == (path == "/track"), "its script sends the page's cookies along, unasked"
        assert headers["access-control-allow-origin"] == (shop["origin"] if credentials else "*")
        assert headers.get("content-type", "application/json").startswith(("application/json", "text/plain"))


def test_the_pixel_is_an_image_and_the_tag_a_script_that_any_page_may_load(site: Site) -> None:
    pixel = site.ask("GET", f"/b/{site.source.source_id}.gif")
    assert (pixel.content, pixel.headers["content-type"]) == (PIXEL, "image/gif")
    for path in (f"/t/{site.source.source_id}.js", "/synerise-javascript-sdk.min.js"):
        script = site.ask("GET", path)
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        pytest.param("https://t.shop.example", "max-age=31536000", id="a host of its own, by https"),
        pytest.param("https://t.shop.example/", "max-age=31536000", id="with a slash"),
        pytest.param("http://t.shop.example", "", id="by http"),
        pytest.param("", "", id="no public address"),
        pytest.param(
            "https://shop.example/tw", "", id="a path of the owner's site, which is not ours to bind"
        ),
    ],
)
def test_https_is_demanded_of_a_host_of_ours_alone(public_url: str, expected: str) -> None:
    assert strict_transport(public_url) == expected
