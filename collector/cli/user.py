"""`tagwell user`: who may sign in to the admin pages."""

import secrets
import sys

import click

from collector.auth.passwords import choice_problem, hash_password
from collector.cli.common import actor, iso, json_option, open_store, print_json, store_option
from collector.errors import OperatorError


@click.group()
def user() -> None:
    """People who may sign in to the admin pages."""


def _choose(from_stdin: bool) -> str:
    if not from_stdin:
        return secrets.token_urlsafe(12)
    given = sys.stdin.readline().rstrip("\n")
    if problem := choice_problem(given):
        raise OperatorError(f"The password {problem}")
    return given


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of input.")
@store_option
@json_option
def add(name: str, password_stdin: bool, store: str | None, as_json: bool) -> None:
    """Add a person. Without --password-stdin a password is made and shown this once."""
    chosen = _choose(password_stdin)
    try:
        open_store(store).add_user(name, hash_password(chosen), actor=actor())
    except ValueError as error:
        raise OperatorError(f"{error}. To change the password: tagwell user password {name}") from None
    _show(name, chosen, password_stdin, as_json)


@user.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of input.")
@store_option
@json_option
def password(name: str, password_stdin: bool, store: str | None, as_json: bool) -> None:
    """Give a person a new password, and end all their sign-ins."""
    new = _choose(password_stdin)
    try:
        open_store(store).set_password(name, hash_password(new), actor=actor())
    except KeyError:
        raise OperatorError(f"There is no user {name!r}. See: tagwell user list") from None
    _show(name, new, password_stdin, as_json)


@user.command("list")
@store_option
@json_option
def list_(store: str | None, as_json: bool) -> None:
    """List the people."""
    for each in open_store(store).users():
        if as_json:
            print_json({"name": each.name, "created_at": iso(each.created_ms)})
        else:
            click.echo(each.name)


def _show(name: str, password: str, given: bool, as_json: bool) -> None:
    if as_json:
        print_json({"name": name} if given else {"name": name, "password": password})
    elif given:
        click.echo(f"{name} may sign in with that password")
    else:
        click.echo(f"{name} may sign in with the password {password} (shown this once)")
