"""The page of token keys: added, shown once, revoked; examples that work; a check that keeps nothing."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from collector.auth.token_keys import fingerprint
from collector.auth.tokens import verify
from collector.model.source import Source, TokenKey
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.conftest import NOON
from tests.auth.signing import SECRET, private_pem, public_pem, rsa_key, sign

PEM = public_pem(rsa_key())


@pytest.fixture
def path(source: Source) -> str:
    """Where the page is."""
    return f"/sources/{source.source_id}/tokens"


@pytest.fixture
def keys(store: Store, source: Source) -> Callable[[], tuple[TokenKey, ...]]:
    """Asks for the keys in force."""

    def keys() -> tuple[TokenKey, ...]:
        found = store.source(source.source_id)
        assert found is not None
        return found.token_keys

    return keys


def test_keys_are_added_listed_and_revoked(
    admin: Browser, store: Store, path: str, keys: Callable[[], tuple[TokenKey, ...]]
) -> None:
    assert "None yet, so every token is refused." in text_of(admin.get(path))
    name = "<b>back end</b>"
    added = admin.send_form(path, {"name": name, "kind": "public", "key": PEM.replace("\n", "\r\n")})
    assert added.status_code == 303
    [key] = keys()
    assert (key.name, key.algorithm, key.key) == (name, "RS256", PEM)
    page = admin.get(f"{path}?saved=added")
    assert "<b>back end" not in page.text
    for shown in (name, "RS256", key.id, fingerprint("RS256", PEM)[:16], "Added. In force within a second."):
        assert shown in text_of(page)
    revoked = admin.post(f"{path}/{key.id}/revoke", {"csrf": admin.token(path)})
    assert revoked.status_code == 303
    assert keys() == ()
    assert admin.post(f"{path}/{key.id}/revoke", {"csrf": admin.token(path)}).status_code == 404
    done = {(line.actor, line.action) for line in store.audit()}
    assert {("ada", "token_key.add"), ("ada", "token_key.revoke")} <= done


def test_a_shared_key_made_here_is_shown_once(
    admin: Browser, path: str, keys: Callable[[], tuple[TokenKey, ...]]
) -> None:
    page = admin.send_form(
        path, {"name": "shop", "kind": "made", "key": "what stands here counts for nothing"}
    )
    assert page.status_code == 200
    [key] = keys()
    assert key.algorithm == "HS256"
    assert f'value="{key.key}"' in page.text
    assert key.key not in admin.get(path).text
    assert admin.send_form(path, {"name": "own", "kind": "shared", "key": SECRET}).status_code == 303
    assert SECRET not in admin.get(path).text


@pytest.mark.parametrize(
    ("form", "field", "told"),
    [
        pytest.param({"name": "", "key": PEM}, "name", "Give the key a name", id="no name"),
        pytest.param({"name": "a\x07", "key": PEM}, "name", "control character", id="a bell in the name"),
        pytest.param({"key": private_pem(rsa_key())}, "key", "This is a private key", id="a private key"),
        pytest.param({"key": "x"}, "key", "-----BEGIN PUBLIC KEY-----", id="no key"),
        pytest.param({"kind": "shared", "key": "short"}, "key", "has 5 bytes", id="a short secret"),
        pytest.param({"kind": "shared", "key": PEM}, "key", "Choose RS256", id="a PEM as secret"),
        pytest.param({"kind": "x", "key": SECRET}, "kind", "Choose one of: public", id="no such kind"),
        pytest.param({"name": "taken"}, "name", "There is a key “taken” already", id="a name twice"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_no_key_is_shown_again(
    admin: Browser,
    store: Store,
    source: Source,
    path: str,
    keys: Callable[[], tuple[TokenKey, ...]],
    form: dict[str, str],
    field: str,
    told: str,
) -> None:
    store.add_token_key(source.source_id, "taken", "HS256", SECRET)
    page = admin.send_form(path, {"name": "new", "kind": "public", "key": PEM} | form)
    assert page.status_code == 422
    assert told in text_of(page)
    assert f'id="{field}-error"' in page.text
    assert len(form.get("key", "")) < 20 or form["key"][30:60] not in page.text
    assert len(keys()) == 1


def test_only_who_is_signed_in_sees_and_changes_keys(admin: Browser, stranger: Browser, path: str) -> None:
    for answer in (
        stranger.get(path),
        stranger.post(path, {"name": "a", "kind": "made"}),
        stranger.post(f"{path}/check", {"token": "a.b.c"}),
        stranger.post(f"{path}/x/revoke", {"csrf": "x"}),
    ):
        assert "/admin/sign-in" in answer.headers["location"]
    for where in (path, f"{path}/check", f"{path}/x/revoke"):
        assert admin.post(where, {"name": "a", "kind": "made"}).status_code == 403
    assert admin.get("/sources/unknown/tokens").status_code == 404


@pytest.mark.parametrize(
    ("claims", "more", "told"),
    [
        pytest.param(
            {"uuid": "u-secret", "email": "ann@shop.example"},
            {},
            "good for another 15 minutes. It covers uuid, email.",
            id="good",
        ),
        pytest.param({"email": "ann@shop.example"}, {}, "It names no uuid", id="without a uuid"),
        pytest.param(
            {"uuid": "u-secret"}, {"exp": NOON // 1000 + 200_000}, "longer than a day", id="lasts for days"
        ),
        pytest.param({"uuid": "u-secret"}, {"exp": NOON // 1000 - 100}, "it has expired", id="expired"),
        pytest.param({"uuid": "u-secret"}, {"number": 2}, "does not fit a key", id="another's key"),
        pytest.param({}, {}, "it names nobody", id="nobody"),
    ],
)
def test_a_token_is_checked_in_words_and_never_echoed(
    admin: Browser,
    store: Store,
    source: Source,
    path: str,
    caplog: pytest.LogCaptureFixture,
    claims: dict[str, Any],
    more: dict[str, Any],
    told: str,
) -> None:
    store.add_token_key(source.source_id, "back end", "RS256", PEM)
    token = sign(claims, now_ms=NOON, **more)
    page = admin.send_form(path + "/check", {"token": f"  {token}\r\n"})
    assert told in text_of(page)
    for part in (*token.split("."), "u-secret", "ann@shop.example"):
        assert part not in page.text
        assert part not in caplog.text


@pytest.mark.parametrize("algorithm", ["RS256", "HS256"])
def test_the_examples_of_the_page_sign_what_the_collector_takes(
    admin: Browser,
    store: Store,
    source: Source,
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
) -> None:
    (tmp_path / "private.pem").write_text(private_pem(rsa_key()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAGWELL_TOKEN_KEY", SECRET)
    if algorithm == "RS256":
        key = store.add_token_key(source.source_id, "back end", "RS256", PEM)
    else:
        key = store.add_token_key(source.source_id, "back end", "HS256", SECRET)
    page = admin.get(path).text
    examples = {
        name: unescape(code)
        for name, code in re.findall(r'<pre id="example-(\w+)">(.*?)</pre>', page, re.DOTALL)
    }
    # Python's runs here.
    names: dict[str, Any] = {}
    exec(compile(examples["python"], "example", "exec"), names)
    tokens = [names["visitor_token"]("u-1.1767268800000", "Ann@shop.example")]
    # Node's, where there is one.
    if node := shutil.which("node"):
        call = "console.log(visitorToken('u-1.1767268800000', 'Ann@shop.example'))"
        (tmp_path / "example.mjs").write_text(f"{examples['node']}\n{call}\n")
        run = subprocess.run([node, "example.mjs"], capture_output=True, check=True, cwd=tmp_path)
        tokens.append(run.stdout.decode().strip())
    for token in tokens:
        claims = verify(token, [key], time.time_ns() // 1_000_000)
        assert (claims.uuid, claims.email) == ("u-1", "ann@shop.example")
