"""A server that ends, seen from a connection that the system has made and the server has not taken yet."""

import asyncio
import http.client
import socket
from contextlib import closing

import uvicorn
from starlette.types import Receive, Scope, Send

from collector.cli.draining import Connection, Server

CLIENTS = 5


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_whoever_waits_to_be_taken_in_is_answered_and_the_next_is_refused() -> None:
    config = uvicorn.Config(app, http=Connection, lifespan="off", ws="none", log_level="error")
    config.load()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=20) for _ in range(CLIENTS)]

        async def begin_and_end() -> None:
            server = Server(config)
            server.lifespan = config.lifespan_class(config)
            await server.startup([listener])
            for client in clients:
                client.request("POST", "/", b"{}")  # without a turn of the loop in between
            await server.shutdown([listener])

        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(begin_and_end())
    Connection._sweeping = None
    for client in clients:
        with closing(client):
            answer = client.getresponse()
            assert (answer.status, answer.headers["connection"]) == (204, "close")
    with socket.socket() as late:
        assert late.connect_ex(("127.0.0.1", port)) != 0
