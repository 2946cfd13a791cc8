"""Our own tokens: only what one of our keys has signed with RS256 says anything, and only while it holds."""

import base64
import json
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from collector.auth import signing
from collector.auth.signing import Claims, Pair
from tests.auth.signing import NOON, by_hand, public_pem, rsa_key

SECRET = b"of the tests"
HOUR = 3_600_000


@pytest.fixture(scope="module")
def pair() -> Pair:
    """A key pair of ours."""
    return signing.new_pair(SECRET)


@pytest.fixture(scope="module")
def keys(pair: Pair) -> dict[str, RSAPublicKey]:
    """What is known of it."""
    return {pair.id: signing.open_public(pair.public_pem)}


@pytest.fixture(scope="module")
def token(pair: Pair) -> str:
    """A token of an hour from NOON on."""
    private = signing.open_private(pair.private_pem, SECRET)
    assert private is not None
    return signing.sign(claims(), private, pair.id)


def claims(**changes: Any) -> Claims:
    said = Claims(rlm="client", ctd=NOON, exp=(NOON + HOUR) // 1000, bpi=1, jti="t-1", sub="profile:7")
    return msgspec.structs.replace(said, **({"client_id": 7, "eml": "ann@shop.example"} | changes))


def payload() -> dict[str, Any]:
    return {"aud": "API", "iss": "Tagwell", **msgspec.to_builtins(claims())}


def test_what_was_signed_is_read(keys: dict[str, RSAPublicKey], token: str) -> None:
    assert signing.read(token, keys, NOON) == claims(aud="API", iss="Tagwell")
    assert signing.read(token, keys, NOON + HOUR - 1) is not None
    assert signing.read(token, keys, NOON + HOUR) is None


def test_another_reads_it_with_the_public_key_alone(pair: Pair, token: str) -> None:
    """Claims by the names of contracts/synerise-events-api.md section 9."""
    key = jwt.PyJWK(signing.jwk(signing.open_public(pair.public_pem), pair.id))
    options: Any = {"verify_exp": False}
    said = jwt.decode(token, key, ["RS256"], audience="API", issuer="Tagwell", options=options)
    assert said == {
        "aud": "API",
        "iss": "Tagwell",
        "rlm": "client",
        "ctd": NOON,
        "exp": (NOON + HOUR) // 1000,
        "bpi": 1,
        "clId": 7,
        "eml": "ann@shop.example",
        "jti": "t-1",
        "sub": "profile:7",
    }
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": pair.id}


def test_every_changed_bit_of_what_it_says_is_found(keys: dict[str, RSAPublicKey], token: str) -> None:
    head, body, signature = token.split(".")
    said = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    for place in range(0, len(said), 5):
        said[place] ^= 1
        changed = base64.urlsafe_b64encode(said).rstrip(b"=").decode()
        assert signing.read(f"{head}.{changed}.{signature}", keys, NOON) is None
        said[place] ^= 1
    assert signing.read(f"{head}.{body}.{signature[:-8]}AAAAAAAA", keys, NOON) is None
    assert signing.read(f"{head}.{body}.", keys, NOON) is None


def forged(kind: str, pair: Pair) -> str:
    """A token that somebody else made."""
    ours, theirs = {"kid": pair.id}, rsa_key(2)
    match kind:
        case "another's key under our kid":
            return jwt.encode(payload(), theirs, "RS256", headers=ours)
        case "another's key and kid":
            return jwt.encode(payload(), theirs, "RS256", headers={"kid": "theirs"})
        case "another's key in the header":
            header = {**ours, "jwk": signing.jwk(theirs.public_key(), pair.id), "jku": "https://evil.example"}
            return jwt.encode(payload(), theirs, "RS256", headers=header)
        case "no kid":
            return jwt.encode(payload(), theirs, "RS256")
        case "none":
            return by_hand({"alg": "none", **ours}, payload()).rpartition(".")[0] + "."
        case "HS256 with our public key":
            return by_hand({"alg": "HS256", **ours}, payload(), pair.public_pem.encode())
        case "RS256 said, HS256 done":
            return by_hand({"alg": "RS256", **ours}, payload(), pair.public_pem.encode())
        case "kid of another type":
            return by_hand({"alg": "RS256", "kid": 5}, payload())
    raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "another's key under our kid",
        "another's key and kid",
        "another's key in the header",
        "no kid",
        "none",
        "HS256 with our public key",
        "RS256 said, HS256 done",
        "kid of another type",
    ],
)
def test_what_another_made_says_nothing(kind: str, pair: Pair, keys: dict[str, RSAPublicKey]) -> None:
    assert signing.read(forged(kind, pair), keys, NOON) is None


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "é.é.é", "\ud800..", "e30.e30.e30", "A" * 5000, "W10.e30.e30", "\0.\0.\0"],
)
def test_rubbish_says_nothing(text: str, keys: dict[str, RSAPublicKey]) -> None:
    assert signing.read(text, keys, NOON) is None


@pytest.mark.parametrize(
    "change",
    [{"aud": "else"}, {"iss": "Synerise"}, {"exp": "soon"}, {"rlm": None}, {"clId": "7"}, {"exp": -1}],
)
def test_what_we_signed_for_another_purpose_says_nothing(
    change: dict[str, Any], pair: Pair, keys: dict[str, RSAPublicKey]
) -> None:
    private = signing.open_private(pair.private_pem, SECRET)
    assert private is not None
    token = jwt.encode(payload() | change, private, "RS256", headers={"kid": pair.id})
    assert signing.read(token, keys, NOON) is None


def test_the_private_half_opens_with_its_secret_alone(pair: Pair) -> None:
    assert "BEGIN ENCRYPTED PRIVATE KEY" in pair.private_pem
    assert signing.open_private(pair.private_pem, SECRET) is not None
    assert signing.open_private(pair.private_pem, b"another") is None
    assert signing.open_private("", SECRET) is None
    assert signing.open_public(pair.public_pem).key_size == 2048
    with pytest.raises(ValueError, match="RSA"):
        signing.open_public(public_pem(ec.generate_private_key(ec.SECP256R1())))


def test_a_jwk_holds_no_private_part(pair: Pair) -> None:
    said = json.dumps(signing.jwk(signing.open_public(pair.public_pem), pair.id))
    assert set(json.loads(said)) == {"kty", "use", "alg", "kid", "n", "e"}


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        pytest.param({"exp": (NOON + 24 * HOUR) // 1000}, True, id="a day"),
        pytest.param({"exp": (NOON + 25 * HOUR) // 1000}, False, id="longer than any of ours"),
        pytest.param({"ctd": NOON + 50_000}, True, id="clocks that differ a little"),
        pytest.param({"ctd": NOON + 70_000}, False, id="made in the future"),
    ],
)
def test_no_token_lives_longer_than_we_let_one(
    pair: Pair, keys: dict[str, RSAPublicKey], changes: dict[str, int], holds: bool
) -> None:
    private = signing.open_private(pair.private_pem, SECRET)
    assert private is not None
    assert (signing.read(signing.sign(claims(**changes), private, pair.id), keys, NOON) is not None) is holds
