"""The words of mails: the same Message-ID each time, a way out of the newsletter, and nothing smuggled in."""

import re
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.mail.links import LIFE_MS, BadLink, make_token, read_token
from collector.mail.words import Unwritable, Writer
from collector.model.mail import Mail, MailKind
from tests.store.events import NOON

SECRET = b"0123456789abcdef"
WRITER = Writer(
    secret_key=SECRET,
    base_url="https://tags.shop.example",
    sender=Address("Łódź, Books", "news", "shop.example"),
)
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


def mail(kind: MailKind = "newsletter.confirm", recipient: str = "ann@shop.example", number: int = 1) -> Mail:
    newsletter = {"client_id": 7, "nonce": "n" * 32, "address": "a" * 32}
    return Mail(
        number=number,
        source=3,
        profile_id=7,
        kind=kind,
        recipient=recipient,
        data=newsletter if kind.startswith("newsletter") else {"account": 5, "proof": "p"},
        created_ms=NOON,
        next_try_ms=NOON,
        tries=0,
        sent_ms=None,
        problem="",
    )


def sent(one: Mail, shop: str = "Low Tide", now_ms: int = NOON) -> EmailMessage:
    """A mail as a reader gets it."""
    return message_from_bytes(WRITER.write(one, shop, now_ms).as_bytes(), EmailMessage, policy=SMTP)


def text(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def token_in(content: str, path: str) -> str:
    found = re.search(rf"https://tags\.shop\.example/mail/{path}\?t=[\w.-]+", content)
    assert found
    return parse_qs(urlsplit(found[0]).query)["t"][0]


@pytest.mark.parametrize("kind", get_args(MailKind))
def test_every_mail_is_worded_in_text_and_html_in_the_name_of_the_shop(kind: MailKind) -> None:
    message = sent(mail(kind), "Low Tide <b>&")
    assert "Low Tide <b>&" in message["Subject"]
    assert "Low Tide <b>&" in text(message, "plain")
    assert "Low Tide &lt;b&gt;&amp;" in text(message, "html")
    assert "<b>&" not in text(message, "html")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == sent(mail(kind), now_ms=NOON + LIFE_MS)["Message-ID"]
    assert message["Message-ID"] != sent(mail(kind, number=2))["Message-ID"]


@pytest.mark.parametrize(
    ("kind", "path", "named"),
    [
        ("newsletter.confirm", "confirm", [7, 3, "a" * 32, "n" * 32]),
        ("newsletter.stop", "stop", [7, 3, "a" * 32, "n" * 32]),
        ("account.activate", "activate", [5, "p"]),
    ],
)
def test_a_link_does_one_thing_for_seven_days(kind: MailKind, path: str, named: list[object]) -> None:
    message = sent(mail(kind))
    token = token_in(text(message, "plain"), path)
    assert token_in(text(message, "html"), path) == token
    assert read_token(SECRET, path, token, NOON + LIFE_MS) == named  # type: ignore[arg-type]
    with pytest.raises(BadLink) as late:
        read_token(SECRET, path, token, NOON + LIFE_MS + 1)  # type: ignore[arg-type]
    assert late.value.expired
    with pytest.raises(BadLink) as other:
        read_token(SECRET, "unsubscribe", token, NOON)
    assert not other.value.expired
    with pytest.raises(BadLink):
        read_token(b"another secret", path, token, NOON)  # type: ignore[arg-type]


def test_newsletter_mails_can_be_unsubscribed_with_one_click_for_ever() -> None:
    message = sent(mail())
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = token_in(message["List-Unsubscribe"], "unsubscribe")
    assert token_in(text(message, "plain"), "unsubscribe") == token
    assert read_token(SECRET, "unsubscribe", token, NOON * 3) == [7, 3, "a" * 32]
    assert "List-Unsubscribe" not in sent(mail("account.exists"))


@given(token=st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_no_text_is_a_link_but_ours(token: str) -> None:
    with pytest.raises(BadLink):
        read_token(SECRET, "confirm", token, NOON)
    with pytest.raises(BadLink):
        read_token(SECRET, "confirm", make_token(SECRET, "confirm", [1], until_ms=None) + token + ".", NOON)


@given(shop=st.text(max_size=300))
def test_a_hostile_name_of_a_shop_makes_no_header_and_no_markup(shop: str) -> None:
    message = sent(mail("account.exists"), shop + "\r\nBcc: eve@evil.example\r\n\r\n<script>")
    assert set(message.keys()) == HEADERS
    assert len(message["Subject"]) <= 200
    assert "<script" not in text(message, "html")


@pytest.mark.parametrize(
    "recipient",
    [
        "ann@shop.example\r\nBcc: eve@evil.example",
        "ann@shop.example, eve@evil.example",
        "=?utf-8?q?ann?=@shop.example",
        "żółw@shop.example",
        "<ann@shop.example>",
        "ann",
        "",
    ],
)
def test_a_hostile_address_is_written_to_nobody(recipient: str) -> None:
    with pytest.raises(Unwritable):
        WRITER.write(mail(recipient=recipient), "Shop", NOON)


@pytest.mark.parametrize("recipient", ['"a> , eve"@shop.example', "a+b'c@shop.example", "ann@[192.0.2.1]"])
def test_an_odd_address_is_one_recipient(recipient: str) -> None:
    message = sent(mail(recipient=recipient))
    assert [address.addr_spec for address in message["To"].addresses] == [recipient]
