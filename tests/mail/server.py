"""A real SMTP server, which keeps what it is handed and refuses what it is told to."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

SOON_S = 15
"""Longest wait for a mail, in seconds."""

USER, PASSWORD = "shop", "a p@ss/word?"


class MailServer:
    """What the server got, and what it says. An answer of None takes the mail."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        self.to_recipient: str | None = None
        self.to_data: str | None = None
        self.secure: list[bool] = []
        self._came = threading.Condition()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is, as the setting names it."""
        return f"smtp://localhost:{self.port}"

    def mails(self, recipient: str) -> list[EmailMessage]:
        """What it got for an address."""
        return [message for to, message in self.got if to == recipient]

    def wait_for(self, recipient: str) -> EmailMessage:
        """The first mail for an address, once it is there; the outbox is looked at every two seconds."""
        with self._came:
            assert self._came.wait_for(lambda: self.mails(recipient), SOON_S), f"no mail for {recipient}"
            return self.mails(recipient)[0]

    async def handle_RCPT(  # noqa: N802 as aiosmtpd calls it
        self, _server: smtp.SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient is not None:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data is not None:
            return self.to_data
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, EmailMessage, policy=SMTP)
        self.secure.append(session.ssl is not None)
        with self._came:
            self.got += [(to, message) for to in envelope.rcpt_tos]
            self._came.notify_all()
        return "250 taken"


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def serve(handler: MailServer, **options: Any) -> Iterator[MailServer]:
    """Run the server until the block ends; a second time on the port it had."""
    handler.port = handler.port or free_port()
    controller = Controller(handler, hostname="localhost", port=handler.port, **options)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def signing_in() -> dict[str, Any]:
    """Options of a server that takes mails of one user."""

    def authenticate(
        _server: smtp.SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        fits = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=fits, handled=False)

    return {"authenticator": authenticate, "auth_required": True}


def server_context(certificate: Any) -> ssl.SSLContext:
    """What a server shows of a certificate that trustme has made."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def link_in(message: EmailMessage, path: str) -> str:
    """The link to one of our pages in a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"https?://\S+/mail/{path}\?t=\S+", body.get_content())
    assert found
    return found[0]
