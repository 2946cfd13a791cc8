"""The commands of `tagwell`, by name. Each is loaded when it is asked for: all of them take a second."""

import gc
from importlib import import_module

import click

_COMMANDS = {
    "audit": "audit",
    "backup": "backup",
    "events": "events",
    "geo": "geo",
    "migrate": "upkeep",
    "policy": "policy",
    "profile": "profile",
    "restore": "backup",
    "serve": "serve",
    "source": "source",
    "token-key": "token_key",
    "user": "user",
    "workspace": "upkeep",
}
"""The module of each, in this package."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        gc.disable()  # what is imported stays: to look through it again and again took a tenth of a second
        module = import_module(f"collector.cli.{_COMMANDS[cmd_name]}")
        gc.enable()
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tagwell")
def tagwell() -> None:
    """A first-party tracking tag and the collector behind it."""
