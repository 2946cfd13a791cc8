"""A workspace signs in by its key: as whom, for how long; and no token but ours says anything."""

import base64
from typing import Any

import jwt
import pytest

from collector.auth.keys import hash_key
from collector.model.source import Source
from tests.api.callers import (
    HOUR,
    LOG_IN,
    NOBODY,
    api_key,
    bearer,
    is_let_in,
    now_ms,
    post,
    problem,
    said,
    token_in,
    tokens_of,
)
from tests.auth.signing import by_hand, rsa_key
from tests.receive.running import Running, wait_until


class TestWorkspace:
    """Row 10: an api key for a token."""

    @pytest.mark.parametrize("path", [LOG_IN, "/v4/auth/login/profile"])
    def test_a_key_gets_a_token_of_an_hour(self, collector: Running, source: Source, path: str) -> None:
        secret, before = api_key(collector, source=source), now_ms()
        token = token_in(post(collector, path, {"apiKey": secret, "more": None}))
        claims, key = said(token), collector.store.api_key(hash_key(secret))
        assert key is not None
        made = claims.pop("ctd")
        assert before <= made <= now_ms()
        assert claims.pop("exp") == (made + HOUR) // 1000
        assert len(claims.pop("jti")) == 36
        assert claims == {
            "aud": "API",
            "iss": "Tagwell",
            "rlm": "business_profile",
            "bpi": 1,
            "apk": key.id,
            "sub": "key:shop back end",
        }
        assert is_let_in(collector, token)

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            pytest.param({}, 400, "apiKey", id="missing"),
            pytest.param({"apiKey": None}, 400, "apiKey", id="null"),
            pytest.param({"apiKey": 5}, 400, "apiKey", id="a number"),
            pytest.param({"apiKey": ""}, 400, "apiKey", id="empty"),
            pytest.param({"apiKey": "x" * 300}, 400, "apiKey", id="too long"),
            pytest.param([], 400, "", id="a list"),
            pytest.param({"apiKey": "tw_wrong"}, 401, None, id="unknown"),
            pytest.param({"apiKey": "a\0b"}, 401, None, id="rubbish"),
        ],
    )
    def test_anything_else_gets_none(
        self, collector: Running, body: Any, status: int, field: str | None
    ) -> None:
        error = problem(post(collector, LOG_IN, body), status)
        assert [one["field"] for one in error.get("errors", [])] == ([] if field is None else [field])
        assert error["message"]

    def test_a_source_id_is_no_key(self, collector: Running, source: Source) -> None:
        problem(post(collector, LOG_IN, {"apiKey": source.source_id}), 401)

    def test_the_body_must_be_json(self, collector: Running) -> None:
        problem(collector.request("POST", LOG_IN, content=b"{}"), 415)
        headers = {"content-type": "application/json"}
        error = problem(collector.request("POST", LOG_IN, content=b"{", headers=headers), 400)
        assert error["message"].startswith("JSON parse error: ")

    def test_a_token_is_refreshed_while_its_key_is_in_force(self, collector: Running) -> None:
        path, secret = "/v4/auth/refresh/profile", api_key(collector)
        token = token_in(post(collector, LOG_IN, {"apiKey": secret}))
        fresh = token_in(collector.request("GET", path, headers=bearer(token)))
        assert said(fresh)["jti"] != said(token)["jti"]
        assert is_let_in(collector, fresh)
        assert is_let_in(collector, token)
        token_in(collector.request("GET", path, headers=bearer(secret)))
        problem(collector.request("GET", path), 401)

    def test_a_revoked_key_ends_with_its_tokens_within_a_second(
        self, collector: Running, second: Running
    ) -> None:
        secret, other = api_key(collector), api_key(collector)
        token = token_in(post(collector, LOG_IN, {"apiKey": secret}))
        key = collector.store.api_key(hash_key(secret))
        assert key is not None
        for each in (collector, second):
            assert is_let_in(each, token)
            assert is_let_in(each, secret)
        collector.store.revoke_api_key(key.id, actor="ada")
        for each in (collector, second):
            wait_until(lambda each=each: not is_let_in(each, token) and not is_let_in(each, secret))  # type: ignore[misc]
            problem(post(each, LOG_IN, {"apiKey": secret}), 401)
            assert is_let_in(each, other)

    def test_a_key_is_taken_by_http_basic(self, collector: Running) -> None:
        secret, guid = api_key(collector), collector.store.workspace().guid

        def status(text: str) -> int:
            basic = base64.b64encode(text.encode()).decode()
            headers = {"authorization": f"Basic {basic}", "api-version": "4.4"}
            return collector.request("DELETE", NOBODY, headers=headers).status_code

        assert status(f"{guid}:{secret}") == 404
        assert status(f":{secret}") == 404  # the key alone is proof
        assert status(f"{guid}:{secret}x") == 401
        assert status(secret) == 401
        assert status(f"{secret}:{guid}") == 401


