"""Keys: the secret api keys of back ends, and the server's own secret.

An api key carries 256 random bits, so its hash needs no salt and no slowness: a plain SHA-256
cannot be guessed back, and looking one up stays cheap enough for every request.
"""

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
    """Return the server's secret from this file, made with mode 0600 when absent.

    Two processes that start at once agree: the file is linked into place complete, and only by the first.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its secret is the one
        finally:
            draft.unlink()
    return path.read_bytes().strip()
