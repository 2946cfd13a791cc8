"""Passwords, kept as argon2id hashes. Hashing takes tens of milliseconds by design: call from a thread."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
"""Shortest password an admin may choose, in characters (NIST SP 800-63B asks for at least eight)."""

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return an argon2id hash with its parameters and salt in it."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Return whether the password made this hash; False for a hash that cannot be read."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
