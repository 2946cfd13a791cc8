"""Words a mail: its links, its text, its HTML, its headers.

Nothing that a visitor sent stands in a mail but the address it goes to: whoever types a stranger's
address into a form cannot write to them. A template holds the subject in its first line and then
paragraphs; the HTML is made of the same ones.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from collector.assets import templates_dir
from collector.mail.links import LIFE_MS, Purpose, link, make_token
from collector.model.mail import Mail, MailKind

PURPOSES: dict[MailKind, Purpose] = {
    "newsletter.confirm": "confirm",
    "newsletter.stop": "stop",
    "account.activate": "activate",
}
"""What the link of a mail does. The others have none."""

MAX_NAME = 100
"""Of a shop's name, in characters."""


class Unwritable(ValueError):
    """A mail that cannot be sent to its address. Says why."""


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(templates_dir()),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Words the mails of one collector. `base_url` is where links lead, without a slash at its end."""

    secret_key: bytes
    base_url: str
    sender: Address

    def write(self, mail: Mail, shop: str, now_ms: int) -> EmailMessage:
        """Return a mail in the name of a shop. Raises Unwritable.

        Its Message-ID is the same however often it is sent, so that a second copy can be told.
        """
        shop = _one_line(shop)
        purpose = PURPOSES.get(mail.kind)
        address = self._link(purpose, mail, now_ms) if purpose is not None else ""
        text = _ENVIRONMENT.get_template(f"mail/{mail.kind}.txt").render(shop=shop, link=address)
        subject, _, body = text.strip().partition("\n\n")
        message = EmailMessage(policy=SMTP.clone(max_line_length=998))
        message["From"] = self.sender
        message["To"] = _recipient(mail.recipient)
        message["Subject"] = _one_line(subject)
        message["Date"] = format_datetime(datetime.fromtimestamp(now_ms / 1000, UTC))
        message["Message-ID"] = self._message_id(mail)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        unsubscribe = ""
        if "address" in mail.data:
            unsubscribe = self._unsubscribe(mail)
            message["List-Unsubscribe"] = f"<{unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            body += f"\n\nNo news from {shop} to this address:\n{unsubscribe}"
        message.set_content(f"{body}\n", cte="quoted-printable")
        page = _ENVIRONMENT.get_template("mail/mail.html").render(
            kind=mail.kind,
            shop=shop,
            subject=_one_line(subject),
            paragraphs=[paragraph.splitlines() for paragraph in body.split("\n\n")],
            link=address,
            unsubscribe=unsubscribe,
        )
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        return message

    def _link(self, purpose: Purpose, mail: Mail, now_ms: int) -> str:
        token = make_token(self.secret_key, purpose, _named(mail), until_ms=now_ms + LIFE_MS)
        return link(self.base_url, purpose, token)

    def _unsubscribe(self, mail: Mail) -> str:
        what = [mail.data["client_id"], mail.source, mail.data["address"]]
        return link(
            self.base_url, "unsubscribe", make_token(self.secret_key, "unsubscribe", what, until_ms=None)
        )

    def _message_id(self, mail: Mail) -> str:
        # Hashed with the secret: a number would tell how many mails a shop sends.
        named = f"mail\n{mail.number}\n{mail.created_ms}".encode()
        return f"<{hashlib.sha256(self.secret_key + named).hexdigest()[:32]}@{self.sender.domain}>"


def _named(mail: Mail) -> list[object]:
    """What the link of a mail names."""
    data = mail.data
    if mail.kind == "account.activate":
        return [data["account"], data["proof"]]
    return [data["client_id"], mail.source, data["address"], data["nonce"]]


def _recipient(address: str) -> Address:
    try:
        return Address(addr_spec=address)
    except (MessageError, ValueError, IndexError):  # all of them, by what is wrong
        raise Unwritable(
            "No mail can be sent to this address: it has letters that mail cannot carry."
        ) from None


def _one_line(text: str) -> str:
    """Text without anything that could begin another header."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(plain.split())[:MAX_NAME]
