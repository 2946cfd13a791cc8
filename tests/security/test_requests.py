"""Odd requests: hosts, methods and headers that would have an answer say or do something for an attacker."""

import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collector.assets import static_dir
from e2e.harness import run_collector, serve_pages
from tests.receive.running import Running
from tests.security.site import COOKIE, Site

UNKEYED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": "host=evil.example",
    "X-Host": "evil.example",
    "X-Forwarded-For": "evil.example",
    "Cookie": "a=evil.example",
    "Referer": "https://evil.example/",
    "Accept-Language": "evil",
}
"""What no cache tells answers apart by."""


def test_no_answer_names_the_host_that_a_request_claims_where_the_public_one_is_known(site: Site) -> None:
    for address in site.addresses():
        headers = {"host": "poisoned.example", "x-forwarded-host": "poisoned.example"}
        answer = site.ask("GET", address.path, signed_in=address.is_admin, headers=headers)
        assert "poisoned.example" not in answer.headers.get("location", ""), address
        assert "poisoned.example" not in answer.text, address


def test_a_host_that_is_markup_stays_text_where_it_must_be_named(tmp_path: Path) -> None:
    running = Running(tmp_path)
    source = running.store.add_source("Shop")
    running.start()
    try:
        for path in ("/docs/migrate", f"/t/{source.source_id}.mjs", f"/t/{source.source_id}.js"):
            for host in ('a"><script>alert(1)</script>', "a'-alert(1)-'", "a\\u0022;alert(1)//"):
                answer = running.request("GET", path, headers={"host": host})
                assert answer.status_code < 500
                assert "<script>alert" not in answer.text
                assert f'"{host}' not in answer.text
                assert "'-alert(1)-'" not in answer.text.replace("&#39;", "")
    finally:
        running.stop()


def test_what_a_cache_may_keep_is_the_same_whoever_asked(site: Site) -> None:
    kept = 0
    for address in site.addresses():
        plain = site.ask("GET", address.path)
        if plain.headers["cache-control"].startswith(("public", "private", "no-cache")):
            odd = site.ask("GET", address.path, headers=UNKEYED)
            assert (odd.status_code, odd.content) == (plain.status_code, plain.content), address
            assert odd.headers == plain.headers
            assert "set-cookie" not in plain.headers
            kept += 1
    assert kept > 8


def test_nothing_is_said_back_by_trace(site: Site) -> None:
    for address in site.addresses():
        answer = site.ask("TRACE", address.path, headers={"x-secret": "said-back"}, signed_in=True)
        assert answer.status_code in (303, 401, 404, 405), address
        assert "said-back" not in answer.text


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_does_not_change_the_method(site: Site, override: str) -> None:
    answer = site.ask("GET", "/admin/sign-out", signed_in=True, headers={override: "POST"})
    assert answer.status_code == 405
    answer = site.ask("POST", "/v4/clients", headers={override: "DELETE"})
    assert answer.status_code == 401


def test_a_scheme_that_a_stranger_claims_changes_no_cookie(site: Site) -> None:
    form = site.ask("GET", "/admin/sign-in", headers={"x-forwarded-proto": "http"})
    assert "; Secure" in form.headers["set-cookie"]


CLIMBS = [
    *("/static/../pyproject.toml", "/static/%2e%2e/pyproject.toml", "/static/..%2fpyproject.toml"),
    *("/static/..%5c..%5cpyproject.toml", "/static//etc/passwd", "/static/%2fetc%2fpasswd"),
    *("/static/admin/../../tagwell.db", "/static/%00admin/admin.js", "/static/.git/config"),
    *("/demo/../templates/admin/base.html", "/demo/%2e%2e/%2e%2e/pyproject.toml", "/demo/shop.js%00.html"),
    *("/t/../tagwell.db", "/t/%2e%2e%2ftagwell.secret", "/t/..%2f..%2fetc%2fpasswd.js", "/tagwell.db"),
    *(
        "/tagwell.secret",
        "/static/admin/",
        "/static",
        "/templates/admin/base.html",
        "/.env",
        "/static/admin.js~",
    ),
]


def test_a_server_gives_no_file_that_is_not_for_visitors(tmp_path: Path) -> None:
    """Against the server itself, since clients tidy paths up before they send them."""
    with serve_pages() as pages, run_collector(tmp_path, pages, demo=True) as collector:
        for path in CLIMBS:
            connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=30)
            connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", "t.shop.example")
            connection.endheaders()
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status in (400, 404), path
            assert answer.getheader("server") is None
            for inner in (b"root:", b"[project]", b"SQLite", b"{%", b"Traceback", str(tmp_path).encode()):
                assert inner not in text, path
            connection.close()


def test_static_holds_what_pages_load_and_nothing_else() -> None:
    kinds = {path.suffix for path in static_dir().rglob("*") if path.is_file()}
    assert kinds <= {".css", ".js", ".svg"}
    assert not [path for path in static_dir().rglob("*") if path.name.startswith(".")]


@pytest.mark.parametrize("name", ["content-type: text/html", "x%0d%0aset-cookie:%20a=b"])
def test_a_value_that_is_said_back_makes_no_header(site: Site, name: str) -> None:
    key = {"authorization": f"Bearer {site.key}", "api-version": "4.4"}
    answer = site.ask("GET", f"/v4/clients/by-custom-id/{name}", headers=key)
    assert answer.status_code in (400, 404)
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "application/json"


def test_a_cookie_changes_nothing_where_one_may_be_sent(site: Site) -> None:
    """Tracardi's path lets a page's cookies be sent along."""
    bodies = []
    for cookie in ("", "a=b", f"{COOKIE}={site.cookie}"):
        headers = {"origin": "https://evil.example", "cookie": cookie}
        answer = site.ask("POST", "/track", json={"source": {"id": "nobody"}, "events": []}, headers=headers)
        assert "set-cookie" not in answer.headers
        bodies.append((answer.status_code, answer.content))
    assert len(set(bodies)) == 1
