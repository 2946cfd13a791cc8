"""What holds for every page: headers, readable errors, words for everything, and no inline script."""

import re
from typing import get_args

import pytest

from collector.admin.display import REASONS, reason_words
from collector.admin.forms import MAX_FORM_BYTES
from collector.admin.modules import INTERACTIONS
from collector.admin.settings_form import MODULES
from collector.assets import static_dir, templates_dir
from collector.model.outcome import Reason
from collector.model.source import Interaction, Modules, Source
from collector.store import Store
from tests.admin.browser import Browser, text_of

PAGES = ["/", "/sources/new", "/workspace", "/keys", "/people", "/audit", "/password", "/sign-in", "/nothing"]
SOURCE_PAGES = [
    "live",
    "live/rows",
    "install",
    "install/status",
    "settings",
    "privacy",
    "outcomes",
    "rejected",
    "quarantine",
]


def test_every_answer_carries_the_strict_headers(admin: Browser, source: Source) -> None:
    for path in [*PAGES, *(f"/sources/{source.source_id}/{page}" for page in SOURCE_PAGES)]:
        headers = admin.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_no_template_holds_inline_script_or_style() -> None:
    templates = sorted((templates_dir() / "admin").glob("*.html"))
    assert templates
    for template in templates:
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", text), template.name
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", re.sub(r"\{#.*?#\}", "", text, flags=re.S)), (
            template
        )


def test_static_files_that_the_pages_name_exist(admin: Browser) -> None:
    named = re.findall(r'"/static/(admin/[a-z.]+)\?v=[0-9a-f]{12}"', admin.get("/").text)
    assert set(named) == {"admin/admin.css", "admin/admin.js", "admin/mark.svg"}
    assert all((static_dir() / name).is_file() for name in named)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/nothing/at/all", id="no page"),
        pytest.param("/sources/not-a-source/live", id="no source"),
        pytest.param("/sources/..%2f..%2fetc/live", id="a source that is a path"),
        pytest.param("/sources/%00/settings", id="a source that is a null character"),
    ],
)
def test_a_missing_page_is_said_in_words(admin: Browser, path: str) -> None:
    response = admin.get(path)
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert "To the sources" in text_of(response)


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS"])
def test_another_method_is_refused_with_what_is_allowed(admin: Browser, method: str) -> None:
    response = admin.request(method, "/sources/new")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert admin.request(method, "/sign-in").status_code == 405


def test_a_form_of_another_kind_or_size_is_refused(admin: Browser) -> None:
    token = admin.token("/sources/new")
    assert admin.post("/sources/new", {"csrf": token, "name": "x" * MAX_FORM_BYTES}).status_code == 413
    json = {"csrf": token, "name": "x"}
    assert admin.request("POST", "/sources/new", json=json).status_code == 415
    many = {"csrf": token} | {f"field{number}": "" for number in range(6_000)}
    assert admin.post("/sources/new", many).status_code == 400


def test_bytes_that_are_no_text_do_not_break_a_form(admin: Browser) -> None:
    body = b"csrf=" + admin.token("/sources/new").encode() + b"&name=\xff%ff%ed%a0%80"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert admin.request("POST", "/sources/new", content=body, headers=kind).status_code in (303, 422)


def test_the_footer_names_the_geo_database_as_text(admin: Browser) -> None:
    page = admin.get("/")
    assert "Places by &lt;DB-IP&gt; of June 2026" in page.text
    assert '<a href="https://db-ip.com" rel="noreferrer">IP Geolocation by DB-IP</a>' in page.text


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert reason_words("a_reason_of_tomorrow") == "a_reason_of_tomorrow"


def test_every_module_and_interaction_has_words() -> None:
    assert sorted(MODULES) == sorted(Modules.__struct_fields__)
    assert list(INTERACTIONS) == list(get_args(Interaction))


@pytest.mark.parametrize("odd", ["%00", "a%00b", "x" * 37, "%F0%9F%8D%95", "a%20b"])
def test_what_is_no_id_of_a_source_never_reaches_the_store(
    admin: Browser, store: Store, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    """PostgreSQL fails at a NUL, where SQLite finds nothing."""
    monkeypatch.setattr(store, "source", lambda source_id: pytest.fail(f"asked for {source_id!r}"))
    for page in ("live", "privacy", "quarantine"):
        assert admin.get(f"/sources/{odd}/{page}").status_code == 404
