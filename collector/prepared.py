"""Answers that are given again and again, made once: as ASGI's messages, and as the bytes that they become.

A server that can write the bytes says so by an extension of ASGI's scope: to check and join the same ten
headers anew takes it longer than all else it does for a request. Any other server gets the messages.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Protocol

from starlette.types import Message, Scope, Send

EXTENSION = "tagwell.prepared"
"""The extension: {"write": Write}."""

Write = Callable[[Send, bytes, bytes], bool]
"""Writes an answer in place of what `send` would be told: its status line and headers, to which the server
adds its own, and its body. False where it cannot be written now, as the client does not read, or where
somebody stands between with a `send` of their own."""


class Refusing(Protocol):
    """An application that a server may ask as soon as the head of a request has come."""

    def refusal(self, scope: Scope) -> "Prepared | None":
        """What to answer without any work; None where the application is to be called."""


class Prepared:
    """One answer with a body of known length, or with none."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """`messages`: the start, and the whole body."""
        start, end = messages
        status = HTTPStatus(start["status"])
        lines = [f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()]
        lines += [b"%s: %s\r\n" % pair for pair in start["headers"]]
        self._messages = messages
        self._head = b"".join(lines)
        self._body: bytes = end.get("body", b"")

    def is_written(self, write: Write, send: Send) -> bool:
        """Answer by the bytes, where that can be done."""
        return write(send, self._head, self._body)

    async def send(self, scope: Scope, send: Send) -> None:
        """Answer a request that is no HEAD."""
        extensions = scope.get("extensions", {})
        if EXTENSION in extensions and self.is_written(extensions[EXTENSION]["write"], send):
            return
        for message in self._messages:
            await send({**message})  # whoever is between may add headers to it
