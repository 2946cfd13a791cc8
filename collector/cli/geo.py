"""`tagwell geo`: the database that says where an address is."""

import click

from collector.app import make_geo
from collector.cli.common import json_option, print_json, store_option
from collector.config import load_config
from collector.enrich.update import GeoUpdateError, update_city_database
from collector.errors import OperatorError


@click.group()
def geo() -> None:
    """Where addresses are."""


@geo.command()
@store_option
def update(store: str | None) -> None:
    """Fetch the database of cities. A running server takes it up within a minute."""
    try:
        folder = update_city_database(load_config({"store": store}).geo_path, click.echo)
    except GeoUpdateError as error:
        raise OperatorError(str(error)) from None
    click.echo(f"in {folder}")


@geo.command()
@store_option
@json_option
def show(store: str | None, as_json: bool) -> None:
    """Show which database is in use and how old it is."""
    found = make_geo(load_config({"store": store}))
    if as_json:
        print_json(
            {
                "description": found.description,
                "cities": found.has_cities,
                "age_days": found.age_days,
                "attribution": found.attribution,
                "problem": found.problem,
            }
        )
        return
    click.echo(found.description)
    for line in (found.attribution, found.problem):
        if line:
            click.echo(line)
