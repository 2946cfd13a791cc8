"""`tagwell profile`: who is known, and by what."""

from typing import Any

import click
import msgspec

from collector.cli.common import iso, json_option, open_store, print_json, printable, store_option
from collector.errors import OperatorError
from collector.model.profile import Profile
from collector.store import Store


@click.group()
def profile() -> None:
    """Visitors and customers."""


@profile.command()
@click.argument("identifier")
@store_option
@json_option
def show(identifier: str, store: str | None, as_json: bool) -> None:
    """Show a profile by its client id, email, customId or a browser's uuid."""
    found = _find(open_store(store), identifier)
    if found is None:
        raise OperatorError(f"Nobody is known as {identifier!r}.")
    shown = _json(found)
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        click.echo(printable(f"{name}: {text}"))


def _find(store: Store, identifier: str) -> Profile | None:
    if identifier.isdigit() and len(identifier) < 16 and (found := store.profile(int(identifier))):
        return found
    for kind in ("email", "uuid", "customId"):
        found = store.find_profile(kind, identifier)
        if found is not None:
            return found
    return None


def _json(found: Profile) -> dict[str, Any]:
    return {
        "client_id": found.client_id,
        "anonymous": found.anonymous,
        "email": found.email,
        "custom_id": found.custom_id,
        "uuids": found.uuids,
        **found.fields,
        "attributes": found.attributes,
        "agreements": found.agreements,
        "tags": found.tags,
        "previous_ids": found.previous_ids,
        "claims": [
            {"uuid": claim.uuid, "kind": claim.kind, "state": claim.state, "since": iso(claim.created_ms)}
            for claim in found.claims
        ],
        "pending": found.pending,
        "created_at": iso(found.created_ms),
        "updated_at": iso(found.updated_ms),
        "last_activity_at": iso(found.last_activity_ms),
    }
