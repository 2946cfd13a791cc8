"""What all tests share."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop that the collector runs on."""
    return "asyncio"
