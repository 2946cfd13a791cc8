"""Pages that are hidden and shown again, as a test driver sees to it.

Playwright keeps every page visible, so the page itself is made to say that it is not. What leaving a
page does is real: the tests go on to another one.
"""

from playwright.sync_api import Page

from collector.model.source import Modules, Settings, TagSettings

_SET = """(hidden) => {
    const state = hidden ? 'hidden' : 'visible'
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})
    Object.defineProperty(document, 'visibilityState', {value: state, configurable: true})
    document.dispatchEvent(new Event('visibilitychange'))
}"""


def hide(page: Page) -> None:
    """Another tab covers this one."""
    page.evaluate(_SET, True)


def show(page: Page) -> None:
    """It is seen again."""
    page.evaluate(_SET, False)


def with_modules(*names: str) -> Settings:
    """The settings of a new source, with these modules on as well."""
    return Settings(tag=TagSettings(modules=Modules(**dict.fromkeys(names, True))))
