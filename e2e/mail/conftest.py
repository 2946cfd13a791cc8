"""A collector that sends mails to a real SMTP server, and what arrives there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.harness import Collector, Pages, run_collector
from tests.mail.server import MailServer, free_port, serve


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with serve(MailServer()) as running:
        yield running


@pytest.fixture
def collector(tmp_path: Path, pages: Pages, mail_server: MailServer) -> Iterator[Collector]:
    """A collector that sends mails. Links in them begin with the address it listens on."""
    environment = {"TAGWELL_SMTP_URL": mail_server.url, "TAGWELL_MAIL_FROM": "Shop <news@shop.example>"}
    port = ("--port", str(free_port()))
    with run_collector(tmp_path, pages, arguments=port, environment=environment) as running:
        yield running
