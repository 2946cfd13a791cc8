"""Our own tokens: JSON Web Tokens (RFC 7519) signed with RS256, and the key pairs that sign them.

`alg` is RS256 whatever a token says of itself, and `kid` must be a key of ours: so neither `none`
nor a public key used as a shared secret gets through. A private half is kept encrypted under a
passphrase made of the server's secret: whoever copies the store alone can sign nothing. A key that the
secret does not open is trusted no more: to change the secret ends all tokens.

What signs and checks is loaded when it is needed: it takes 10 MB, and many servers have no such tokens.

The other direction, tokens that a site's own back end signs, is `auth/tokens.py`.
"""

import json
import uuid as uuids
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from jwt import PyJWS

ALGORITHM = "RS256"
BITS = 2048
AUDIENCE = "API"
ISSUER = "Tagwell"

LIFE_MS = 60 * 60 * 1000
"""How long a token holds: one hour, the vendor's default (contracts/synerise-events-api.md section 9)."""

MAX_LIFE_MS = 24 * LIFE_MS
"""The longest that any token may hold. What is refused by its age is forgotten after that."""

SKEW_MS = 60_000
"""How far the clocks of our own hosts may differ."""

MAX_TOKEN_BYTES = 4096


class Pair(NamedTuple):
    """A new key pair. `private_pem` is PKCS8, encrypted."""

    id: str
    private_pem: str
    public_pem: str


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"client_id": "clId"}):
    """What a token says, by the names of contracts/synerise-events-api.md section 9.

    rlm    realm
    ctd    when it was made, ms since the epoch, UTC
    exp    when it ends, seconds since the epoch
    bpi    the workspace's id
    clId   the profile's id; absent where there is none yet
    eml    the profile's email, or a placeholder
    apk    the source's id, or the id of the api key (never the key)
    jti    the token's own id
    sub    the caller as the audit names it
    epo    the epoch of a user's sign-ins: a changed password ends them
    """

    rlm: str
    ctd: int
    exp: int
    bpi: int
    jti: str
    sub: str
    aud: str = ""
    iss: str = ""
    client_id: int | None = None
    eml: str | None = None
    uuid: str | None = None
    apk: str | None = None
    epo: int | None = None


def new_pair(secret_key: bytes) -> Pair:
    """Make a key pair, whose private half only this secret opens. Takes a tenth of a second or so."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    private = generate_private_key(public_exponent=65537, key_size=BITS)
    locked = serialization.BestAvailableEncryption(_passphrase(secret_key))
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(str(uuids.uuid4()), pem.decode(), public.decode())


def open_private(private_pem: str, secret_key: bytes) -> "RSAPrivateKey | None":
    """Return the private half; None where it was locked under another secret."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        key = serialization.load_pem_private_key(private_pem.encode(), _passphrase(secret_key))
    except ValueError:
        return None
    return key if isinstance(key, RSAPrivateKey) else None


def open_public(public_pem: str) -> "RSAPublicKey":
    """Return the public half. Raises ValueError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = serialization.load_pem_public_key(public_pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("no RSA key")
    return key


def sign(claims: Claims, key: "RSAPrivateKey", key_id: str) -> str:
    """Return a token."""
    said = msgspec.structs.replace(claims, aud=AUDIENCE, iss=ISSUER)
    return _jws().encode(msgspec.json.encode(said), key, ALGORITHM, headers={"kid": key_id})


def key_of(token: str) -> str | None:
    """The id of the key that a token says it is signed with; None for what is no token of ours."""
    if len(token) > MAX_TOKEN_BYTES:
        return None
    import jwt

    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeEncodeError):
        return None
    kid = header.get("kid")
    return kid if header.get("alg") == ALGORITHM and isinstance(kid, str) else None


def read(token: str, keys: Mapping[str, "RSAPublicKey"], now_ms: int) -> Claims | None:
    """Return what a token says; None unless one of these keys signed it and it still holds."""
    import jwt

    key = keys.get(key_of(token) or "")
    if key is None:
        return None
    try:
        said = msgspec.json.decode(_jws().decode(token, key, [ALGORITHM]), type=Claims)
    except (jwt.PyJWTError, msgspec.MsgspecError, UnicodeError):
        return None
    holds = said.aud == AUDIENCE and said.iss == ISSUER and said.ctd <= now_ms + SKEW_MS
    lives = now_ms < said.exp * 1000 <= said.ctd + MAX_LIFE_MS
    return said if holds and lives else None


def jwk(key: "RSAPublicKey", key_id: str) -> dict[str, Any]:
    """A public key as a JSON Web Key (RFC 7517)."""
    from jwt.algorithms import RSAAlgorithm

    fields: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key))
    return {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": key_id, "n": fields["n"], "e": fields["e"]}


@cache
def _jws() -> "PyJWS":
    from jwt import PyJWS

    return PyJWS((ALGORITHM,))


def _passphrase(secret_key: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"tagwell signing keys")
    return kdf.derive(secret_key).hex().encode()
