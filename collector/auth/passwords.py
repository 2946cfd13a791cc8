"""Passwords, kept as argon2id hashes. Hashing takes tens of milliseconds by design: call from a thread."""

import base64
import secrets
import threading
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

MIN_LENGTH = 12
"""Shortest password an admin may choose, in characters (OWASP ASVS 4.0.3, 2.1.1)."""

MAX_CHOSEN = 128
"""Longest password an admin may choose, in characters (OWASP ASVS 4.0.3, 2.1.2)."""

MAX_LENGTH = 1_000
"""Longest password looked at, in characters: hashing a megabyte would be a present to an attacker."""

_hasher = PasswordHasher()

_turns = threading.BoundedSemaphore(4)
"""How many are hashed at once: each takes 64 MiB, and a flood of sign-ins must not take them all."""


def hash_password(password: str) -> str:
    """Return an argon2id hash with its parameters and salt in it."""
    with _turns:
        return _hasher.hash(password)


def choice_problem(password: str) -> str:
    """Return what is wrong with a password that an admin chooses, "" for one that will do.

    No kind of character is asked for: length counts, and that nobody tries it first.
    """
    if not MIN_LENGTH <= len(password) <= MAX_CHOSEN:
        return f"has {len(password)} characters. Use {MIN_LENGTH} or more, and at most {MAX_CHOSEN}."
    if password.casefold() in _common():
        return "is one of the most common there are, which are tried first. Use another."
    return ""


@cache
def _common() -> frozenset[str]:
    """Those of the 20,000 most common passwords that are long enough, in lower case.

    Source: the list that Royce Williams made of leaked passwords, as Django ships it.
    """
    text = files("collector.auth").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.splitlines())


def verify_password(password_hash: str, password: str) -> bool:
    """Return whether the password made this hash; False for a hash that cannot be read.

    A password beyond MAX_LENGTH is refused whole: cut to it, it would be as good as its beginning.
    """
    if len(password) > MAX_LENGTH:
        return False
    try:
        with _turns:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys_hash() -> str:
    """A hash that no password made, to try the one against that came with an unknown name: so that the
    answer takes as long as for a known one.

    Drawn, not computed: a real one takes a tenth of a second, which would tell the first unknown name apart.
    """
    drawn = [_unpadded(secrets.token_bytes(length)) for length in (_hasher.salt_len, _hasher.hash_len)]
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return "$".join(("", "argon2id", f"v={ARGON2_VERSION}", costs, *drawn))


def _unpadded(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")
