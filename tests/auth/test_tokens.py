"""Signed tokens: only what a key of the source has signed counts, while it holds, for whom it names."""

import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.auth import tokens
from collector.auth.keys import new_api_key
from collector.auth.tokens import BadToken, looks_like_token, verify
from collector.model.source import TokenKey
from tests.auth.signing import NOON, SECRET, by_hand, public, public_pem, rsa_key, shared, sign

S = NOON // 1000
HS256 = {"alg": "HS256", "typ": "JWT"}
ANN = {"uuid": "u-1", "email": "ann@shop.example", "customId": "c-1"}


def fault(token: Any, *keys: TokenKey, now_ms: int = NOON) -> str:
    """Why a token is refused; "" where it is not."""
    try:
        verify(token, keys, now_ms)
    except BadToken as bad:
        return str(bad)
    return ""


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        pytest.param(ANN, ("u-1", "ann@shop.example", "c-1"), id="all three"),
        pytest.param({"uuid": " u-1 "}, ("u-1", None, None), id="uuid, with blanks around it"),
        pytest.param(
            {"email": "Ann@Shop.example"}, (None, "ann@shop.example", None), id="e-mail in any case"
        ),
        pytest.param({"customId": 7}, (None, None, "7"), id="customId as a number"),
        pytest.param({"sub": "s-1"}, (None, None, "s-1"), id="sub is the customId"),
        pytest.param({"sub": 7}, (None, None, "7"), id="sub as a number"),
        pytest.param({"sub": "s-1", "customId": "c-1"}, (None, None, "c-1"), id="customId before sub"),
        pytest.param({"uuid": "u-1", "email": None}, ("u-1", None, None), id="null is not there"),
        pytest.param({"uuid": "u" * 128}, ("u" * 128, None, None), id="uuid of the longest"),
        pytest.param({"uuid": "u-1", "role": {"x": [1]}}, ("u-1", None, None), id="claims of others' making"),
    ],
)
def test_a_token_names_a_person(claims: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    for token, key in (
        (sign(claims), public()),
        (by_hand(HS256, {"exp": S + 1, **claims}, SECRET.encode()), shared()),
    ):
        found = verify(token, [key], NOON)
        assert (found.uuid, found.email, found.custom_id) == expected


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        pytest.param({"exp": S + 900}, "names nobody", id="nobody"),
        pytest.param({"exp": S + 900, "uuid": None, "email": None}, "names nobody", id="nobody but nulls"),
        pytest.param({"uuid": "u-1"}, "exp, in seconds", id="no end"),
        pytest.param({"uuid": "u-1", "exp": None}, "exp must be a number", id="an end of null"),
        pytest.param({"uuid": "u-1", "exp": str(S + 900)}, "exp must be a number", id="an end in text"),
        pytest.param({"uuid": "u-1", "exp": True}, "exp must be a number", id="an end of true"),
        pytest.param({"uuid": "u-1", "exp": -5}, "exp must be a number", id="an end before 1970"),
        pytest.param({"uuid": "u-1", "exp": NOON + 900}, "looks like milliseconds", id="an end in ms"),
        pytest.param({"uuid": "u-1", "exp": 10**300}, "looks like milliseconds", id="an end beyond all"),
        pytest.param({"uuid": "u-1", "exp": S - 60}, "has expired", id="ended 60 s ago"),
        pytest.param({"uuid": "u-1", "exp": S - 59}, "", id="ended 59 s ago"),
        pytest.param({"uuid": "u-1", "exp": S + 0.5}, "", id="a fraction of a second"),
        pytest.param({"uuid": "u-1", "exp": S + 9, "nbf": S + 61}, "does not hold yet", id="begins in 61 s"),
        pytest.param({"uuid": "u-1", "exp": S + 9, "nbf": S + 60}, "", id="begins in 60 s"),
        pytest.param(
            {"uuid": "u-1", "exp": S + 9, "nbf": "now"}, "nbf must be a number", id="begins in text"
        ),
        pytest.param({"uuid": "u-1", "exp": S + 9, "iat": S + 61}, "in the future", id="signed in 61 s"),
        pytest.param({"uuid": "u-1", "exp": S + 9, "iat": S + 60}, "", id="signed in 60 s"),
        pytest.param({"uuid": 7, "exp": S + 9}, "uuid must be text", id="uuid is a number"),
        pytest.param({"uuid": "", "exp": S + 9}, "uuid must be text", id="uuid is empty"),
        pytest.param({"uuid": "u" * 129, "exp": S + 9}, "1 to 128", id="uuid too long"),
        pytest.param({"email": ["a@b.co"], "exp": S + 9}, "email must be text", id="e-mail is a list"),
        pytest.param({"email": "a" * 255, "exp": S + 9}, "1 to 254", id="e-mail too long"),
        pytest.param({"customId": True, "exp": S + 9}, "customId must be text", id="customId is true"),
        pytest.param({"customId": 1.5, "exp": S + 9}, "customId must be text", id="customId is a fraction"),
        pytest.param({"sub": {}, "uuid": "u-1", "exp": S + 9}, "sub must be text", id="sub is an object"),
    ],
)
def test_a_token_must_say_who_and_how_long(claims: dict[str, Any], told: str) -> None:
    token = by_hand(HS256, claims, SECRET.encode())
    found = fault(token, shared())
    assert told in found
    assert bool(told) == bool(found)


