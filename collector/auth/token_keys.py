"""The keys that tokens are checked with: what a person pastes, read, refused in words, and told apart.

Only what can check is kept. A private key belongs to the server that signs, so it is refused by name. What
reads keys is loaded when it is needed, as in `auth/signing.py`.
"""

import hashlib
import secrets

ALGORITHMS = ("RS256", "HS256")

MIN_SECRET_BYTES = 32
"""As many as HS256's hash has (RFC 7518, section 3.2)."""

MAX_SECRET_BYTES = 1024

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 4096
"""A larger key makes each check slower, and a stranger decides how often we check."""

_MAX_PEM = 16_000
_OPENSSL = "openssl rsa -in private.pem -pubout"


def new_shared_key() -> str:
    """Return a new secret for HS256: 256 random bits."""
    return secrets.token_urlsafe(32)


def checked_key(algorithm: str, text: str) -> str:
    """Return a key as it is kept: a PEM public key, or the secret. Raises ValueError, which never quotes it.

    For RS256 a certificate is taken too, of which only the public key is kept.
    """
    text = text.strip()
    if algorithm == "HS256":
        return _shared_key(text)
    if algorithm == "RS256":
        return _public_key(text)
    raise ValueError(f"The algorithm must be one of {', '.join(ALGORITHMS)}.")


def fingerprint(algorithm: str, key: str) -> str:
    """Return what tells a kept key from others: of a public key the SHA-256 of its DER, as
    `openssl rsa -pubin -in public.pem -outform der | sha256sum` prints it. Of a secret only eight
    digits, which do not help to guess it."""
    if algorithm == "HS256":
        return hashlib.sha256(b"tagwell token key " + key.encode()).hexdigest()[:8]
    from cryptography.hazmat.primitives import serialization

    public = serialization.load_pem_public_key(key.encode())
    return hashlib.sha256(
        public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def _shared_key(text: str) -> str:
    if "-----BEGIN" in text:
        raise ValueError("This is a PEM, which a shared key is not. Choose RS256 for a public key.")
    if not text.isprintable():
        raise ValueError("The shared key holds a line break or a control character. Paste it anew.")
    length = len(text.encode("utf-8"))
    if not MIN_SECRET_BYTES <= length <= MAX_SECRET_BYTES:
        raise ValueError(
            f"The shared key has {length} bytes. Use {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES}, "
            "or let one be made."
        )
    return text


def _public_key(text: str) -> str:
    if "PRIVATE KEY" in text:
        raise ValueError(
            "This is a private key. Leave it on the server that signs, and paste the public one: "
            f"{_OPENSSL} prints it. Since the private key has been pasted here, consider a new pair."
        )
    if len(text) > _MAX_PEM or not text.startswith("-----BEGIN "):
        raise ValueError(
            "This is no key in PEM form, which begins with -----BEGIN PUBLIC KEY----- or "
            f"-----BEGIN CERTIFICATE-----. {_OPENSSL} prints one."
        )
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        public = _read_pem(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The PEM cannot be read. Paste all of it, its first and last line too.") from None
    if not isinstance(public, RSAPublicKey):
        raise ValueError("This is no RSA key, and RS256 needs one. Make one: openssl genrsa 2048")
    if not MIN_RSA_BITS <= public.key_size <= MAX_RSA_BITS:
        raise ValueError(
            f"The RSA key has {public.key_size} bits. Use {MIN_RSA_BITS} to {MAX_RSA_BITS}: "
            "openssl genrsa 2048"
        )
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def _read_pem(pem: bytes) -> object:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    if b"BEGIN CERTIFICATE-" in pem:
        return x509.load_pem_x509_certificate(pem).public_key()
    return serialization.load_pem_public_key(pem)
