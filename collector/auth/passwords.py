"""Passwords, kept as argon2id hashes. Hashing takes tens of milliseconds by design: call from a thread."""

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
"""Shortest password an admin may choose, in characters (NIST SP 800-63B asks for at least eight)."""

MAX_LENGTH = 1_000
"""Longest password looked at, in characters: hashing a megabyte would be a present to an attacker."""

_hasher = PasswordHasher()

_turns = threading.BoundedSemaphore(4)
"""How many are hashed at once: each takes 64 MiB, and a flood of sign-ins must not take them all."""


def hash_password(password: str) -> str:
    """Return an argon2id hash with its parameters and salt in it."""
    with _turns:
        return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Return whether the password made this hash; False for a hash that cannot be read."""
    try:
        with _turns:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobodys_hash() -> str:
    """A hash that no password made, to try the one against that came with an unknown name: so that the
    answer takes as long as for a known one. Make it before the first attempt: its cost would tell too."""
    return hash_password(secrets.token_urlsafe(16))
