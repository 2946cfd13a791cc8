"""`tagwell source`: make, list, show and set sources."""

import time
from typing import Any

import click
import msgspec

from collector.admin.values import check_origin
from collector.auth.keys import hash_key, new_api_key
from collector.cli.common import actor, find_source, iso, json_option, open_store, print_json, store_option
from collector.config import Config, load_config, split_list
from collector.errors import OperatorError
from collector.model.source import Settings, Source
from collector.settings import change_settings
from snippet import frozen
from snippet.install import frozen_line, install_line


@click.group()
def source() -> None:
    """Websites and apps that send events."""


@source.command()
@click.argument("name")
@click.option("--origin", "origins", multiple=True, help="Take events from here only; may be repeated.")
@store_option
@json_option
def add(name: str, origins: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Make a source, and an api key for its back end, which is shown this once."""
    settings = change_settings(Settings(), [f"origins+={_origin(origin)}" for origin in origins])
    opened = open_store(store)
    made = opened.add_source(name, settings, actor=actor())
    key = new_api_key()
    opened.add_api_key(f"{name}, made by source add", hash_key(key), source_id=made.source_id, actor=actor())
    config = load_config({"store": store})
    line = install_line(_base_url(config), made.source_id)
    if as_json:
        print_json({"source_id": made.source_id, "name": name, "api_key": key, "snippet": line})
        return
    click.echo(f"Source:   {made.source_id}")
    click.echo(f"API key:  {key}  (shown this once)")
    click.echo(f"Paste into the <head> of every page:\n  {line}")
    if not config.public_url:
        click.echo("(with the address that visitors reach the server at: TAGWELL_PUBLIC_URL says it here)")


@source.command("list")
@store_option
@json_option
def list_(store: str | None, as_json: bool) -> None:
    """List the sources."""
    for each in open_store(store).sources():
        if as_json:
            print_json(_summary(each))
        else:
            click.echo(f"{each.source_id}  {each.name}{'' if each.enabled else '  (off)'}")


@source.command()
@click.argument("source_id", metavar="SOURCE")
@store_option
@json_option
def show(source_id: str, store: str | None, as_json: bool) -> None:
    """Show all settings of a source."""
    found = find_source(open_store(store), source_id)
    if as_json:
        print_json(_everything(found))
        return
    click.echo(f"{found.name}  {found.source_id}{'' if found.enabled else '  (off)'}")
    for name, value in _flat("", msgspec.to_builtins(found.settings)):
        click.echo(f"{name}={value if isinstance(value, str) else msgspec.json.encode(value).decode()}")
    click.echo(f"policy version {found.policy_version} (tagwell policy show {found.source_id})")


@source.command()
@click.argument("source_id", metavar="SOURCE")
@store_option
@json_option
def freeze(source_id: str, store: str | None, as_json: bool) -> None:
    """Keep the tag as it is now, for ever, and print its line with the hash that pages check it by.

    What is switched later reaches such pages only with a new line.
    """
    opened = open_store(store)
    found = find_source(opened, source_id)
    tag = frozen.freeze(found, author="the command", now_ms=time.time_ns() // 1_000_000)
    tag = opened.freeze_tag(found.source_id, tag)
    line = frozen_line(_base_url(load_config({"store": store})), found.source_id, tag)
    if as_json:
        print_json({"hash": tag.hash, "integrity": frozen.integrity(tag), "snippet": line})
    else:
        click.echo(line)


@source.command("set")
@click.argument("source_id", metavar="SOURCE")
@click.argument("changes", metavar="KEY=VALUE...", nargs=-1, required=True)
@store_option
@json_option
def set_(source_id: str, changes: tuple[str, ...], store: str | None, as_json: bool) -> None:
    """Change settings by their dotted names.

    \b
    tagwell source set SOURCE tag.modules.forms=off session.minutes=20
    tagwell source set SOURCE origins+=https://shop.example
    tagwell source set SOURCE enabled=off name="The shop"
    """
    opened = open_store(store)
    found = find_source(opened, source_id)
    own: dict[str, Any] = {}
    dotted: list[str] = []
    for change in changes:
        key, _, value = change.partition("=")
        if key == "name" and value:
            own["name"] = value
        elif key == "enabled":
            if value not in ("on", "off"):
                raise OperatorError(f"enabled is {value!r}. Use on or off.")
            own["enabled"] = value == "on"
        elif key.rstrip("+-") == "origins" and value[:1] not in ("[", "{"):
            dotted.append(f"{key}={','.join(_origin(item) for item in split_list(value))}")
        else:
            dotted.append(change)
    if dotted:
        own["settings"] = change_settings(found.settings, dotted)
    saved = opened.save_source(found.source_id, **own, actor=actor())
    if as_json:
        print_json(_everything(saved))
    else:
        click.echo(f"saved; in force on a running server within a second: {' '.join(changes)}")


def _base_url(config: Config) -> str:
    return config.public_url or f"http://{config.host}:{config.port}"


def _origin(text: str) -> str:
    """An origin as a browser writes it, from what a person writes."""
    try:
        return check_origin(text)
    except ValueError as error:
        raise OperatorError(str(error)) from None


def _summary(each: Source) -> dict[str, Any]:
    return {
        "source_id": each.source_id,
        "name": each.name,
        "enabled": each.enabled,
        "created_at": iso(each.created_ms),
    }


def _everything(each: Source) -> dict[str, Any]:
    return {
        **_summary(each),
        **msgspec.to_builtins(each.settings),
        "policy": {"version": each.policy_version, **msgspec.to_builtins(each.policy)},
    }


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        return [pair for name, item in value.items() for pair in _flat(f"{prefix}.{name}".strip("."), item)]
    return [(prefix, value)]
