"""`tagwell policy`: a source's privacy rules as code."""

import getpass
import tomllib
from pathlib import Path

import click
import msgspec

from collector.cli.common import find_source, iso, json_option, open_store, print_json, store_option
from collector.errors import OperatorError
from collector.model.policy import Policy, PolicyVersion
from collector.settings import explain


@click.group()
def policy() -> None:
    """What may be kept of a source's events."""


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@store_option
@json_option
def show(source_id: str, store: str | None, as_json: bool) -> None:
    """Show the policy in force, as a file that `apply` takes."""
    found = find_source(open_store(store), source_id)
    rules = msgspec.to_builtins(found.policy)
    if as_json:
        print_json({"version": found.policy_version, **rules})
        return
    click.echo(f"# {found.name}, version {found.policy_version}")
    for name, value in rules.items():
        click.echo(f"{name} = {msgspec.json.encode(value).decode()}")


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--comment", default="", help="Why, for the history.")
@store_option
@json_option
def apply(source_id: str, file: Path, comment: str, store: str | None, as_json: bool) -> None:
    """Put a policy file (TOML) in force. What it leaves out takes the default."""
    try:
        rules = msgspec.convert(tomllib.loads(file.read_text("utf-8")), Policy)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"{file} is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise OperatorError(f"{file} is not a policy: {explain(error)}") from None
    opened = open_store(store)
    found = find_source(opened, source_id)
    saved = opened.save_policy(found.source_id, rules, author=getpass.getuser(), comment=comment)
    if as_json:
        print_json(_version(saved))
    else:
        click.echo(f"version {saved.version} is in force on a running server within a second")


@policy.command()
@click.argument("source_id", metavar="SOURCE")
@store_option
@json_option
def history(source_id: str, store: str | None, as_json: bool) -> None:
    """List all versions, newest first."""
    opened = open_store(store)
    for version in opened.policy_history(find_source(opened, source_id).source_id):
        if as_json:
            print_json(_version(version))
        else:
            click.echo(f"{version.version:4}  {iso(version.created_ms)}  {version.author}  {version.comment}")


def _version(version: PolicyVersion) -> dict[str, object]:
    return {
        "version": version.version,
        "author": version.author,
        "comment": version.comment,
        "created_at": iso(version.created_ms),
        "policy": msgspec.to_builtins(version.policy),
    }
