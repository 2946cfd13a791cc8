"""The `tagwell` command: serve, and everything an operator does beside a running server.

What a command writes is in force on a running server within a second. Every command that prints
takes `--json`: one JSON object, or one a line.
"""

import logging
import sys

import click

from collector.cli import audit, backup, events, geo, policy, profile, serve, source, token_key, upkeep, user
from collector.errors import OperatorError
from collector.store import StoreUnavailable

__all__ = ["main", "tagwell"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tagwell")
def tagwell() -> None:
    """A first-party tracking tag and the collector behind it."""


for command in (
    serve.serve,
    source.source,
    policy.policy,
    events.events,
    profile.profile,
    token_key.token_key,
    audit.audit,
    upkeep.workspace,
    user.user,
    geo.geo,
    upkeep.migrate,
    backup.backup,
    backup.restore,
):
    tagwell.add_command(command)


def main() -> None:
    """Run the command; the operator's mistakes end it with status 2 and a plain sentence."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of each form that is damaged
    try:
        tagwell()
    except (OperatorError, StoreUnavailable) as error:
        click.echo(f"tagwell: {error}", err=True)
        sys.exit(2)
