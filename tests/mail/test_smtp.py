"""Handing mails to a real SMTP server: encrypted or not at all, failures in words without the password."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import trustme

from collector.mail.smtp import Connection, MailTrouble, ServerTrouble
from collector.model.mail_server import MailServer as Settings
from collector.model.mail_server import read_mail_server
from tests.mail.server import PASSWORD, USER, MailServer, serve, server_context, signing_in

ANN = "ann@shop.example"


def mail(recipient: str = ANN) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "news@shop.example", recipient, "Hello"
    message.set_content("Hello")
    return message


def demanding(server: MailServer) -> Settings:
    """As for a host that is not this machine: no mail and no password in clear."""
    url = f"smtp://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}"
    return msgspec.structs.replace(read_mail_server(url), encryption="demanded")


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts, and no other."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


@pytest.fixture
def plain() -> Iterator[MailServer]:
    with serve(MailServer()) as server:
        yield server


def test_several_mails_go_by_one_connection(plain: MailServer) -> None:
    with Connection(read_mail_server(plain.url)) as connection:
        connection.send(mail())
        connection.send(mail("bob@shop.example"))
    assert [to for to, _ in plain.got] == [ANN, "bob@shop.example"]


def test_a_demanding_sender_signs_in_by_starttls(ca: trustme.CA) -> None:
    context = server_context(ca.issue_cert("localhost"))
    with serve(MailServer(), tls_context=context, require_starttls=True, **signing_in()) as server:
        with Connection(demanding(server)) as connection:
            connection.send(mail())
        assert server.secure == [True]
        wrong = msgspec.structs.replace(demanding(server), password="wr0ng-one")
        with Connection(wrong) as connection, pytest.raises(ServerTrouble) as refused:
            connection.send(mail())
    assert "TAGWELL_SMTP_URL" in str(refused.value)
    assert "wr0ng-one" not in str(refused.value)


def test_tls_from_the_start(ca: trustme.CA) -> None:
    context = server_context(ca.issue_cert("localhost"))
    with serve(MailServer(), ssl_context=context) as server:
        settings = read_mail_server(f"smtps://localhost:{server.port}")
        with Connection(settings) as connection:
            connection.send(mail())
    assert server.mails(ANN)


def test_a_certificate_of_nobody_is_refused_where_encryption_is_demanded(ca: trustme.CA) -> None:
    stranger = server_context(trustme.CA().issue_cert("localhost"))
    with serve(MailServer(), tls_context=stranger, **signing_in()) as server:
        with Connection(demanding(server)) as connection, pytest.raises(ServerTrouble, match="certificate"):
            connection.send(mail())
        assert server.got == []


def test_a_server_without_starttls_gets_nothing_where_it_is_demanded(plain: MailServer) -> None:
    with Connection(demanding(plain)) as connection, pytest.raises(ServerTrouble, match="tls=optional"):
        connection.send(mail())
    assert plain.got == []


@pytest.mark.parametrize(
    ("to_recipient", "to_data", "final", "told"),
    [
        pytest.param("550 5.1.1 no such user", None, True, "refuses the address: 550", id="no such address"),
        pytest.param("450 4.2.1 later", None, False, "450", id="the address later"),
        pytest.param(None, "554 5.7.1 spam", True, "refuses the mail: 554", id="the mail for good"),
        pytest.param(None, "451 4.3.0 busy", False, "451", id="the mail later"),
    ],
)
def test_what_the_server_says_of_one_mail_concerns_that_mail(
    plain: MailServer, to_recipient: str | None, to_data: str | None, final: bool, told: str
) -> None:
    plain.to_recipient, plain.to_data = to_recipient, to_data
    with Connection(read_mail_server(plain.url)) as connection:
        with pytest.raises(MailTrouble) as trouble:
            connection.send(mail())
        assert trouble.value.final is final
        assert told in str(trouble.value)
        assert "\n" not in str(trouble.value)
        plain.to_recipient = plain.to_data = None
        connection.send(mail())
    assert len(plain.got) == 1


def test_a_server_that_is_down_is_told_by_its_name() -> None:
    server = MailServer()
    with serve(server):
        pass
    with Connection(read_mail_server(server.url)) as connection, pytest.raises(ServerTrouble) as trouble:
        connection.send(mail())
    assert f"localhost:{server.port} cannot be reached" in str(trouble.value)
