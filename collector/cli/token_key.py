"""`tagwell token-key`: what a site's signed tokens are checked with."""

import sys
from pathlib import Path
from typing import Literal

import click

from collector.auth.token_keys import fingerprint, new_shared_key
from collector.cli.common import (
    actor,
    find_source,
    iso,
    json_option,
    open_store,
    print_json,
    printable,
    store_option,
)
from collector.errors import OperatorError
from collector.model.source import TokenKey


@click.group("token-key")
def token_key() -> None:
    """Keys that signed tokens are checked with."""


@token_key.command()
@click.argument("source_id", metavar="SOURCE")
@click.argument("name")
@click.option(
    "--public-key",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A PEM file: an RSA public key, or a certificate (RS256).",
)
@click.option("--secret-stdin", is_flag=True, help="Read a shared key (HS256) from the first line of input.")
@store_option
@json_option
def add(
    source_id: str, name: str, file: Path | None, secret_stdin: bool, store: str | None, as_json: bool
) -> None:
    """Add a key. Without an option a shared key (HS256) is made and shown this once."""
    if file is not None and secret_stdin:
        raise OperatorError("Use --public-key or --secret-stdin, not both.")
    algorithm: Literal["RS256", "HS256"] = "HS256" if file is None else "RS256"
    if file is not None:
        key = file.read_text("utf-8", errors="replace")
    else:
        key = sys.stdin.readline() if secret_stdin else new_shared_key()
    opened = open_store(store)
    found = find_source(opened, source_id)
    try:
        made = opened.add_token_key(found.source_id, name, algorithm, key, actor=actor())
    except ValueError as error:
        raise OperatorError(str(error)) from None
    secret = key if file is None and not secret_stdin else None
    if as_json:
        print_json(_summary(made) | ({"secret": secret} if secret else {}))
        return
    click.echo(f"Key id (kid): {made.id}")
    if secret:
        click.echo(f"Shared key:   {secret}  (shown this once)")
    click.echo("in force on a running server within a second")


@token_key.command("list")
@click.argument("source_id", metavar="SOURCE")
@store_option
@json_option
def list_(source_id: str, store: str | None, as_json: bool) -> None:
    """List the keys in force."""
    for each in find_source(open_store(store), source_id).token_keys:
        summary = _summary(each)
        if as_json:
            print_json(summary)
        else:
            click.echo(
                f"{each.id}  {each.algorithm}  {summary['fingerprint'][:16]:16}  {printable(each.name)}"
            )


@token_key.command()
@click.argument("source_id", metavar="SOURCE")
@click.argument("key", metavar="KEY")
@store_option
@json_option
def revoke(source_id: str, key: str, store: str | None, as_json: bool) -> None:
    """End a key, told by its id or its name. What was signed for it is refused from then on."""
    opened = open_store(store)
    found = find_source(opened, source_id)
    known = next((each for each in found.token_keys if key in (each.id, each.name)), None)
    if known is None:
        raise OperatorError(f"{found.name} has no token key {key!r}. See: tagwell token-key list")
    opened.revoke_token_key(found.source_id, known.id, actor=actor())
    if as_json:
        print_json({"id": known.id, "name": known.name, "revoked": True})
    else:
        click.echo(f"revoked {printable(known.name)}; in force on a running server within a second")


def _summary(key: TokenKey) -> dict[str, str]:
    return {
        "id": key.id,
        "name": key.name,
        "algorithm": key.algorithm,
        "fingerprint": fingerprint(key.algorithm, key.key),
        "created_at": iso(key.created_ms),
    }
