"""`tagwell audit`: who changed, exported or erased what."""

import click

from collector.cli.common import iso, json_option, open_store, print_json, printable, store_option


@click.command()
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="The last so many."
)
@store_option
@json_option
def audit(limit: int, store: str | None, as_json: bool) -> None:
    """Print who changed, exported or erased what, newest first."""
    for line in open_store(store).audit(limit=limit):
        if as_json:
            print_json(
                {
                    "number": line.number,
                    "time": iso(line.time_ms),
                    "actor": line.actor,
                    "action": line.action,
                    "subject": line.subject,
                    "detail": line.detail,
                }
            )
        else:
            told = f"{iso(line.time_ms)}  {line.actor}  {line.action}  {line.subject}  {line.detail}"
            click.echo(printable(told.rstrip()))
