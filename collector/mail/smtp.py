"""Hands mails to the operator's server, by SMTP.

A failure is told in words for the operator, never with the password. What is wrong with the server
concerns every mail; what is wrong with a recipient concerns one, and for good.
"""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from types import TracebackType

from collector.model.mail_server import MailServer

TIMEOUT_S = 20.0
"""Longest wait for the server's next word, in seconds."""

MAX_PROBLEM = 300
"""Of what the server said, in characters."""


class ServerTrouble(Exception):
    """The server takes nothing now: every mail waits. Says why."""


class MailTrouble(Exception):
    """One mail was not taken. `final`: it never will be."""

    def __init__(self, problem: str, *, final: bool) -> None:
        super().__init__(problem)
        self.final = final


class Connection:
    """A connection to the server, for as many mails as are due. Use it with `with`."""

    def __init__(self, server: MailServer, timeout_s: float = TIMEOUT_S) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over; it is the server's when this returns. Raises ServerTrouble, MailTrouble."""
        try:
            smtp = self._smtp or self._open()
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise self._mail_trouble("refuses the address", code, text) from None
        except smtplib.SMTPDataError as error:
            raise self._mail_trouble("refuses the mail", error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            raise ServerTrouble(self._in_words(error)) from None

    def _open(self) -> smtplib.SMTP:
        server = self._server
        if server.encryption == "from the start":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout_s, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout_s)
        self._smtp = smtp
        if server.encryption != "from the start":
            self._start_tls(smtp)
        if server.user:
            try:
                smtp.login(server.user, server.password)
            except smtplib.SMTPNotSupportedError:
                raise smtplib.SMTPException("it offers no sign-in that we know") from None
        return smtp

    def _start_tls(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.encryption == "demanded":
            if not smtp.has_extn("starttls"):
                raise smtplib.SMTPException(
                    "it offers no STARTTLS, and mails are not sent in clear unless TAGWELL_SMTP_URL "
                    "ends with ?tls=optional"
                )
            smtp.starttls(context=ssl.create_default_context())
        elif smtp.has_extn("starttls"):
            # In clear would do here, so that a certificate of nobody in particular does.
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            smtp.starttls(context=context)

    def _close(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._smtp = None

    def _mail_trouble(self, what: str, code: int, text: bytes | str) -> MailTrouble:
        words = f"The mail server {self._server.shown} {what}: {code} {self._told(text)}"
        return MailTrouble(words, final=500 <= code < 600)

    def _in_words(self, error: Exception) -> str:
        where = f"The mail server {self._server.shown}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return f"{where} refuses the user or password of TAGWELL_SMTP_URL: {self._said(error)}"
        if isinstance(error, smtplib.SMTPSenderRefused):
            return f"{where} refuses the sender of TAGWELL_MAIL_FROM: {self._said(error)}"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{where} says: {self._said(error)}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{where} shows a certificate that does not hold: {error.verify_message}"
        if isinstance(error, TimeoutError):
            return f"{where} does not answer within {self._timeout_s:g} s."
        if isinstance(error, smtplib.SMTPException):
            return f"{where} cannot be used: {self._told(str(error))}"
        return f"{where} cannot be reached: {self._told(str(error))}"

    def _said(self, error: smtplib.SMTPResponseException) -> str:
        return f"{error.smtp_code} {self._told(error.smtp_error)}"

    def _told(self, text: bytes | str) -> str:
        """What a server said, on one line, without the password it may repeat."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        if self._server.password:
            text = text.replace(self._server.password, "***")
        line = "".join(character if character.isprintable() else " " for character in text)
        return " ".join(line.split())[:MAX_PROBLEM]
