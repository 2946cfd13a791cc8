"""Sending what waits in the outbox, by one process at a time.

What became of a try is noted after it: where a process dies between, the mail is sent twice, under the
same Message-ID, and never lost.
"""

import logging
from collections.abc import Callable
from email.message import EmailMessage
from typing import NamedTuple

from collector.config import Config
from collector.mail.smtp import Connection, MailTrouble, ServerTrouble
from collector.mail.words import Unwritable, Writer
from collector.model.mail import Mail
from collector.model.mail_server import MailServer, read_sender
from collector.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Mails of one connection to the server."""

FIRST_PAUSE_MS = 60_000
LONGEST_PAUSE_MS = 12 * 3_600_000
"""Between two tries: a minute, then twice as long each time, up to twelve hours."""

GIVE_UP_MS = 3 * 24 * 3_600_000
"""How old a mail may become in the outbox: three days."""

NO_SERVER = (
    "No mail server was set: set TAGWELL_SMTP_URL and TAGWELL_MAIL_FROM and start again. "
    "Mails wait for three days."
)


class Sender(NamedTuple):
    """What mails are worded and sent with."""

    server: MailServer
    writer: Writer


def make_sender(config: Config, secret_key: bytes) -> Sender | None:
    """What mails are sent with; None where no server is set."""
    if config.mail_server is None:
        return None
    writer = Writer(secret_key=secret_key, base_url=config.base_url, sender=read_sender(config.mail_from))
    return Sender(config.mail_server, writer)


class Outbox:
    """The sender of one worker. `sender` None: no server is set, and mails wait."""

    def __init__(self, store: Store, sender: Sender | None) -> None:
        self._store = store
        self._sender = sender
        self._said = False

    def run(self, now_ms: int, go_on: Callable[[], bool]) -> None:
        """Try every mail that is due, as long as `go_on` says so: it is asked before each."""
        due = self._store.due_mails(now_ms, AT_ONCE)
        if not due:
            return
        if self._sender is None:
            self._wait(due, now_ms)
            return
        names = {source.number: source.name for source in self._store.sources()}
        with Connection(self._sender.server) as connection:
            for number, mail in enumerate(due):
                if not go_on():
                    return
                try:
                    connection.send(self._write(self._sender.writer, mail, names, now_ms))
                except ServerTrouble as trouble:
                    log.warning("%d mails wait: %s", len(due) - number, trouble)
                    for waiting in due[number:]:
                        self._later(waiting, now_ms, str(trouble))
                    return
                except Unwritable as trouble:
                    self._give_up(mail, str(trouble))
                except MailTrouble as trouble:
                    if trouble.final:
                        self._give_up(mail, str(trouble))
                    else:
                        self._later(mail, now_ms, str(trouble))
                else:
                    self._store.mail_done(mail.number, sent_ms=now_ms, next_try_ms=None, problem="")

    def _write(self, writer: Writer, mail: Mail, names: dict[int, str], now_ms: int) -> EmailMessage:
        try:
            return writer.write(mail, names.get(mail.source, "our shop"), now_ms)
        except Unwritable:
            raise
        except Exception as error:
            # A fault of ours with one mail must not hold all others up.
            log.exception("mail %d cannot be written", mail.number)
            raise MailTrouble(f"Tagwell could not write it ({type(error).__name__}).", final=False) from None

    def _wait(self, due: list[Mail], now_ms: int) -> None:
        if not self._said:
            self._said = True
            log.warning("mails wait in the outbox. %s", NO_SERVER)
        for mail in due:
            if now_ms > mail.created_ms + GIVE_UP_MS:
                self._give_up(mail, f"Given up after three days. {NO_SERVER}")

    def _later(self, mail: Mail, now_ms: int, problem: str) -> None:
        next_ms = now_ms + pause_ms(mail.tries)
        if next_ms > mail.created_ms + GIVE_UP_MS:
            self._give_up(mail, f"Given up after three days. {problem}")
            return
        self._store.mail_done(mail.number, sent_ms=None, next_try_ms=next_ms, problem=problem)

    def _give_up(self, mail: Mail, problem: str) -> None:
        self._store.mail_done(mail.number, sent_ms=None, next_try_ms=None, problem=problem)


def pause_ms(tries: int) -> int:
    """How long a mail waits after so many tries before this one."""
    return min(FIRST_PAUSE_MS << min(tries, 10), LONGEST_PAUSE_MS)
