"""A real nginx before the collector, with the lines that our install page gives out.

Two servers in one process: the site, and one before the collector that notes what reached it. The
second speaks to the collector from an address of its own, so that the visitor's can be told from it.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROXY_ADDRESS = "127.0.0.2"
"""From here nginx speaks to the collector; visitors come from 127.0.0.1."""

_CONFIG = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    types {{ text/html html; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log off;
    log_format seen '$request_method $uri cookie=$http_cookie authorization=$http_authorization';
    server {{
        listen 127.0.0.1:{site_port};
        root {folder}/site;
        {setup}
    }}
    server {{
        listen 127.0.0.1:{collector_port};
        access_log {folder}/seen.log seen;
        location / {{
            proxy_pass {collector};
            proxy_bind {proxy_address};
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Ports:
    """Where the site and the collector's front listen."""

    site: int
    collector: int


def free_ports() -> Ports:
    """Two ports that are free now."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], other.getsockname()[1])


@contextlib.contextmanager
def run_nginx(folder: Path, ports: Ports, *, setup: str, collector: str) -> Iterator[Path]:
    """Serve `folder`/site with `setup` in its server block; give the file that notes what went on.

    The nginx is the one that `make test` found (E2E_NGINX), else the system's. Without one the test
    is skipped, and fails where CI is set.
    """
    found = os.environ.get("E2E_NGINX")
    command = found or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if command is None:
        missing = "no nginx here: `make test` finds or fetches one"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    config = folder / "nginx.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            site_port=ports.site,
            collector_port=ports.collector,
            setup=setup,
            collector=collector,
            proxy_address=PROXY_ADDRESS,
        )
    )
    process = subprocess.Popen([command, "-p", str(folder), "-c", str(config)])
    try:
        _wait_until_it_listens(ports.site, process)
        yield folder / "seen.log"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("nginx does not listen")
