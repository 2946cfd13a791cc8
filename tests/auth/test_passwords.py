"""Passwords: argon2id hashes that only their own password opens."""

import pytest

from collector.auth.passwords import hash_password, verify_password

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_password(PASSWORD)


def test_hash_is_argon2id_and_holds_nothing_of_the_password(password_hash: str) -> None:
    assert password_hash.startswith("$argon2id$")
    assert PASSWORD not in password_hash


def test_right_password_opens(password_hash: str) -> None:
    assert verify_password(password_hash, PASSWORD)


@pytest.mark.parametrize(
    "wrong", ["", "correct horse batterY", PASSWORD + " ", PASSWORD + "\x00", "x" * 10_000]
)
def test_wrong_password_does_not(password_hash: str, wrong: str) -> None:
    assert not verify_password(password_hash, wrong)


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=4$"])
def test_hash_that_cannot_be_read_opens_for_nobody(broken: str) -> None:
    assert not verify_password(broken, PASSWORD)


def test_two_hashes_of_one_password_differ(password_hash: str) -> None:
    assert hash_password(PASSWORD) != password_hash
