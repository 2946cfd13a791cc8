"""What arrived for somebody."""

import re
import time
from email.message import EmailMessage

from tests.mail.server import MailServer


def the_mail(server: MailServer, recipient: str) -> EmailMessage:
    """The first mail to a recipient; the outbox is looked at every two seconds."""
    deadline = time.monotonic() + 15
    while not server.mails(recipient):
        assert time.monotonic() < deadline, "no mail arrived"
        time.sleep(0.02)
    return server.mails(recipient)[0]


def link_in(message: EmailMessage, path: str) -> str:
    """The link to one of our pages in a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"http://\S+/mail/{path}\?t=\S+", body.get_content())
    assert found
    return found[0]
