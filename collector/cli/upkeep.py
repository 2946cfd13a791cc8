"""`tagwell migrate` and `tagwell workspace`: what holds for the whole store."""

from typing import Any, get_args

import click

from collector.cli.common import actor, json_option, open_store, print_json, store_option
from collector.config import load_config
from collector.errors import OperatorError
from collector.model.workspace import NewsletterMode, Workspace
from collector.store import connect


@click.command()
@store_option
@json_option
def migrate(store: str | None, as_json: bool) -> None:
    """Bring the store to this release's schema. `serve` does this by itself when it starts."""
    connect(load_config({"store": store}).store).migrate()
    if as_json:
        print_json({"migrated": True})
    else:
        click.echo("the store is at this release's schema")


@click.group()
def workspace() -> None:
    """What holds for all sources."""


@workspace.command()
@store_option
@json_option
def show(store: str | None, as_json: bool) -> None:
    """Show the workspace's settings."""
    _show(open_store(store).workspace(), as_json)


@workspace.command("set")
@click.argument("changes", metavar="KEY=VALUE...", nargs=-1, required=True)
@store_option
@json_option
def set_(changes: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Change newsletter_mode (off, single, double) or unique_emails (on, off)."""
    values: dict[str, Any] = {}
    for change in changes:
        key, _, value = change.partition("=")
        if key == "newsletter_mode" and value in get_args(NewsletterMode):
            values[key] = value
        elif key == "unique_emails" and value in ("on", "off"):
            values[key] = value == "on"
        else:
            raise OperatorError(f"{change!r}: use newsletter_mode=off|single|double or unique_emails=on|off.")
    _show(open_store(store).save_workspace(**values, actor=actor()), as_json)


def _show(found: Workspace, as_json: bool) -> None:
    shown = {
        "name": found.name,
        "newsletter_mode": found.newsletter_mode,
        "unique_emails": found.unique_emails,
        "time_zone": found.time_zone,
    }
    if as_json:
        print_json(shown)
    else:
        for name, value in shown.items():
            click.echo(f"{name}={value}")
