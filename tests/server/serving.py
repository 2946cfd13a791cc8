"""An application behind the protocol that `tagwell serve` uses, in this process."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from collector.cli.connections import BoundedProtocol


@contextlib.contextmanager
def serving(
    app: Any,
    protocol: type[BoundedProtocol] = BoundedProtocol,
    lifespan: str = "off",
    keep_alive_s: float = 1,
) -> Iterator[str]:
    """Serve an application by this protocol until the block ends; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options: dict[str, Any] = {"lifespan": lifespan, "ws": "none", "log_level": "error"}
        options["proxy_headers"] = False
        options["timeout_keep_alive"] = keep_alive_s
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, **options))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            BoundedProtocol._sweeping = None
