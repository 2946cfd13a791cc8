"""Signed tokens: a site's own back end says who the visitor is, and the browser carries its word.

A token is a JSON Web Token (RFC 7519) signed with RS256, or with HS256 where the site set a shared
key. The key decides the algorithm and never the token: so neither `none` nor a public key used as
a shared secret gets through. Source: contracts/synerise-sdk.md section 8.

PyJWT checks the signature, and is loaded with the first token: it takes 10 MB, and many sites have none. The
times are checked here, against a time that is handed in: admit has no clock, and what was verified is
remembered, since RS256 costs more than all else an event does.
"""

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from jwt import PyJWS

ALGORITHMS = ("RS256", "HS256")

MAX_TOKEN_BYTES = 4096

LEEWAY_MS = 60_000
"""How far the clock of the signing server may be from ours: 60 s."""

_LAST_SECOND = 253_402_300_799
"""Of the year 9999. A later time is one in milliseconds, as JavaScript's clock gives it."""

_MAX_LENGTH = {"uuid": 128, "email": 254, "customId": 255, "sub": 255}
"""Of the claims that name a person, in characters: as long as the identifiers may be."""

_UNREADABLE = "it is no JSON Web Token: three parts of base64url with dots between them"


class BadToken(ValueError):
    """A token that proves nothing. Says why, and never quotes it."""


class TokenKey(Protocol):
    """What tokens are checked with: a PEM public key (RS256), or a shared secret (HS256)."""

    @property
    def id(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def key(self) -> str: ...


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a token names, at least by one of three, and when it holds. Times are ms since the epoch, UTC.

    An e-mail address is in lower case. `custom_id` is `customId`, or `sub` where there is none.
    """

    uuid: str | None
    email: str | None
    custom_id: str | None
    expires_ms: int
    not_before_ms: int
    issued_ms: int


def looks_like_token(text: str) -> bool:
    """Whether a bearer of an Authorization header is a token. An api key holds no dot."""
    return text.count(".") == 2


def verify(token: Any, keys: Sequence[TokenKey], now_ms: int) -> Claims:
    """Return what a token says once it is proved by one of these keys. Raises BadToken.

    `kid` in the token's header picks the key where it is one's id; else all of its algorithm are tried.
    """
    if not isinstance(token, str):
        raise BadToken("it is no text")
    if len(token) > MAX_TOKEN_BYTES:
        raise BadToken(f"it has more than {MAX_TOKEN_BYTES} bytes")
    if not keys:
        raise BadToken("this source has no key to check it with; its owner adds one on the page Tokens")
    found = _signed(token, tuple(keys))
    if isinstance(found, str):
        raise BadToken(found)
    if found.expires_ms + LEEWAY_MS <= now_ms:
        raise BadToken("it has expired (exp); sign a fresh one")
    if found.not_before_ms - LEEWAY_MS > now_ms:
        raise BadToken("it does not hold yet (nbf)")
    if found.issued_ms - LEEWAY_MS > now_ms:
        raise BadToken("it was signed in the future (iat); is the clock of the signing server right?")
    return found


@lru_cache(maxsize=1024)
def _signed(token: str, keys: tuple[TokenKey, ...]) -> Claims | str:
    """What a token says at any time, or what is wrong with it at all times."""
    try:
        return _claims(_payload(token, keys))
    except BadToken as fault:
        return str(fault)


def _payload(token: str, keys: tuple[TokenKey, ...]) -> bytes:
    import jwt

    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, UnicodeEncodeError):
        raise BadToken(_UNREADABLE) from None
    algorithm, kid = header.get("alg"), header.get("kid")
    named = [key for key in keys if key.id == kid] or keys
    fitting = [key for key in named if key.algorithm == algorithm]
    if not fitting:
        known = " or ".join(sorted({key.algorithm for key in named}))
        raise BadToken(f"its algorithm (alg) is not that of the key: sign it with {known}")
    for key in fitting:
        try:
            payload: bytes = _jws().decode(token, _prepared(key.algorithm, key.key), [key.algorithm])
        except jwt.PyJWTError:
            continue
        return payload
    raise BadToken("its signature does not fit a key of this source")


@cache
def _jws() -> "PyJWS":
    from jwt import PyJWS

    return PyJWS(ALGORITHMS)


@lru_cache(maxsize=256)
def _prepared(algorithm: str, key: str) -> Any:
    """A key as PyJWT takes it: a PEM is read once."""
    if algorithm == "HS256":
        return key
    from jwt.algorithms import RSAAlgorithm

    return RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(key)


def _claims(payload: bytes) -> Claims:
    try:
        said = msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadToken("what it says (its payload) is no JSON object") from None
    if "exp" not in said:
        raise BadToken("it must say when it expires: exp, in seconds since 1970")
    named = {name: _identifier(said, name) for name in _MAX_LENGTH}
    if not any(named.values()):
        raise BadToken("it names nobody: give it uuid, email, customId or sub")
    return Claims(
        uuid=named["uuid"],
        email=named["email"].lower() if named["email"] else None,
        custom_id=named["customId"] or named["sub"],
        expires_ms=_time_ms(said, "exp"),
        not_before_ms=_time_ms(said, "nbf"),
        issued_ms=_time_ms(said, "iat"),
    )


def _identifier(said: dict[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if name in ("customId", "sub") and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    value = value.strip() if isinstance(value, str) else ""
    if not 0 < len(value) <= _MAX_LENGTH[name]:
        raise BadToken(f"{name} must be text of 1 to {_MAX_LENGTH[name]} characters")
    return value


def _time_ms(said: dict[str, Any], name: str) -> int:
    value = said.get(name, 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise BadToken(f"{name} must be a number: seconds since 1970")
    if value > _LAST_SECOND:
        raise BadToken(f"{name} must be in seconds since 1970; this looks like milliseconds")
    return int(value * 1000)
