"""`tagwell events`: what a source has sent, and what comes next."""

import time

import click

from collector.cli.common import (
    event_json,
    find_source,
    iso,
    json_option,
    open_store,
    print_json,
    printable,
    store_option,
)

PAGE = 1000
FOLLOW_S = 0.2
"""How often a follower looks, in seconds."""


@click.command()
@click.argument("source_id", metavar="SOURCE")
@click.option("--follow", is_flag=True, help="Go on printing events as they come.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the last so many.")
@click.option("--action", help="Only events of this action.")
@store_option
@json_option
def events(
    source_id: str, follow: bool, limit: int | None, action: str | None, store: str | None, as_json: bool
) -> None:
    """Print stored events in the order of their commits, oldest first."""
    opened = open_store(store)
    source = find_source(opened, source_id)
    last = 0
    if limit is not None:
        newest = opened.events(source.source_id, action=action, limit=limit + 1, newest=True)
        last = newest[limit].seq if len(newest) > limit else 0
    while True:
        page = opened.events(source.source_id, after_seq=last, action=action, limit=PAGE)
        for event in page:
            last = event.seq
            if as_json:
                print_json(event_json(event))
            else:
                click.echo(f"{iso(event.time_ms)}  {event.action:32}  {printable(event.label)}")
        if len(page) == PAGE:
            continue
        if not follow:
            return
        time.sleep(FOLLOW_S)
