"""Secrets are kept hashed or for their owner alone, and said nowhere: no log, not at debug either."""

import logging
import sqlite3
import stat
from pathlib import Path

import httpx
import pytest

from collector.auth.keys import hash_key
from e2e.harness import run_collector, serve_pages
from tests.receive.running import Running
from tests.security.site import COOKIE, PASSWORD, PUBLIC_URL, Site, cookie_of

SMTP_PASSWORD = "smtp-password-7d3f"
WRONG = "a-wrong-guess-5c1e"


def test_nothing_that_is_logged_holds_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    smtp = f"smtp://mailer:{SMTP_PASSWORD}@127.0.0.1:9"
    site = Site(Running(tmp_path, public_url=PUBLIC_URL, smtp_url=smtp, mail_from="shop@shop.example"))
    site.start()
    try:
        site.try_sign_in(WRONG)
        token = _token(site)
        bearer = {"authorization": f"Bearer {site.key}", "api-version": "4.4"}
        for headers in (bearer, {"authorization": f"Bearer {WRONG}"}, {"authorization": f"Bearer {token}"}):
            site.ask("GET", "/v4/clients/1", headers=headers)
            site.ask("GET", "/metrics", headers=headers)
            site.ask("POST", f"/b/{site.source.source_id}", content=b"[]", headers=headers)
            site.ask("POST", "/sauth/v3/auth/refresh/client", json={"apiKey": WRONG}, headers=headers)
        site.ask("POST", "/v1/track", json={"writeKey": site.key, "event": "a", "userId": "1"})
        fields = {"csrf": site.csrf, "current": PASSWORD, "new": "another horse, tamed", "repeat": "x"}
        site.send_form("/admin/password", fields)
        made = site.send_form(
            "/admin/keys", {"csrf": site.csrf, "name": "k", "source_id": "", "scope": "all"}
        )
        shown = made.text.partition("tw_")[2][:20]
        fresh = cookie_of(site.try_sign_in())
        secret = (tmp_path / "tagwell.secret").read_text()
    finally:
        site.running.stop()
    assert len(shown) == 20
    assert caplog.records, "something was logged"
    for said in (site.key, shown, token, PASSWORD, WRONG, "another horse", SMTP_PASSWORD, site.cookie, fresh):
        assert said not in caplog.text
    assert secret not in caplog.text
    assert site.csrf not in caplog.text


def _token(site: Site) -> str:
    signed_in = site.ask("POST", "/uauth/auth/login/user", json={"username": "ada", "password": PASSWORD})
    token = signed_in.json()["token"]
    assert isinstance(token, str)
    return token


def test_no_line_of_the_log_is_made_by_a_visitor(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = Site(Running(tmp_path, public_url=PUBLIC_URL, trusted_proxies="203.0.113.0/24"))
    site.start()
    forged = "9.9.9.9\r\nWARNING:root:all is well"
    try:
        for name in ("x-forwarded-for", "user-agent", "referer", "x-request-id"):
            headers = {name: forged.replace("\r\n", " "), "origin": PUBLIC_URL}
            site.ask("POST", "/admin/sign-in", data={"csrf": "x", "name": forged}, headers=headers)
        site.try_sign_in(WRONG, name=forged)
        body = {"username": forged, "password": forged}
        site.ask("POST", "/uauth/auth/login/user", json=body)
        site.ask("POST", "/sauth/v3/auth/login/client/anonymous", json={"apiKey": forged})
    finally:
        site.running.stop()
    assert any("failed" in message for message in caplog.messages)
    assert "all is well" not in caplog.text
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_the_store_holds_hashes_and_the_files_are_their_owners(tmp_path: Path) -> None:
    with serve_pages() as pages, run_collector(tmp_path, pages, arguments=("--json",)) as collector:
        httpx.get(f"{collector.url}/healthz", timeout=60)  # it listens before it has made all its files
        collector.add_source()
        first = collector.server.output()
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir() if path.is_file()
        }
        collector.stop()
    password = first.partition('"password":"')[2].partition('"')[0] or first.partition('"password": "')[2]
    password = password.partition('"')[0]
    assert len(password) >= 16
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o600} == {}
    assert {"tagwell.db", "tagwell.secret"} <= set(modes)
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert password.encode() not in held
    with serve_pages() as pages, run_collector(tmp_path, pages, arguments=("--json",)) as collector:
        again = collector.server.output()
        collector.stop()
    assert password not in again, "it is shown once"


def test_keys_and_passwords_are_kept_as_hashes(site: Site) -> None:
    database = sqlite3.connect(site.running.folder / "tagwell.db")
    held = str(database.execute("SELECT * FROM api_keys").fetchall())
    users = str(database.execute("SELECT * FROM users").fetchall())
    database.close()
    assert hash_key(site.key) in held
    assert site.key not in held
    assert "$argon2id$" in users
    assert PASSWORD not in users
    assert site.running.files_hold(site.key) == []
    assert site.running.files_hold(site.cookie) == []


def test_no_answer_gives_a_key_or_a_hash_back(site: Site) -> None:
    for address in site.addresses():
        page = site.ask("GET", address.path, signed_in=True, headers={"authorization": f"Bearer {site.key}"})
        for secret in (site.key, hash_key(site.key), "$argon2", PASSWORD, f"{COOKIE}="):
            assert secret not in page.text, address
