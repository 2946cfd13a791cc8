"""Callers of every kind, as the collector's other worker would sign them in."""

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt

from collector.api import Tokens
from collector.auth.keys import hash_key, new_api_key, read_or_make_secret
from collector.model.caller import Realm
from collector.model.profile import Profile
from collector.model.source import Source
from collector.store.catalog import Catalog
from tests.receive.running import Running

HOUR = 3_600_000
NOBODY = "/v4/clients/999999"
ANONYMOUS = "/sauth/v3/auth/login/client/anonymous"
REFRESH = "/sauth/v3/auth/refresh/client"
LOG_OUT = "/sauth/my-account/logout"
LOG_IN = "/uauth/v2/auth/login/profile"
USER = "/uauth/auth/login/user"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def tokens_of(collector: Running, now_ms: Callable[[], int] = now_ms, secret: bytes = b"") -> Tokens:
    """What makes tokens in another worker of this collector: on the same store, with the same secret."""
    catalog = Catalog(collector.store)
    catalog.load()
    secret = secret or read_or_make_secret(collector.folder / "tagwell.secret")
    return Tokens(collector.store, catalog, secret, now_ms)


def api_key(collector: Running, *permissions: str, source: Source | None = None) -> str:
    """A new key, which may do everything unless permissions are named."""
    key = new_api_key()
    source_id = source.source_id if source else None
    collector.store.add_api_key(
        "shop back end", hash_key(key), source_id=source_id, permissions=permissions or ("*",)
    )
    return key


def profile_of(collector: Running, source: Source, uuid: str, email: str) -> Profile:
    """A profile that a form on a page has made."""
    form = {
        "action": "form.submit",
        "uuid": uuid,
        "params": {"formType": "contact", "formData": {"email": email}},
    }
    assert collector.post(source.source_id, [form]).status_code == 204
    found = collector.store.find_profile("email", email)
    assert found is not None
    return found


def profile_token(tokens: Tokens, source: Source, profile: Profile) -> str:
    """A token of a profile that has signed in."""
    return tokens.issue(
        Realm.PROFILE,
        workspace_id=source.workspace_id,
        source_id=source.source_id,
        name=f"profile:{profile.client_id}",
        client_id=profile.client_id,
        uuid=profile.uuid,
        email=profile.email,
    )


def visitor_token(tokens: Tokens, source: Source, uuid: str) -> str:
    """A token of a browser that nobody knows."""
    return tokens.issue(
        Realm.ANONYMOUS,
        workspace_id=source.workspace_id,
        source_id=source.source_id,
        name="visitor",
        uuid=uuid,
    )


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}", "api-version": "4.4"}


def said(token: str) -> dict[str, Any]:
    """What a token says, unchecked."""
    return jwt.decode(token, options={"verify_signature": False})


def token_in(response: httpx.Response) -> str:
    """The token of an answer that holds nothing else."""
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    [(name, token)] = response.json().items()
    assert name == "token"
    assert isinstance(token, str)
    return token


def post(
    collector: Running, path: str, body: Any, token: str | None = None, **options: Any
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return collector.request("POST", path, json=body, headers=headers, **options)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """An error in the contract's shape. Those of sign-in have a trace and errors always."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    names = {"timestamp", "status", "error", "message", "path"}
    of_sign_in = body["path"].startswith("/sauth/")
    assert set(body) - {"errors"} == (names | {"traceId"} if of_sign_in else names)
    if of_sign_in:
        assert re.fullmatch("[0-9a-f]{32}", body["traceId"])
        assert isinstance(body["errors"], list)
    assert body["status"] == status
    assert (response.headers.get("www-authenticate") == "Bearer") == (status == 401)
    return body


def is_let_in(collector: Running, token: str) -> bool:
    """Whether a workspace's token is taken: nobody has this id, so 404 is a success."""
    status = collector.request("DELETE", NOBODY, headers=bearer(token)).status_code
    assert status in (404, 401)
    return status == 404


def is_refreshed(collector: Running, token: str, source: Source) -> bool:
    """Whether a profile's or visitor's token is taken."""
    response = post(collector, REFRESH, {"apiKey": source.source_id}, token)
    assert response.status_code in (200, 401), response.text
    return response.status_code == 200
