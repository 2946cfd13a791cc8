"""Keys: the secret api keys of back ends, and the server's own secret.

An api key carries 256 random bits, so its hash needs no salt and no slowness: a plain SHA-256
cannot be guessed back, and looking one up stays cheap enough for every request.
"""

import fcntl
import hashlib
import os
import secrets
from pathlib import Path

API_KEY_PREFIX = "tw_"


def new_api_key() -> str:
    """Return a new secret key. Show it once; keep `hash_key` of it."""
    return API_KEY_PREFIX + secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """Return the hash under which a key is kept and looked up (hex SHA-256)."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def read_or_make_secret(path: Path) -> bytes:
    """Return the server's secret from this file, made with mode 0600 when absent or empty.

    Processes that start at once agree, since each holds the file's lock while it looks and writes.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        secret = file.read().strip()
        if not secret:
            secret = secrets.token_hex(32).encode()
            file.seek(0)
            file.truncate()
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        return secret
