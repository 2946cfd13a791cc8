"""uvicorn's server and connections, but for how they end: whoever has connected or sent is answered.

uvicorn closes at once whatever waits for its next request. A client that has sent one in that moment is told
nothing, and cannot know whether it was taken. Here such a connection stays for LINGER_S: a request that comes
is answered and told that the connection ends, so that the next one goes to another worker.

Nor does uvicorn take those in whose connections the system has made and it has not: they are reset when the
last worker closes the socket, often as another has just told them to come again.
"""

import asyncio
import socket

import uvicorn
from uvicorn.supervisors import multiprocess

from collector.cli.connections import BoundedProtocol

LINGER_S = 1.0
"""How long an idle connection of a stopping server is still listened to, in seconds."""

_CLOSE = (b"connection", b"close")


class Connection(BoundedProtocol):
    """What uvicorn is given as its `http`."""

    def shutdown(self) -> None:
        """Begin to end: called by the server, which takes no new connections any more."""
        if not self._is_idle() and not self.cycle.response_started:
            self.cycle.keep_alive = False
        self.loop.call_later(LINGER_S, self._close_when_idle)

    def _close_when_idle(self) -> None:
        if self._is_idle():
            self.transport.close()
        else:
            self.loop.call_later(LINGER_S, self._close_when_idle)


class Server(uvicorn.Server):
    """What runs the loop of a process."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # In every answer that begins from now on, of any connection.
        self.server_state.default_headers.append(_CLOSE)
        # This socket is the last to be closed, when nobody is found to wait there any more.
        listeners = [each.dup() for each in sockets or ()]
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        await asyncio.sleep(0)  # the loop closes its own in its next turn
        waiting = [client for listener in listeners for client in _accept_all(listener)]
        loop = asyncio.get_running_loop()
        for client in waiting:
            await loop.connect_accepted_socket(self._make_connection, client)
        await super().shutdown(sockets)

    def _make_connection(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_all(listener: socket.socket) -> list[socket.socket]:
    """Take all in who wait, and nobody after them."""
    clients = []
    with listener:
        listener.setblocking(False)
        while True:
            try:
                clients.append(listener.accept()[0])
            except OSError:  # there is nobody, or no room
                return clients


class Worker(multiprocess.Process):
    """One of several processes, as their parent knows it."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Server(self.config)
        return self._server
