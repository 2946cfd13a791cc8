"""The stages with the geo database that ships with the installation."""

from pathlib import Path

import pytest

from collector.enrich import Enricher, Geo


@pytest.fixture(scope="session")
def enricher(tmp_path_factory: pytest.TempPathFactory) -> Enricher:
    """Adds device and place."""
    folder: Path = tmp_path_factory.mktemp("geo")
    return Enricher(Geo(None, folder))
