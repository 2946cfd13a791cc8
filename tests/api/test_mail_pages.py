"""Double opt-in from the beacon to the button: a running collector, a real SMTP server, the mailed links."""

import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from collector import jobs
from collector.api.mail_pages import mail_routes
from collector.mail.links import make_token
from collector.model.profile import Profile
from collector.model.source import Source
from tests.mail.server import MailServer, link_in, serve
from tests.receive.running import Running

SECRET = "a secret of the tests"
HTML = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def mail_server() -> Iterator[MailServer]:
    with serve(MailServer()) as running:
        yield running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "MAILS_S", 0.05)
        running = Running(
            tmp_path_factory.mktemp("data"),
            smtp_url=mail_server.url,
            mail_from="Shop <news@shop.example>",
            public_url="https://tags.shop.example/",
            secret_key=SECRET,
        )
        running.store.save_workspace(newsletter_mode="double")
        running.start()
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture
def source(collector: Running) -> Source:
    return collector.store.add_source("Low Tide <Pottery>")


@pytest.fixture
def email() -> str:
    """An address that nobody has used."""
    return f"ann-{uuid.uuid4().hex[:8]}@shop.example"


def submitted(email: str, wish: str) -> dict[str, Any]:
    """A form that a new visitor submits."""
    form = {"email": email, "newsletterAgreement": wish}
    params = {"formType": "newsletter", "formData": form}
    return {"action": "form.submit", "uuid": str(uuid.uuid4()), "params": params}


@pytest.fixture
def asked(collector: Running, mail_server: MailServer, source: Source, email: str) -> EmailMessage:
    """The mail that follows a newsletter form."""
    assert collector.post(source.source_id, [submitted(email, "confirmation")]).status_code == 204
    return mail_server.wait_for(email)


Press = Callable[..., httpx.Response]


@pytest.fixture
def press(collector: Running) -> Press:
    """Follow a link of a mail."""

    def press(link: str, method: str = "POST", **options: str) -> httpx.Response:
        parts = urlsplit(link)
        assert f"{parts.scheme}://{parts.netloc}" == "https://tags.shop.example"
        return collector.request(method, f"{parts.path}?{parts.query}", headers=HTML, **options)

    return press


def ann(collector: Running, email: str) -> Profile:
    found = collector.store.find_profile("email", email)
    assert found is not None
    return found


def derived(collector: Running, source: Source) -> list[str]:
    return [event.action for event in collector.events(source.source_id) if event.derived]


def test_the_link_of_the_mail_confirms_once(
    collector: Running, press: Press, source: Source, email: str, asked: EmailMessage
) -> None:
    assert asked["From"] == "Shop <news@shop.example>"
    assert asked["Subject"] == "Please confirm: news from Low Tide <Pottery>"
    link = link_in(asked, "confirm")
    for method in ("GET", "HEAD"):  # whatever reads mails before their reader does
        shown = press(link, method)
        assert shown.status_code == 200
    assert ann(collector, email).agreements == {}
    assert "Low Tide &lt;Pottery&gt;" in press(link, "GET").text
    assert email not in press(link, "GET").text
    done = press(link)
    assert done.status_code == 200
    assert "Thank you" in done.text
    assert ann(collector, email).agreements == {"email": True}
    assert ann(collector, email).attributes["newsletter_agreement_enabled"] == "enabled"
    assert derived(collector, source)[-2:] == ["newsletter.confirmSubscribe", "marketingAgreement.turnOn"]
    again = press(link)
    assert again.status_code == 410
    assert "used already" in again.text
    assert derived(collector, source).count("newsletter.confirmSubscribe") == 1
    assert [mail.problem for mail in collector.store.mails_of(ann(collector, email).client_id)] == [""]


def test_one_click_unsubscribes_without_a_cookie_and_can_be_repeated(
    collector: Running, press: Press, source: Source, email: str, asked: EmailMessage
) -> None:
    press(link_in(asked, "confirm"))
    assert asked["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = asked["List-Unsubscribe"].strip("<>")
    assert press(link, "GET").status_code == 200
    assert ann(collector, email).agreements == {"email": True}
    for _ in range(2):
        done = press(link, content="List-Unsubscribe=One-Click")
        assert done.status_code == 200
        assert "set-cookie" not in done.headers
    assert ann(collector, email).agreements == {"email": False}
    assert derived(collector, source)[-2:] == ["newsletter.unsubscribe", "marketingAgreement.turnOff"]


def test_what_a_stranger_wants_stopped_stops_on_the_persons_word(
    collector: Running, mail_server: MailServer, press: Press, source: Source, email: str
) -> None:
    collector.store.save_workspace(newsletter_mode="single")
    try:
        collector.post(source.source_id, [submitted(email, "enabled")])
        assert ann(collector, email).agreements == {"email": True}
        collector.post(source.source_id, [submitted(email, "disabled")])
        stop = mail_server.wait_for(email)
    finally:
        collector.store.save_workspace(newsletter_mode="double")
    link = link_in(stop, "stop")
    assert "script" not in press(link, "GET").text, "only a confirmation presses its own button"
    assert ann(collector, email).agreements == {"email": True}
    assert press(link).status_code == 200
    assert ann(collector, email).agreements == {"email": False}
    assert press(link).status_code == 410


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["confirm", "stop", "unsubscribe"])
@pytest.mark.parametrize("token", ["", "x", "a.b.c", "%00", "%ff%fe", "%ed%a0%80", "x" * 5000])
def test_what_is_no_link_says_so(collector: Running, method: str, path: str, token: str) -> None:
    answer = collector.request(method, f"/mail/{path}?t={token}", headers=HTML)
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_old_link_says_that_it_is_too_old(
    collector: Running, method: str, source: Source, email: str, asked: EmailMessage
) -> None:
    [mail] = collector.store.mails_of(ann(collector, email).client_id)
    named = [mail.data["client_id"], mail.source, mail.data["address"], mail.data["nonce"]]
    late = make_token(SECRET.encode(), "confirm", named, until_ms=mail.created_ms - 1)
    answer = collector.request(method, f"/mail/confirm?t={late}", headers=HTML)
    assert answer.status_code == 410
    assert "too old" in answer.text
    assert ann(collector, email).agreements == {}


def test_the_pages_keep_their_address_to_themselves(press: Press, asked: EmailMessage) -> None:
    headers = press(link_in(asked, "confirm"), "GET").headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert press(link_in(asked, "confirm"), "PUT").status_code == 405


def test_there_are_no_other_pages_here(collector: Running) -> None:
    paths = [route.path for route in mail_routes(None)]  # type: ignore[arg-type, attr-defined]
    assert paths == ["/mail/confirm", "/mail/stop", "/mail/unsubscribe"]
