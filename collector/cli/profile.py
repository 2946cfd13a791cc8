"""`tagwell profile`: who is known, by what, and what is done at their request."""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from collector.auth.keys import read_or_make_secret
from collector.cli.common import (
    actor,
    iso,
    json_option,
    open_store,
    print_json,
    printable,
    store_option,
)
from collector.config import load_config
from collector.errors import OperatorError
from collector.model.person import Person
from collector.model.profile import Profile
from collector.profiles.erase import erase as erase_profile
from collector.profiles.export import FORMATS, Format
from collector.profiles.export import export as write_export
from collector.profiles.find import find
from collector.profiles.receipt import BadReceipt, read_receipt
from collector.profiles.shapes import profile_json
from collector.store import Store


@click.group()
def profile() -> None:
    """Visitors and customers, and what they may ask for."""


@profile.command()
@click.argument("identifier")
@store_option
@json_option
def show(identifier: str, store: str | None, as_json: bool) -> None:
    """Show a profile by its client id, email, customId, phone or a browser's uuid."""
    shown = profile_json(_find(open_store(store), identifier))
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        click.echo(printable(f"{name}: {text}"))


@profile.command()
@click.argument("identifier")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="json", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to.")
@store_option
def export(identifier: str, form: Format, output: Path | None, store: str | None) -> None:
    """Write out all that is held of a person, for the person: as JSON, or as a page to read.

    The JSON names its own format and version; `collector/profiles/export.py` says what stands in it.
    """
    opened = open_store(store)
    person = _held(opened, _find(opened, identifier))
    opened.add_audit(actor(), "profile.export", str(person.profile.client_id), form)
    pieces = write_export(opened, person, form, time.time_ns() // 1_000_000)
    if output is None:
        _write(sys.stdout.buffer, pieces)
        return
    try:
        # Whoever else has an account on this machine is not to read it.
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            _write(file, pieces)
    except OSError as error:
        raise OperatorError(f"{output} cannot be written: {error.strerror}.") from None
    click.echo(f"All that is held of visitor {person.profile.client_id} is in {output}", err=True)


@profile.command()
@click.argument("identifier")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the signed receipt (default: it is printed).",
)
@store_option
@json_option
def erase(identifier: str, yes: bool, receipt: Path | None, store: str | None, as_json: bool) -> None:
    """Delete all that is held of a person, for good, and give a signed receipt."""
    opened = open_store(store)
    person = _held(opened, _find(opened, identifier))
    client_id = person.profile.client_id
    if not yes:
        _tell(person)
        click.confirm("Delete all of it? It cannot be brought back", abort=True, err=True)
    if receipt is not None:
        _write_file(receipt, "")  # a file that cannot be written is told before anything is gone
    done = erase_profile(opened, client_id, actor=actor(), secret_key=_secret_key(store))
    if done is None:
        raise OperatorError(f"Visitor {client_id} has been erased by somebody else meanwhile.")
    if receipt is not None:
        _write_file(receipt, done.receipt)
    if as_json:
        print_json(msgspec.json.decode(done.receipt))
    elif receipt is None:
        click.echo(done.receipt, nl=False)
    else:
        click.echo(f"Visitor {client_id} is erased. The receipt is in {receipt}")
    if not done.scrubbed:
        click.echo("The store's log is in use: what was deleted leaves the files a little later.", err=True)


@profile.command("receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@json_option
def check_receipt(file: Path, store: str | None, as_json: bool) -> None:
    """Check the receipt of an erasure, and show what it says."""
    try:
        content = read_receipt(file.read_bytes(), _secret_key(store))
    except BadReceipt as error:
        raise OperatorError(f"{file}: {error}") from None
    except OSError as error:
        raise OperatorError(f"{file} cannot be read: {error.strerror}.") from None
    if as_json:
        print_json(content)
        return
    click.echo(
        printable(
            f"The receipt holds: visitor {content['client_id']} was erased at {content['erased_at']} "
            f"by {content['erased_by']} (receipt {content['receipt_id']})."
        )
    )


def _find(store: Store, identifier: str) -> Profile:
    found = find(store, identifier)
    if len(found.profiles) == 1:
        return found.profiles[0]
    if found.profiles:
        ids = ", ".join(str(each.client_id) for each in found.profiles)
        raise OperatorError(
            f"{len(found.profiles)} people are known as {identifier!r}. Say which by client id: {ids}"
        )
    if found.erased_ms is not None:
        raise OperatorError(
            f"Nobody is known as {identifier!r}: whoever was has been erased at {iso(found.erased_ms)}."
        )
    raise OperatorError(f"Nobody is known as {identifier!r}.")


def _held(store: Store, profile: Profile) -> Person:
    person = store.person(profile.client_id)
    if person is None:
        raise OperatorError(f"Visitor {profile.client_id} has been erased meanwhile.")
    return person


def _tell(person: Person) -> None:
    profile = person.profile
    known: dict[str, Any] = {
        "email": profile.email,
        "customId": profile.custom_id,
        "browsers": len(profile.uuids),
        "events": sum(map(len, person.events.values())),
        "sessions": len(person.sessions),
        "quarantined": len(person.quarantined),
    }
    click.echo(f"Visitor {profile.client_id}", err=True)
    for name, value in known.items():
        click.echo(printable(f"  {name}: {value}"), err=True)
    click.echo(f"  Kept without the browser: {len(person.consents)} decisions about consent", err=True)


def _secret_key(store: str | None) -> bytes:
    """What the server signs with. Where it has its own TAGWELL_SECRET_KEY, the command needs it too."""
    config = load_config({"store": store})
    return config.secret_key.encode() or read_or_make_secret(config.secret_path)


def _write(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()


def _write_file(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise OperatorError(f"{path} cannot be written: {error.strerror}.") from None
