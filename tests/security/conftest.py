"""One collector for all that only looks at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.receive.running import Running
from tests.security.site import PUBLIC_URL, Site


def _run(folder: Path) -> Iterator[Site]:
    running = Running(folder, public_url=PUBLIC_URL, demo=True)
    site = Site(running)
    site.start()
    try:
        yield site
    finally:
        running.stop()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A collector behind https, of all tests that leave it as it is."""
    yield from _run(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One of this module, whose sign-in a test may end."""
    yield from _run(tmp_path_factory.mktemp("own"))