class TestForged:
    """No token but ours says anything."""

    @pytest.mark.parametrize("kind", ["tampered", "foreign", "none", "public key", "ended", "other secret"])
    def test_it_is_401(self, collector: Running, kind: str) -> None:
        secret = api_key(collector)
        key = collector.store.api_key(hash_key(secret))
        assert key is not None
        tokens = tokens_of(collector)
        good = tokens.for_key(key)
        assert is_let_in(collector, good)
        head, body, signature = good.split(".")
        kid = jwt.get_unverified_header(good)["kid"]
        [pem] = [one.public_pem for one in tokens.public_keys() if one.id == kid]
        match kind:
            case "tampered":
                text = jwt.utils.base64url_decode(body).replace(b'"bpi":1', b'"bpi":2')
                bad = f"{head}.{jwt.utils.base64url_encode(text).decode()}.{signature}"
            case "foreign":
                bad = jwt.encode(said(good), rsa_key(), "RS256", headers={"kid": kid})
            case "none":
                bad = by_hand({"alg": "none", "kid": kid}, said(good)).rpartition(".")[0] + "."
            case "public key":
                bad = by_hand({"alg": "HS256", "kid": kid}, said(good), pem.encode())
            case "ended":
                bad = tokens_of(collector, lambda: now_ms() - HOUR - 1000).for_key(key)
            case _:
                bad = "a" * 3000 + ".b.c"
        assert bad != good
        error = problem(collector.request("DELETE", NOBODY, headers=bearer(bad)), 401)
        assert "Sign in again" in error["message"]
        assert bad[-20:] not in error["message"]

    def test_a_changed_secret_ends_the_tokens_of_the_old_one(self, collector: Running) -> None:
        """Whoever has the old secret and a copy of the store could else sign on for ever."""
        key = collector.store.api_key(hash_key(api_key(collector)))
        assert key is not None
        ours = tokens_of(collector).for_key(key)
        assert is_let_in(collector, ours)
        theirs = tokens_of(collector, secret=b"another secret").for_key(key)
        assert jwt.get_unverified_header(ours)["kid"] != jwt.get_unverified_header(theirs)["kid"]
        assert tokens_of(collector, secret=b"another secret").verify(theirs) is not None
        assert tokens_of(collector).verify(theirs) is None
        assert not is_let_in(collector, theirs)
        again = tokens_of(collector, secret=b"another secret").for_key(key)
        assert jwt.get_unverified_header(again)["kid"] == jwt.get_unverified_header(theirs)["kid"]
        listed = {one["kid"] for one in collector.request("GET", "/.well-known/jwks.json").json()["keys"]}
        assert jwt.get_unverified_header(ours)["kid"] in listed
        assert jwt.get_unverified_header(theirs)["kid"] not in listed
        assert collector.files_hold("BEGIN PRIVATE KEY") == []
        assert collector.files_hold("BEGIN RSA PRIVATE KEY") == []


def test_public_keys_check_our_tokens(collector: Running) -> None:
    token = token_in(post(collector, LOG_IN, {"apiKey": api_key(collector)}))
    jwks = collector.request("GET", "/.well-known/jwks.json")
    assert jwks.headers["content-type"] == "application/json"
    found = jwt.PyJWKSet.from_dict(jwks.json())[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, found, ["RS256"], audience="API")["bpi"] == 1
    pem = collector.request("GET", "/.well-known/tagwell-public-key.pem")
    assert pem.headers["content-type"].startswith("text/plain")
    assert jwt.decode(token, pem.text, ["RS256"], audience="API")["iss"] == "Tagwell"
    assert {key["kty"] for key in jwks.json()["keys"]} == {"RSA"}
    assert not any("d" in key for key in jwks.json()["keys"])
