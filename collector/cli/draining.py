"""One connection of a client, as uvicorn speaks HTTP over it, but for how it ends when the server stops.

uvicorn closes at once whatever waits for its next request. A client that has sent one in that moment is told
nothing, and cannot know whether it was taken. Here such a connection stays for LINGER_S: a request that comes
is answered and told that the connection ends, so that the next one goes to another worker.
"""

from collector.cli.connections import BoundedProtocol

LINGER_S = 1.0
"""How long an idle connection of a stopping server is still listened to, in seconds."""

_CLOSE = (b"connection", b"close")


class Connection(BoundedProtocol):
    """What uvicorn is given as its `http`."""

    def shutdown(self) -> None:
        """Begin to end: called by the server, which takes no new connections any more."""
        headers: list[tuple[bytes, bytes]] = self.server_state.default_headers
        if _CLOSE not in headers:
            headers.append(_CLOSE)  # in every answer that begins from now on, of any connection
        if not self._is_idle() and not self.cycle.response_started:
            self.cycle.keep_alive = False
        self.loop.call_later(LINGER_S, self._close_when_idle)

    def _close_when_idle(self) -> None:
        if self._is_idle():
            self.transport.close()
        else:
            self.loop.call_later(LINGER_S, self._close_when_idle)
