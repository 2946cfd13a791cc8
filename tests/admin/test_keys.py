"""The page of api keys: shown once, kept as a hash, no wider than its scope, ended for good."""

from typing import Any

import httpx
import pytest

from collector.auth.keys import hash_key
from collector.auth.permissions import GROUPS
from collector.model.source import Source
from collector.model.workspace import ApiKey
from collector.store import Store
from tests.admin.browser import Browser, text_of

ALL: dict[str, Any] = {"name": "shop", "source_id": "", "scope": "all"}


def key_of(page: httpx.Response) -> str:
    return page.text.partition('id="key" readonly value="')[2].partition('"')[0]


def made(admin: Browser, store: Store, **data: Any) -> ApiKey:
    page = admin.send_form("/keys", ALL | data)
    assert page.status_code == 200
    found = store.api_key(hash_key(key_of(page)))
    assert found is not None
    return found


def test_a_key_is_shown_once_and_works(admin: Browser, store: Store, source: Source) -> None:
    page = admin.send_form("/keys", ALL | {"name": "shop <back end>", "source_id": source.source_id})
    key = key_of(page)
    found = store.api_key(hash_key(key))
    assert found is not None
    assert (found.name, found.source_id) == ("shop <back end>", source.source_id)
    assert "shop &lt;back end&gt;" in page.text
    later = admin.get("/keys")
    assert "shop &lt;back end&gt;" in later.text
    assert "Low Tide Pottery" in text_of(later)
    assert key not in later.text
    assert hash_key(key) not in later.text


@pytest.mark.parametrize(
    ("data", "permissions", "words"),
    [
        pytest.param({"scope": "all"}, ("*",), "Everything", id="everything"),
        pytest.param(
            {"scope": "send"},
            (*GROUPS["Events"], *GROUPS["Transactions"]),
            "Events Transactions",
            id="send events only",
        ),
        pytest.param({"scope": "some", "group": "Tags"}, GROUPS["Tags"], "Tags", id="a group"),
        pytest.param(
            {"scope": "some", "group": ["Tags"], "permission": ["API_CLIENT_CREATE", "API_TAGS_READ"]},
            ("API_CLIENT_CREATE", *GROUPS["Tags"]),
            "Profiles, 1 of 8 API_CLIENT_CREATE Tags",
            id="a group and one of another",
        ),
    ],
)
def test_a_key_may_do_what_its_scope_says(
    data: dict[str, Any], permissions: tuple[str, ...], words: str, admin: Browser, store: Store
) -> None:
    found = made(admin, store, **data)
    assert found.permissions == permissions
    assert found.source_id is None
    assert f"all {words} " in text_of(admin.get("/keys"))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"name": "a\u202eb"}, "name", id="a name that turns text round"),
        pytest.param({"source_id": "not-a-source"}, "source_id", id="no such source"),
        pytest.param({"source_id": "\0"}, "source_id", id="a source of rubbish"),
        pytest.param({"scope": ""}, "scope", id="no scope"),
        pytest.param({"scope": "some"}, "permissions", id="nothing ticked"),
        pytest.param({"scope": "some", "permission": "*"}, "permissions", id="a permission there is not"),
        pytest.param({"scope": "all", "group": "Tags"}, "scope", id="ticked, and everything chosen"),
        pytest.param({"scope": "send", "permission": "API_TAGS_READ"}, "scope", id="ticked beside send"),
    ],
)
def test_a_mistake_makes_no_key(data: dict[str, Any], field: str, admin: Browser, store: Store) -> None:
    page = admin.send_form("/keys", ALL | data)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    assert 'id="key"' not in page.text
    assert store.api_keys() == []


def test_what_was_ticked_stays_after_a_mistake(admin: Browser) -> None:
    page = admin.send_form(
        "/keys", {"name": "", "scope": "some", "group": "Tags", "permission": "API_CLIENT_CREATE"}
    )
    assert 'value="Tags" checked' in page.text
    assert 'value="API_CLIENT_CREATE" checked' in page.text
    assert 'value="some" checked' in page.text
    assert page.text.count(" checked") == 3


def test_a_revoked_key_is_gone_for_good(admin: Browser, store: Store) -> None:
    key, other = made(admin, store, name="old"), made(admin, store, name="new")
    assert admin.post(f"/keys/{key.id}/revoke", {"csrf": "x"}).status_code == 403  # no token of the form
    path = f"/keys/{key.id}/revoke"
    sent = admin.post(path, {"csrf": admin.token("/keys")})
    assert (sent.status_code, sent.headers["location"]) == (303, "/admin/keys?saved=revoked")
    assert store.api_key_by_id(key.id) is None
    assert store.api_key_by_id(other.id) == other
    page = admin.get("/keys?saved=revoked").text
    assert page.count('class="revoke"') == 1
    assert page.index("new") < page.index("old</bdi>")
    assert admin.post(path, {"csrf": admin.token("/keys")}).status_code == 404
    lines = [(line.actor, line.action, line.detail) for line in store.audit()[:2]]
    assert lines == [("ada", "api_key.revoke", "old"), ("ada", "api_key.add", "new")]


@pytest.mark.parametrize("key_id", ["x", "%00", "0" * 300])
def test_a_key_there_is_not_is_404(key_id: str, admin: Browser) -> None:
    assert admin.post(f"/keys/{key_id}/revoke", {"csrf": admin.token("/keys")}).status_code == 404


def test_the_page_tells_how_to_sign_in(admin: Browser, store: Store) -> None:
    page = admin.get("/keys").text
    assert store.workspace().guid in page
    assert "https://collector.example/.well-known/tagwell-public-key.pem" in page
    assert "https://collector.example/uauth/v2/auth/login/profile" in page
