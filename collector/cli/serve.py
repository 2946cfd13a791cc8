"""`tagwell serve`: the collector, until it is told to stop."""

import contextlib
import os
import secrets
import signal
import socket
import sys
from typing import Any

import click
import uvicorn
from uvicorn.supervisors import multiprocess

from collector.app import build_app, make_geo, settings_environment
from collector.auth.passwords import hash_password
from collector.cli.common import json_option, print_json, store_option
from collector.cli.connections import raise_file_limit
from collector.cli.draining import Connection, Server, Worker
from collector.config import Config, load_config
from collector.demo import add_demo_source
from collector.errors import OperatorError
from collector.store import Store, connect

FIRST_USER = "admin"

BACKLOG = 2048
"""Connections that may wait to be accepted."""

STUCK_S = 30
"""A worker that tells nothing for so long is replaced, in seconds. On a busy small machine one may take more
than uvicorn's five to start, and would be ended again and again."""

DRAIN_S = 10
"""Longest a stopping server waits for requests under way, in seconds."""


@click.command()
@store_option
@click.option("--host", help="Address to listen on (default: 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one (default: 8000).")
@click.option("--workers", type=int, help="Worker processes (default: 1).")
@click.option("--demo", is_flag=True, default=None, help="Serve the demo shop at /demo/.")
@json_option
def serve(as_json: bool, **flags: Any) -> None:
    """Serve the tag, take beacons, show the admin pages.

    SIGTERM and Ctrl-C end it when what has come is answered. With more than one worker SIGHUP replaces
    them one by one, by new code too, and no request is lost.
    """
    config = load_config(flags)
    raise_file_limit()
    listener = _listen(config)
    host, port = listener.getsockname()[:2]
    url = config.public_url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    store = connect(config.store)
    store.migrate()
    password = _first_user(store)
    if config.demo:
        add_demo_source(store)
    store.close()
    if as_json:
        print_json(
            {
                "url": url,
                "admin": f"{url}/admin/",
                "demo": f"{url}/demo/" if config.demo else None,
                "user": FIRST_USER if password else None,
                "password": password,
                "store": config.store_shown,
            }
        )
    else:
        for line in _greeting(config, url, password):
            click.echo(line)
    options: dict[str, Any] = {
        "http": Connection,
        "backlog": BACKLOG,
        "proxy_headers": False,  # the visitor's address is resolved once, in `receive`
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "log_level": "warning",
        "timeout_graceful_shutdown": DRAIN_S,
        "timeout_worker_healthcheck": STUCK_S,
        "ws": "none",
    }
    with listener:
        if config.workers == 1:
            with contextlib.suppress(KeyboardInterrupt):  # what uvicorn ends with, when all is done
                Server(uvicorn.Config(build_app(config), **options)).run(sockets=[listener])
            return
        os.environ.update(settings_environment(config))
        shared = uvicorn.Config(
            "collector.app:app_from_environment", factory=True, workers=config.workers, **options
        )
        _Workers(shared, sockets=[listener]).run()


class _Workers(multiprocess.Multiprocess):
    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        multiprocess.Process = Worker  # type: ignore[misc]  # by this name it makes its workers
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_listening)

    def _stop_listening(self, number: int, _frame: object) -> None:
        # At once: the workers may have been told too, and whoever connects after they have ended would wait
        # for nobody, and be reset.
        for listener in self.sockets:
            listener.close()
        self.signal_queue.append(number)


def _listen(config: Config) -> socket.socket:
    """Listen before anything is printed: a connection made from then on waits until it is served."""
    try:
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        listener = socket.create_server((config.host, config.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OperatorError(
            f"{config.host} port {config.port} cannot be listened on: {error.strerror}. "
            "Is a server running already? Choose another with --port."
        ) from None
    listener.set_inheritable(True)
    return listener


def _first_user(store: Store) -> str | None:
    """Make the first user where there is none, and return the password that is shown this once."""
    if store.users():
        return None
    password = secrets.token_urlsafe(12)
    store.add_user(FIRST_USER, hash_password(password))
    return password


def _greeting(config: Config, url: str, password: str | None) -> list[str]:
    if password is not None:
        sign_in = f"sign in as {FIRST_USER}, password {password} (shown this once)"
    else:
        sign_in = f"forgot the password? {os.path.relpath(sys.argv[0])} user password {FIRST_USER}"
    data = f"Data lies in {config.store_shown}; places from {make_geo(config).description}"
    if config.demo:
        return [f"Demo shop:  {url}/demo/", f"Admin page: {url}/admin/  {sign_in}", data]
    return [f"Listening on {url}", f"Admin page: {url}/admin/  {sign_in}", data]
