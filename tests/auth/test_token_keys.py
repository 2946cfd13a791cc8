"""What is kept to check tokens with: public keys and good secrets, and nothing that signs for others."""

import base64
import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.auth.token_keys import checked_key, fingerprint, new_shared_key
from tests.auth.signing import SECRET, private_pem, public_pem, rsa_key

PEM = public_pem(rsa_key())


def _certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key().public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day)
        .sign(rsa_key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _pkcs1() -> str:
    return (
        rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
        .decode()
    )


@pytest.mark.parametrize(
    ("algorithm", "text", "kept"),
    [
        pytest.param("RS256", PEM, PEM, id="a public key"),
        pytest.param("RS256", f"\n  {PEM}\n\n", PEM, id="with blanks around it"),
        pytest.param("RS256", PEM.replace("\n", "\r\n"), PEM, id="with line ends of Windows"),
        pytest.param("RS256", _pkcs1(), PEM, id="BEGIN RSA PUBLIC KEY"),
        pytest.param("RS256", _certificate(), PEM, id="a certificate"),
        pytest.param("HS256", SECRET, SECRET, id="a secret"),
        pytest.param("HS256", f"{SECRET}\n", SECRET, id="a secret and a line end"),
        pytest.param("HS256", "ż" * 16, "ż" * 16, id="bytes count, not letters"),
    ],
)
def test_a_good_key_is_kept(algorithm: str, text: str, kept: str) -> None:
    assert checked_key(algorithm, text) == kept


@pytest.mark.parametrize(
    ("algorithm", "text", "told"),
    [
        pytest.param("RS256", private_pem(rsa_key()), "This is a private key", id="a private key"),
        pytest.param("RS256", PEM + private_pem(rsa_key()), "This is a private key", id="a pair"),
        pytest.param("RS256", public_pem(rsa_key(9, 1024)), "has 1024 bits. Use 2048", id="too short a key"),
        pytest.param(
            "RS256", public_pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key", id="an elliptic curve"
        ),
        pytest.param("RS256", "", "-----BEGIN PUBLIC KEY-----", id="nothing"),
        pytest.param("RS256", SECRET, "-----BEGIN PUBLIC KEY-----", id="a secret for a PEM"),
        pytest.param("RS256", "ssh-rsa AAAAB3Nz x", "-----BEGIN PUBLIC KEY-----", id="a key of ssh"),
        pytest.param("RS256", PEM[:200], "cannot be read", id="half a PEM"),
        pytest.param("RS256", PEM.replace("M", "\ud800"), "cannot be read", id="half a character in it"),
        pytest.param("RS256", _certificate()[:400], "cannot be read", id="half a certificate"),
        pytest.param("RS256", PEM * 40, "PEM form", id="a heap of them"),
        pytest.param("HS256", PEM, "Choose RS256", id="a PEM for a secret"),
        pytest.param("HS256", private_pem(rsa_key()), "Choose RS256", id="a private key for a secret"),
        pytest.param("HS256", "x" * 31, "has 31 bytes. Use 32", id="too short a secret"),
        pytest.param("HS256", "x" * 1025, "to 1024", id="too long a secret"),
        pytest.param("HS256", "x" * 20 + "\n" + "x" * 20, "line break", id="two lines"),
        pytest.param("none", SECRET, "one of RS256, HS256", id="no algorithm"),
    ],
)
def test_any_other_is_refused_in_words_that_do_not_quote_it(algorithm: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        checked_key(algorithm, text)
    inner = text[40:80]
    assert len(inner) < 20 or inner not in str(refused.value)


def test_a_shared_key_of_our_making_is_good_and_new() -> None:
    made = [new_shared_key() for _ in range(20)]
    assert len(set(made)) == 20
    assert [checked_key("HS256", key) for key in made] == made


def test_fingerprint_of_a_public_key_is_the_hash_of_its_der() -> None:
    der = base64.b64decode("".join(PEM.splitlines()[1:-1]))
    assert fingerprint("RS256", PEM) == hashlib.sha256(der).hexdigest()


def test_fingerprint_of_a_secret_tells_it_from_others_and_little_more() -> None:
    assert fingerprint("HS256", SECRET) != fingerprint("HS256", SECRET + "x")
    assert len(fingerprint("HS256", SECRET)) == 8
