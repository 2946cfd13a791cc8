"""One geo database: MaxMind DB files of either layout, read as country, region and city.

MaxMind, and DB-IP itself, nest names by language; geoip2 reads those. The files of the
ip-location-db packages are flat (`country_code`, `state1`, `city`), the large ones split by
address family; geoip2's models would find nothing in them, so they are read with the reader
beneath it.

The C reader takes 1 to 16 us a lookup, but on damaged data it can end the process with a
segmentation fault (seen with maxminddb 3.2). So it reads only files whose checksum we know; an
operator's own file is read in Python, 60 us a lookup, where damage is an exception.
"""

import ipaddress
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

import geoip2.database
import geoip2.errors
import maxminddb
import msgspec

from collector.enrich.countries import COUNTRY_NAMES

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Place = dict[str, str]
"""`country_code`, `country`, `region`, `city`: those that are known."""

MANIFEST = "database.json"
MAX_NAME = 128
"""Longest name taken from a database, in characters: a damaged one may hold anything."""

DB_IP = ("IP Geolocation by DB-IP", "https://db-ip.com")
GEOLITE = (
    "This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com",
    "https://www.maxmind.com",
)


class DatabaseError(Exception):
    """A geo database that cannot be used; the text names the file and the fault."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Where the files of a folder come from: `database.json` beside them.

    `fetched` is ISO 8601, UTC; `checksums` gives the CRC-32 of each file: damage is feared here, not
    forgery, and it reads 134 MB in a tenth of a second.
    """

    package: str
    version: str
    licence: str
    attribution: str = ""
    attribution_url: str = ""
    fetched: str
    checksums: dict[str, int]


class _Names(NamedTuple):
    """What a record says, before it is checked."""

    code: Any
    country: Any = None
    region: Any = None
    city: Any = None


class _File(NamedTuple):
    """One open file. `find` raises what the readers raise."""

    find: Callable[[IPAddress], _Names | None]
    kind: str
    version: int
    built: int


class Database:
    """An open database. Reading needs no lock; the files stay mapped until the last reference goes."""

    def __init__(self, path: Path, files: Sequence[_File], manifest: Manifest | None) -> None:
        self.path = path
        self.manifest = manifest
        self.name = manifest.package.split("/")[-1] if manifest else path.name
        self.built = max(file.built for file in files)
        """When it was built, seconds since the epoch."""
        self.has_cities = any("country" not in file.kind.lower() for file in files)
        self.attribution, self.attribution_url = _attribution(path, files, manifest)
        self._v4 = next((file for file in files if file.version == 4), files[0])
        # A file of IPv4 addresses alone knows no other.
        self._v6 = next((file for file in files if file.version == 6), None)
        self._districts = self.attribution == DB_IP[0]

    def find(self, address: IPAddress) -> Place:
        """Return the place of a public address, {} when the database does not know it.

        Raises whatever the reader raises on damaged data.
        """
        file = self._v4 if address.version == 4 else self._v6
        names = file.find(address) if file else None
        if names is None:
            return {}
        code = _text(names.code).upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            code = ""
        city = _text(names.city)
        place = {
            "country_code": code,
            "country": COUNTRY_NAMES.get(code) or _text(names.country),
            "region": _text(names.region),
            # DB-IP adds the district, "Amsterdam (Westpoort)": more than was asked for.
            "city": city.split(" (")[0] if self._districts else city,
        }
        return {key: value for key, value in place.items() if value}


def open_file(path: Path, scratch: Path) -> Database:
    """Open a single .mmdb file that an operator may overwrite at any time.

    A private copy in `scratch` is what is mapped: a mapped file that is truncated kills the
    process. Raises DatabaseError.
    """
    try:
        with tempfile.TemporaryDirectory(
            prefix=".geo-", dir=scratch if scratch.is_dir() else None, ignore_cleanup_errors=True
        ) as folder:
            # The mapping outlives the copy's name.
            copy = copyfile(path, Path(folder) / path.name)
            return Database(path, [_open(copy, path, maxminddb.MODE_MMAP)], None)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read: {error.strerror or error}") from error


def open_folder(path: Path) -> Database:
    """Open a folder of .mmdb files with a manifest, which is never changed in place, only replaced.

    Raises DatabaseError.
    """
    try:
        manifest = msgspec.json.decode((path / MANIFEST).read_bytes(), type=Manifest)
        files = [path / name for name in manifest.checksums]
        for file in files:
            if checksum(file) != manifest.checksums[file.name]:
                raise DatabaseError(f"{file} is damaged: its checksum is not that of {MANIFEST}")
        opened = [_open(file, file, maxminddb.MODE_AUTO) for file in files]
    except OSError as error:
        raise DatabaseError(f"{path} cannot be read: {error.strerror or error}") from error
    except msgspec.DecodeError as error:
        raise DatabaseError(f"{path / MANIFEST} is damaged: {error}") from error
    if not opened:
        raise DatabaseError(f"{path} holds no .mmdb file")
    return Database(path, opened, manifest)


def checksum(path: Path) -> int:
    """The CRC-32 of a file. Raises OSError."""
    value = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def _open(path: Path, shown: Path, mode: int) -> _File:
    try:
        reader = geoip2.database.Reader(path, mode=mode)
        meta = reader.metadata()
        kind = str(meta.database_type)
        nested: dict[str, Callable[[IPAddress], Any]] = {
            "City": reader.city,
            "Country": reader.country,
            "Enterprise": reader.enterprise,
        }
        look_up = next((method for name, method in nested.items() if name in kind), None)
        if look_up:
            return _File(_nested(look_up), kind, meta.ip_version, meta.build_epoch)
        reader.close()
        if not any(word in kind.lower() for word in ("city", "country", "location")):
            raise DatabaseError(f"{shown} is a database of {kind!r}, not of cities or countries")
        return _File(_flat(maxminddb.open_database(path, mode)), kind, meta.ip_version, meta.build_epoch)
    except (OSError, DatabaseError):
        raise
    except Exception as error:  # damaged data makes the readers raise almost anything
        raise DatabaseError(f"{shown} is not a MaxMind DB file, or is damaged") from error


def _nested(look_up: Callable[[IPAddress], Any]) -> Callable[[IPAddress], _Names | None]:
    def find(address: IPAddress) -> _Names | None:
        try:
            found = look_up(address)
        except geoip2.errors.AddressNotFoundError:
            return None
        country = found.country if found.country.iso_code else found.registered_country
        # The first subdivision is the largest: England before Oxfordshire.
        region = found.subdivisions[0].name if getattr(found, "subdivisions", ()) else None
        city = found.city.name if hasattr(found, "city") else None
        return _Names(country.iso_code, country.name, region, city)

    return find


def _flat(reader: maxminddb.Reader) -> Callable[[IPAddress], _Names | None]:
    def find(address: IPAddress) -> _Names | None:
        record = reader.get(address)
        if not isinstance(record, dict):
            return None
        return _Names(record.get("country_code"), None, record.get("state1"), record.get("city"))

    return find


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= MAX_NAME else ""


def _attribution(path: Path, files: Sequence[_File], manifest: Manifest | None) -> tuple[str, str]:
    if manifest:
        return manifest.attribution, manifest.attribution_url
    # A single file does not state its licence, but its name and type tell whose it is.
    told = f"{path.name} {files[0].kind}".lower().replace("-", "")
    if "dbip" in told:
        return DB_IP
    return GEOLITE if "geolite" in told else ("", "")
