"""The `tagwell` command: serve, and everything an operator does beside a running server.

What a command writes is in force on a running server within a second. Every command that prints
takes `--json`: one JSON object, or one a line.
"""

import logging
import sys

import click

from collector.cli.commands import tagwell
from collector.errors import OperatorError

__all__ = ["main"]


def main() -> None:
    """Run the command; the operator's mistakes end it with status 2 and a plain sentence."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of each form that is damaged
    try:
        tagwell()
    except Exception as error:
        from collector.store import StoreUnavailable  # loaded already by whatever raises it

        if not isinstance(error, OperatorError | StoreUnavailable):
            raise
        click.echo(f"tagwell: {error}", err=True)
        sys.exit(2)
