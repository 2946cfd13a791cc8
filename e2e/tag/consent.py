"""What the tests of consent share: sites that ask for it, and what lies on the device."""

from typing import Any

from playwright.sync_api import Page

from collector.model.consent import ConsentRecord
from collector.model.source import Consent, Modules, Settings, TagSettings
from e2e.tag.conftest import Site

NOTHING = {"cookies": "", "local": [], "session": [], "databases": []}

FORM = (
    "<form data-synerise=contact onsubmit='return false'>"
    "<input name=e data-synerise=email value=a@b.pl><button>Go</button></form>"
)


def asking(**options: Any) -> Settings:
    """Settings of a source that asks for consent: `asking(google=True, ...)`."""
    return Settings(tag=TagSettings(modules=Modules(consent=True), consent=Consent(**options)))


def evidence(site: Site) -> list[ConsentRecord]:
    """What the collector keeps of decisions, oldest first."""
    return site.collector.store.consents(site.id, limit=1000)[::-1]


def device(page: Page) -> dict[str, Any]:
    """All that lies on the device, as this page sees it."""
    found: dict[str, Any] = page.evaluate(
        """async () => ({
            cookies: document.cookie,
            local: Object.keys(localStorage),
            session: Object.keys(sessionStorage),
            databases: (await indexedDB.databases()).map(({name}) => name),
        })"""
    )
    return found


def settle(page: Page) -> None:
    """Let the page come to rest: what the tag does then has been done, as callbacks keep their order."""
    page.evaluate("new Promise((done) => requestIdleCallback(() => done(), {timeout: 500}))")