PEM = public_pem(rsa_key())
GOOD = {"exp": S + 900, "uuid": "u-1"}


@pytest.mark.parametrize(
    ("token", "told"),
    [
        pytest.param(None, "no text", id="null"),
        pytest.param(7, "no text", id="a number"),
        pytest.param({"token": "x"}, "no text", id="an object"),
        pytest.param("", "no JSON Web Token", id="empty"),
        pytest.param("a.b.c", "no JSON Web Token", id="three letters"),
        pytest.param("ż.ó.ł", "no JSON Web Token", id="not ASCII"),
        pytest.param("\ud800.a.b", "no JSON Web Token", id="half a character"),
        pytest.param(f"{new_api_key()}", "no JSON Web Token", id="an api key"),
        pytest.param(sign(GOOD)[:-1], "", id="a letter short"),
        pytest.param(sign(GOOD) + ".", "no JSON Web Token", id="a fourth part"),
        pytest.param(sign({**GOOD, "pad": "x" * 4000}), "more than 4096 bytes", id="too long"),
        pytest.param(sign(GOOD, number=2), "does not fit a key", id="another's key"),
        pytest.param(by_hand({"alg": "none"}, GOOD).rpartition(".")[0] + ".", "algorithm", id="alg none"),
        pytest.param(by_hand({"alg": "None"}, GOOD), "algorithm", id="alg None"),
        pytest.param(by_hand({}, GOOD, PEM.encode()), "algorithm", id="no alg"),
        pytest.param(by_hand({"alg": ["RS256"]}, GOOD), "algorithm", id="alg is a list"),
        pytest.param(by_hand(HS256, GOOD, PEM.encode()), "algorithm", id="the public key as a secret"),
        pytest.param(by_hand(HS256, GOOD, PEM.strip().encode()), "algorithm", id="the same, stripped"),
        pytest.param(by_hand({"alg": "RS256"}, GOOD), "does not fit a key", id="signed by nobody"),
        pytest.param(jwt.encode(GOOD, rsa_key(), "RS384"), "algorithm", id="RS384"),
        pytest.param(jwt.encode(GOOD, rsa_key(), "PS256"), "algorithm", id="PS256"),
        pytest.param(
            jwt.encode(GOOD, rsa_key(), "RS256", headers={"crit": ["x"], "x": 1}),
            "no JSON Web Token",
            id="an extension",
        ),
        pytest.param(by_hand(b"[" * 2000, GOOD), "no JSON Web Token", id="a header two thousand deep"),
        pytest.param(by_hand(b"[]", GOOD), "no JSON Web Token", id="a header that is a list"),
        pytest.param(by_hand(b"\xff", GOOD), "no JSON Web Token", id="a header that is no text"),
        pytest.param(by_hand({"alg": "RS256", "kid": 7}, GOOD), "no JSON Web Token", id="kid is a number"),
    ],
)
def test_a_token_that_no_key_has_signed_is_refused_in_words(token: Any, told: str) -> None:
    found = fault(token, public())
    assert told in found
    assert found
    if isinstance(token, str) and len(token) > 5:
        assert token[:5] not in found


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b'"x"', b"\xff", b"[" * 2000, b'{"exp":NaN}', b"{"])
def test_what_a_key_has_signed_must_be_an_object(payload: bytes) -> None:
    assert "no JSON object" in fault(by_hand(HS256, payload, SECRET.encode()), shared())


