"""`tagwell backup` and `tagwell restore`: a copy of the whole store, and back."""

import shlex
from pathlib import Path

import click
from sqlalchemy.engine import URL, make_url

from collector.cli.common import json_option, print_json, store_option
from collector.config import Config, load_config
from collector.errors import OperatorError
from collector.store import backup as backups

_FILE = click.Path(path_type=Path, resolve_path=True)


@click.command()
@click.argument("target", type=_FILE)
@store_option
@json_option
def backup(target: Path, store: str | None, as_json: bool) -> None:
    """Copy the store to the file TARGET, also while a server runs.

    The copy is checked before it gets that name. The server's secret is not in it.
    """
    config = load_config({"store": store})
    schema = backups.back_up(_path(config, "pg_dump", target), target)
    secret = None if config.secret_key else str(config.secret_path)
    if as_json:
        print_json(
            {"backup": str(target), "bytes": target.stat().st_size, "schema": schema, "secret": secret}
        )
        return
    click.echo(f"{config.store_shown} is copied to {target} ({target.stat().st_size} bytes), and found sound")
    click.echo(
        f"not in it: the server's secret, {secret or 'which TAGWELL_SECRET_KEY gives'}. "
        "Keep that too, in another place"
    )


@click.command()
@click.argument("source", type=_FILE)
@store_option
@json_option
def restore(source: Path, store: str | None, as_json: bool) -> None:
    """Put the backup SOURCE in the store's place. No server may run on it.

    What was changed since the backup was made is undone: who was erased is there again, a key that was
    revoked is good again. The store that was there is kept, under a name that is printed.
    """
    config = load_config({"store": store})
    path = _path(config, "pg_restore", source)
    schema, kept = backups.restore(source, path)
    missing = not config.secret_key and not config.secret_path.exists()
    if as_json:
        print_json(
            {
                "store": str(path),
                "schema": schema,
                "kept": str(kept) if kept else None,
                "secret_missing": missing,
            }
        )
        return
    click.echo(f"{path} is now what {source} holds. `tagwell serve` brings its schema up to date")
    if kept is not None:
        click.echo(f"what was there before is kept in {kept}")
        click.echo(
            "what was erased or revoked since the backup was made is back, and has to go once more: "
            f"tagwell audit --store {shlex.quote(f'sqlite:///{kept}')}"
        )
    if missing:
        click.echo(
            f"there is no {config.secret_path}: put the one that belongs to this store there. "
            "A new one signs everybody out, and links in mails and receipts of erasure are good no more"
        )


def _path(config: Config, tool: str, file: Path) -> Path:
    """The store's file. Raises OperatorError, with the command that does it, for PostgreSQL."""
    url = make_url(config.store)
    if url.drivername == "sqlite":
        return Path(url.database or "").resolve()
    # Without the password, which a list of processes would show: the tool asks, or reads PGPASSWORD.
    plain = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    # Salts of cookieless days lie in a table that is not logged, so that no backup holds them.
    options = {
        "pg_dump": ["--format=custom", "--no-unlogged-table-data", f"--file={file}", plain],
        "pg_restore": ["--clean", "--if-exists", "--single-transaction", f"--dbname={plain}", str(file)],
    }
    raise OperatorError(f"PostgreSQL has its own command for that: {shlex.join([tool, *options[tool]])}")
