"""Passwords: argon2id hashes that only their own password opens."""

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import VerifyMismatchError

from collector.auth.passwords import (
    MAX_LENGTH,
    choice_problem,
    hash_password,
    nobodys_hash,
    verify_password,
)

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


def test_nobodys_hash_costs_what_a_real_one_does_and_opens_for_nobody(password_hash: str) -> None:
    assert extract_parameters(nobodys_hash()) == extract_parameters(password_hash)
    assert len(nobodys_hash()) == len(password_hash)
    with pytest.raises(VerifyMismatchError):  # it is read as a hash, and all the work is done
        PasswordHasher().verify(nobodys_hash(), PASSWORD)
    assert not verify_password(nobodys_hash(), PASSWORD)


def test_two_hashes_of_one_password_differ(password_hash: str) -> None:
    assert hash_password(PASSWORD) != password_hash


def test_hashing_costs_what_it_should(password_hash: str) -> None:
    """OWASP ASVS 4.0.3, 2.4.1, 2.4.2 and 2.4.5: 15 MiB, two rounds and 32 bits of salt are the least."""
    cost = extract_parameters(password_hash)
    assert cost.type is Type.ID
    assert cost.memory_cost >= 15 * 1024
    assert cost.time_cost >= 2
    assert cost.parallelism >= 1
    assert cost.salt_len >= 16


def test_a_password_counts_to_its_last_character_and_no_longer_one_does() -> None:
    longest = "é " * (MAX_LENGTH // 2)
    password_hash = hash_password(longest)
    assert verify_password(password_hash, longest)
    assert not verify_password(password_hash, longest[:-1])
    assert not verify_password(password_hash, longest + "x"), "not cut to what would fit"


@pytest.mark.parametrize(
    ("password", "told"),
    [
        pytest.param("x" * 11, "11 characters", id="too short"),
        pytest.param("x" * 129, "129 characters", id="too long"),
        pytest.param("password1234", "most common", id="a common one"),
        pytest.param("PassWord1234", "most common", id="a common one in other letters"),
    ],
)
def test_a_poor_choice_is_told(password: str, told: str) -> None:
    assert told in choice_problem(password)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("abcdefghijxy", id="letters alone"),
        pytest.param("correct horse battery staple", id="words"),
        pytest.param("ねこが好きです、とても好き", id="any script"),
        pytest.param("🍕" * 64, id="as long as asked for"),
    ],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    assert choice_problem(password) == ""
