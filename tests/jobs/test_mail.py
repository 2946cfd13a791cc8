"""The sender of mails: tried again with growing pauses, given up in words. Against a real SMTP server."""

import itertools
import logging
from collections.abc import Iterator
from email.headerregistry import Address
from pathlib import Path

import pytest

from collector.enrich import Geo
from collector.jobs import Jobs
from collector.jobs.mail import GIVE_UP_MS, Outbox, Sender, pause_ms
from collector.mail.words import Writer
from collector.model.mail import Mail
from collector.model.mail_server import read_mail_server
from collector.store import Store, connect
from tests.mail.server import MailServer, serve

ANN, BOB = "ann@shop.example", "bob@shop.example"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = connect(f"sqlite:///{tmp_path / 'tagwell.db'}")
    store.migrate()
    store.add_source("Low Tide Pottery")
    yield store
    store.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serve(MailServer()) as running:
        yield running


def sender(server: MailServer) -> Sender:
    writer = Writer(
        secret_key=b"secret", base_url="https://tags.shop.example", sender=Address("", "news", "shop.example")
    )
    return Sender(read_mail_server(server.url), writer)


def put(store: Store, *recipients: str) -> int:
    """Put mails into the outbox; return when."""
    for recipient in recipients:
        store.add_mail("account.exists", recipient, {}, source=1, profile_id=None)
    return store.mails()[0].created_ms


def the(store: Store, recipient: str) -> Mail:
    return next(mail for mail in store.mails() if mail.recipient == recipient)


def yes() -> bool:
    return True


def test_what_is_due_is_sent_once(store: Store, server: MailServer) -> None:
    now_ms = put(store, ANN, BOB)
    for later_ms in (0, 1000, HOUR_MS):
        Outbox(store, sender(server)).run(now_ms + later_ms, yes)
    assert [to for to, _ in server.got] == [ANN, BOB]
    assert [(mail.sent_ms, mail.next_try_ms, mail.tries) for mail in store.mails()] == [(now_ms, None, 1)] * 2
    assert server.got[0][1]["Subject"] == "You have an account at Low Tide Pottery already"


def test_while_the_server_is_down_mails_wait_and_arrive_when_it_is_back(store: Store) -> None:
    server = MailServer()
    with serve(server):
        pass
    outbox, now_ms = Outbox(store, sender(server)), put(store, ANN, BOB)
    outbox.run(now_ms, yes)
    waiting = the(store, BOB)
    assert waiting.next_try_ms == now_ms + MINUTE_MS
    assert "cannot be reached" in waiting.problem
    with serve(server):
        outbox.run(now_ms + MINUTE_MS - 1, yes)
        assert server.got == []
        outbox.run(now_ms + MINUTE_MS, yes)
    assert [to for to, _ in server.got] == [ANN, BOB]
    assert the(store, ANN).problem == ""


def test_pauses_grow_to_half_a_day_and_after_three_days_it_is_given_up(
    store: Store, server: MailServer
) -> None:
    server.to_recipient = "450 4.2.1 come back later"
    outbox, made_ms = Outbox(store, sender(server)), put(store, ANN)
    tried: list[int] = []
    while (due_ms := the(store, ANN).next_try_ms) is not None:
        tried.append(due_ms)
        outbox.run(due_ms, yes)
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert pauses[:3] == [MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pause_ms(99) == 12 * HOUR_MS
    assert tried[-1] <= made_ms + GIVE_UP_MS < tried[-1] + 12 * HOUR_MS
    assert the(store, ANN).problem.startswith("Given up after three days.")
    assert "450" in the(store, ANN).problem


def test_an_address_that_there_is_not_is_given_up_at_once_and_holds_nobody_up(
    store: Store, server: MailServer
) -> None:
    now_ms = put(store, ANN)
    server.to_recipient = "550 5.1.1 no such user"
    Outbox(store, sender(server)).run(now_ms, yes)
    server.to_recipient = None
    put(store, "żółw@shop.example", BOB)
    Outbox(store, sender(server)).run(now_ms + HOUR_MS, yes)
    assert (the(store, ANN).next_try_ms, the(store, ANN).sent_ms) == (None, None)
    assert "no such user" in the(store, ANN).problem
    assert "letters that mail cannot carry" in the(store, "żółw@shop.example").problem
    assert [to for to, _ in server.got] == [BOB]


def test_without_a_server_mails_wait_for_three_days_and_the_log_says_so_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    outbox, now_ms = Outbox(store, None), put(store, ANN)
    with caplog.at_level(logging.WARNING):
        for later_ms in (0, 1, GIVE_UP_MS):
            outbox.run(now_ms + later_ms, yes)
    assert the(store, ANN).next_try_ms == now_ms
    assert caplog.text.count("TAGWELL_SMTP_URL") == 1
    assert ANN not in caplog.text
    outbox.run(now_ms + GIVE_UP_MS + 1, yes)
    assert the(store, ANN).next_try_ms is None
    assert "TAGWELL_SMTP_URL" in the(store, ANN).problem


def test_who_loses_the_lease_stops_and_who_has_none_sends_nothing(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    now_ms = put(store, ANN, BOB)
    turns = iter([True, False])
    Outbox(store, sender(server)).run(now_ms, lambda: next(turns))
    assert [to for to, _ in server.got] == [ANN]
    store.take_lease("mails", "another worker", now_ms, 300_000)
    Jobs(store, Geo(None, tmp_path), sender(server))._send_mails()
    assert [to for to, _ in server.got] == [ANN]
