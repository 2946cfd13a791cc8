"""`tagwell token-key`: adds, lists and revokes, and says what it cannot use."""

from pathlib import Path

import pytest

from collector.errors import OperatorError
from collector.store import Store
from tests.auth.signing import SECRET, private_pem, public_pem, rsa_key
from tests.cli.conftest import Command


def test_keys_are_added_listed_and_revoked(
    command: Command, source_id: str, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "public.pem"
    file.write_text(public_pem(rsa_key()))
    first = command.one("token-key", "add", source_id, "back end", "--public-key", str(file))
    made = command.one("token-key", "add", source_id, "app")
    given = command.one("token-key", "add", source_id, "shop", "--secret-stdin", given=f"{SECRET}\n")
    assert "secret" not in first
    assert "secret" not in given
    source = store.source(source_id)
    assert source is not None
    assert [(key.name, key.algorithm, key.key) for key in source.token_keys] == [
        ("back end", "RS256", public_pem(rsa_key())),
        ("app", "HS256", made.pop("secret")),
        ("shop", "HS256", SECRET),
    ]
    assert command.lines("token-key", "list", source_id) == [first, made, given]
    plain = command.text("token-key", "list", source_id)
    assert first["id"] in plain
    assert SECRET not in plain
    assert command.one("token-key", "revoke", source_id, "app")["id"] == made["id"]
    command.text("token-key", "revoke", "Low Tide Pottery", first["id"])
    assert [line["name"] for line in command.lines("token-key", "list", source_id)] == ["shop"]
    actors = {line.actor for line in store.audit() if line.action.startswith("token_key.")}
    assert len(actors) == 1
    assert actors.pop().startswith("command:")


def test_a_key_made_here_is_printed_with_what_to_do(command: Command, source_id: str) -> None:
    said = command.text("token-key", "add", source_id, "app")
    assert "shown this once" in said
    assert "within a second" in said


def test_what_cannot_be_used_is_said(command: Command, source_id: str, tmp_path: Path) -> None:
    file = tmp_path / "private.pem"
    file.write_text(private_pem(rsa_key()))
    with pytest.raises(OperatorError, match="This is a private key"):
        command.text("token-key", "add", source_id, "a", "--public-key", str(file))
    file.write_bytes(bytes(range(256)))
    with pytest.raises(OperatorError, match="no key in PEM form"):
        command.text("token-key", "add", source_id, "a", "--public-key", str(file))
    with pytest.raises(OperatorError, match="has 5 bytes"):
        command.text("token-key", "add", source_id, "a", "--secret-stdin", given="short")
    with pytest.raises(OperatorError, match="not both"):
        command.text("token-key", "add", source_id, "a", "--secret-stdin", "--public-key", str(file))
    with pytest.raises(OperatorError, match="no source 'other'"):
        command.text("token-key", "list", "other")
    with pytest.raises(OperatorError, match=r"no token key 'a'\. See: tagwell token-key list"):
        command.text("token-key", "revoke", source_id, "a")
    assert command.lines("token-key", "list", source_id) == []
