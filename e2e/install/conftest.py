"""The same sites as the tests of the tag have, and what a page says on its console."""

import time

import pytest
from playwright.sync_api import Page

from e2e.tag.conftest import make_site, sent, site

__all__ = ["make_site", "sent", "site"]


class Console:
    """What a page printed, and the wait for more."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.lines: list[str] = []
        page.on("console", lambda message: self.lines.append(message.text))

    def wait_for(self, part: str) -> str:
        """The first line that holds this, once it is there. Raises AssertionError with all that are."""
        deadline = time.monotonic() + 15
        while (found := next((line for line in self.lines if part in line), None)) is None:
            assert time.monotonic() < deadline, f"waited for {part!r}. Printed:\n{self.text()}"
            # Playwright's wait for an event misses one that comes as the wait begins.
            self._page.wait_for_timeout(20)
        return found

    def text(self) -> str:
        """All so far."""
        return "\n".join(self.lines)


@pytest.fixture
def console(page: Page) -> Console:
    """What this page prints from now on."""
    return Console(page)
