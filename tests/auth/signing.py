"""A site's back end of the tests: it has keys of its own and signs tokens."""

import base64
import hashlib
import hmac
import itertools
import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from collector.model.source import TokenKey

NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
SECRET = "a-shared-key-of-the-tests-of-enough-bytes"

_numbers = itertools.count(1)


def rsa_key(number: int = 1, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A private key, the same for the same number."""
    return _rsa_key(number, bits)


@cache
def _rsa_key(number: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The public half, as openssl prints it."""
    return (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def private_pem(private: rsa.RSAPrivateKey) -> str:
    """The private half, as openssl keeps it."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def shared(key: str = SECRET) -> TokenKey:
    """A key that was set for HS256."""
    return TokenKey(id=f"key-{next(_numbers)}", name="shop", algorithm="HS256", key=key, created_ms=NOON)


def public(number: int = 1) -> TokenKey:
    """A key that was set for RS256."""
    pem = public_pem(rsa_key(number))
    return TokenKey(id=f"key-{next(_numbers)}", name="shop", algorithm="RS256", key=pem, created_ms=NOON)


def sign(
    claims: dict[str, Any], *, now_ms: int = NOON, number: int = 1, kid: str | None = None, **more: Any
) -> str:
    """A token by the private key of this number, for a quarter of an hour unless `exp` says otherwise."""
    claims = {"exp": now_ms // 1000 + 900, **claims, **more}
    return jwt.encode(claims, rsa_key(number), "RS256", headers={"kid": kid} if kid else None)


def by_hand(header: Any, payload: Any, secret: bytes = b"") -> str:
    """A token of any header and payload (bytes stay as they are), signed by HMAC-SHA256."""
    text = ".".join(_part(each) for each in (header, payload))
    return f"{text}.{_part(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def _part(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
