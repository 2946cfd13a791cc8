"""Fixtures of the browser tests: a running collector, pages on another origin, a real Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType

from e2e.harness import Collector, Pages, run_collector, serve_pages

# Otherwise the collector would, rightly, mark every visit of the tests as a bot's.
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)

AS_ROOT = os.geteuid() == 0
"""Chromium's sandbox does not run as root."""

# A browser that talks to nobody but the test's servers.
QUIET = (
    *(("--no-sandbox",) if AS_ROOT else ()),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

StartCollector = Callable[..., Collector]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: once Playwright's loop runs in a process, no other loop can start there."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (`record_property("figures", text)`), whether they passed or failed."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    figures = [text for one in reports for name, text in one.user_properties if name == "figures"]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write("\n".join(figures) + "\n")


@pytest.fixture(scope="session")
def pages() -> Iterator[Pages]:
    """The server of test pages."""
    with serve_pages() as served:
        yield served


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[Collector]:
    """The collector most tests share: add a source of your own, and leave it running."""
    with run_collector(tmp_path_factory.mktemp("collector"), pages) as running:
        yield running


@pytest.fixture(scope="session")
def demo_collector(tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[Collector]:
    """The same with the demo shop at /demo/. Tests of one browser context each do not meet."""
    with run_collector(tmp_path_factory.mktemp("demo"), pages, demo=True) as running:
        yield running


@pytest.fixture
def start_collector(tmp_path: Path, pages: Pages) -> Iterator[StartCollector]:
    """Starts collectors for one test, which may end them as it likes: options as of `run_collector`.

    The data lies in `tmp_path`: a second start goes on with what the first one kept.
    """
    with ExitStack() as running:

        def start(**options: Any) -> Collector:
            return running.enter_context(run_collector(tmp_path, pages, **options))

        yield start


def _system_browser() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def whole_chromium_args(browser_type: BrowserType) -> dict[str, Any]:
    """What starts a Chromium with tabs and a back/forward cache: the one that `make test` found
    (E2E_CHROMIUM), else Playwright's own, else the system's.

    No browser is a failure where CI is set, where a skip would pass unseen.
    """
    own = browser_type.executable_path if Path(browser_type.executable_path).exists() else None
    found = os.environ.get("E2E_CHROMIUM") or own or _system_browser()
    if not found:
        missing = "no Chromium here: `make test` finds or installs one"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return {"executable_path": found, "args": list(QUIET), "chromium_sandbox": not AS_ROOT}


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """Take the headless shell (E2E_SHELL, or Playwright's own) where there is one: it does in half the time
    what most tests ask of a browser."""
    if browser_type.name != "chromium":
        return browser_type_launch_args
    args: dict[str, Any] = browser_type_launch_args | request.getfixturevalue("whole_chromium_args")
    if shell := os.environ.get("E2E_SHELL"):
        args["executable_path"] = shell
    elif args["executable_path"] == browser_type.executable_path:
        del args["executable_path"]  # Playwright has a shell beside it
    return args


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], browser_name: str) -> dict[str, Any]:
    """Browse as a person's Chrome does."""
    return {**browser_context_args, **({"user_agent": USER_AGENT} if browser_name == "chromium" else {})}


@pytest.fixture
def page_errors(context: BrowserContext) -> list[str]:
    """What went wrong in any page of the context: uncaught errors, console errors, CSP violations.

    Ask for it before the page is opened; a test then asserts that it is empty.
    """
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(f"uncaught: {error.error}"))
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    return errors
