"""Keys and the server's secret: random, hashed, private, and the same for processes that start at once."""

import hashlib
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from collector.auth.keys import hash_key, new_api_key, read_or_make_secret


def test_keys_are_recognisable_long_and_never_the_same() -> None:
    keys = {new_api_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("tw_") and len(key) >= 3 + 43 for key in keys)


def test_hash_of_a_key_is_stable_and_is_not_the_key() -> None:
    key = new_api_key()
    assert hash_key(key) == hash_key(key) == hashlib.sha256(key.encode()).hexdigest()
    assert key not in hash_key(key)


@pytest.mark.parametrize("text", ["", "\xff", "\ud800", "x" * 100_000])
def test_any_text_can_be_hashed(text: str) -> None:
    assert len(hash_key(text)) == 64


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "tagwell.secret"
    made = read_or_make_secret(path)
    assert len(made) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_secret(path) == made
    assert list(tmp_path.iterdir()) == [path]


def test_two_stores_have_two_secrets(tmp_path: Path) -> None:
    assert read_or_make_secret(tmp_path / "a") != read_or_make_secret(tmp_path / "b")


def test_secret_of_the_operator_is_taken_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "tagwell.secret"
    path.write_bytes(b"a secret of thirty-two characters\n")
    assert read_or_make_secret(path) == b"a secret of thirty-two characters"


@pytest.mark.parametrize("content", [b"", b"\n", b"  "])
def test_empty_secret_counts_as_absent_as_anybody_could_sign_with_it(tmp_path: Path, content: bytes) -> None:
    """A power cut can leave the file there and its content not."""
    path = tmp_path / "tagwell.secret"
    path.write_bytes(content)
    assert len(read_or_make_secret(path)) >= 32
    assert path.read_bytes() == read_or_make_secret(path)


def test_draft_that_a_crash_left_behind_does_not_stop_the_next_start(tmp_path: Path) -> None:
    """In a container every start has the same process id."""
    path = tmp_path / "tagwell.secret"
    (tmp_path / f"tagwell.secret.{os.getpid()}.new").write_bytes(b"half")
    assert len(read_or_make_secret(path)) >= 32


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "tagwell.secret"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        secrets = pool.map(read_or_make_secret, [path] * 12)
    assert len(set(secrets)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["tagwell.secret"]