def test_without_a_key_every_token_is_refused() -> None:
    assert "its owner adds one" in fault(sign(ANN))


def test_a_key_that_was_spoiled_in_the_store_refuses() -> None:
    spoiled = TokenKey(id="k", name="k", algorithm="RS256", key="", created_ms=0)
    assert "does not fit" in fault(sign(ANN), spoiled)


def test_any_of_the_keys_will_do_and_kid_picks_one() -> None:
    keys = [shared(), public(2), public(1)]
    assert fault(sign(ANN), *keys) == ""
    assert fault(sign(ANN, kid=keys[2].id), *keys) == ""
    assert fault(sign(ANN, kid="what our server calls it"), *keys) == ""
    assert "does not fit" in fault(sign(ANN, kid=keys[1].id), *keys)
    assert "sign it with HS256" in fault(sign(ANN, kid=keys[0].id), *keys)


def test_what_was_verified_once_ends_all_the_same_and_with_its_key() -> None:
    token, key = sign(ANN), public()
    assert fault(token, key) == ""
    assert "expired" in fault(token, key, now_ms=NOON + 960_000)
    assert fault(token, key, now_ms=NOON + 959_999) == ""
    assert "does not fit" in fault(token, public(2))


def test_the_memory_of_tokens_is_bounded() -> None:
    tokens._signed.cache_clear()
    key = shared()
    for number in range(1100):
        fault(f"a.b.{number}", key)
    assert tokens._signed.cache_info().currsize <= 1024


@given(at=st.integers(0, 2000), letter=st.sampled_from("AZaz09-_.=\x00é"), drop=st.booleans())
def test_a_token_that_was_tampered_with_is_never_accepted(at: int, letter: str, drop: bool) -> None:
    good = sign(ANN)
    at %= len(good)
    changed = good[:at] + ("" if drop else letter) + good[at + 1 :]
    assert (fault(changed, public()) == "") == (changed == good)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_NAMES = ("exp", "nbf", "iat", "uuid", "email", "customId", "sub", "x")


@given(said=st.dictionaries(st.sampled_from(_NAMES), _JSON | st.integers(0, 10**12), max_size=6))
def test_any_payload_is_a_person_or_a_fault(said: dict[str, Any]) -> None:
    token = by_hand(HS256, json.dumps(said).encode(), SECRET.encode())
    if not fault(token, shared()):
        claims = verify(token, [shared()], NOON)
        assert claims.uuid or claims.email or claims.custom_id


@given(st.text() | st.binary().map(lambda content: by_hand(content, content)) | _JSON)
def test_anything_else_is_a_fault(token: Any) -> None:
    assert fault(token, public(), shared())


def test_a_token_does_not_look_like_an_api_key() -> None:
    assert looks_like_token(sign(ANN))
    assert not any(looks_like_token(new_api_key()) for _ in range(50))
