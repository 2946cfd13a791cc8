"""The geo database is replaced, well and badly, while beacons come: each is stored, none waits."""

import os
from pathlib import Path

import pytest

from collector import jobs
from tests.enrich.conftest import MakeDatabase
from tests.receive.running import Running, wait_until

ADDRESS = "8.8.8.8"


def city(name: str) -> dict[str, object]:
    return {"country": {"iso_code": "GB", "names": {"en": "UK"}}, "city": {"names": {"en": name}}}


def cut(file: Path) -> None:
    os.truncate(file, 200)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def test_a_database_is_replaced_while_beacons_come(
    tmp_path: Path,
    make_database: MakeDatabase,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(jobs, "GEO_S", 0.05)
    file = tmp_path / "city.mmdb"

    def replace(name: str) -> None:
        new = make_database(tmp_path / "new.mmdb", {"8.8.8.0/24": city(name)}, kind="GeoLite2-City")
        new.replace(file)

    replace("Boxford")
    running = Running(tmp_path, geo_db=str(file))
    source_id = running.store.add_source("Shop").source_id
    running.start()
    sent = 0

    def place() -> str:
        nonlocal sent
        answer = running.post(source_id, [{"action": "a"}], peer=ADDRESS)
        assert answer.status_code == 204
        sent += 1
        geo = running.events(source_id)[-1].context.get("geo", {})
        return str(geo.get("city"))

    def is_refused() -> bool:
        """Refused and said so."""
        assert place() == name, "the one that was in use stays in use"
        return "in use: city.mmdb, as read before" in caplog.text

    try:
        assert place() == "Boxford"
        for name, harm in (("Aldington", cut), ("Bedford", empty), ("Chester", Path.unlink)):
            replace(name)
            wait_until(lambda: place() == name)  # noqa: B023 done before the next
            caplog.clear()
            harm(file)
            wait_until(is_refused)
        replace("Durham")
        wait_until(lambda: place() == "Durham")
        assert running.sums(source_id) == {"stored": sent}
    finally:
        running.stop()
