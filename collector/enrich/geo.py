"""Where an address is: the best geo database at hand, cached, and replaced while running.

In this order: the file that the operator names (TAGWELL_GEO_DB), the newest downloaded one of
the geo folder, the small one of countries that ships with the installation. A database that
cannot be read is passed over and the reason shown, because an event without a place is still an
event.

The one that ships is DB-IP's. A file in the public domain (IPtoASN's) would ask for no
attribution, but it gives the country of a network's holder, so that a cloud's addresses all over
the world lie at its head office, and it does not know one address in six.
"""

import ipaddress
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from collector.enrich.database import (
    MANIFEST,
    Database,
    DatabaseError,
    IPAddress,
    Place,
    open_file,
    open_folder,
)

CACHE_SIZE = 16384
"""Addresses remembered: about 10 MB when full."""

MAX_ADDRESS = 64
"""No address is longer in characters; longer text is not remembered."""

SHIPPED = Path(__file__).resolve().parent / "data"
"""Folder of the database that ships with the installation; its source and licence are in NOTICE there."""

_log = logging.getLogger(__name__)

Signature = tuple[tuple[str, tuple[int, int, int] | None], ...]


class _State(NamedTuple):
    """All that a reload replaces, in one assignment: the cache goes with its database."""

    signature: Signature
    database: Database | None
    find: Callable[[str], dict[str, Any]]


class Geo:
    """Looks addresses up. `lookup` may run while `reload_if_changed` runs in another thread.

    file            TAGWELL_GEO_DB: a .mmdb file, or None
    folder          holds what `tagwell geo update` fetched; need not exist
    local_address   looked up in place of a loopback or private address, or ""
    shipped         the folder of the database that ships with the installation
    """

    def __init__(
        self,
        file: Path | None,
        folder: Path,
        *,
        local_address: str = "",
        shipped: Path = SHIPPED,
    ) -> None:
        self._file = file
        self._folder = folder
        self._shipped = shipped
        self._local = ipaddress.ip_address(local_address) if local_address else None
        self._problem: str | None = None
        self._state = self._load(None)

    @property
    def problem(self) -> str | None:
        """What is wrong with a database that should be in use, None when nothing is."""
        return self._problem

    @property
    def attribution(self) -> str | None:
        """The line that the licence of the database in use asks to be shown, None where it asks for none."""
        database = self._state.database
        return (database.attribution or None) if database else None

    @property
    def attribution_url(self) -> str | None:
        """Where that line must link to, None where it need not."""
        database = self._state.database
        return (database.attribution_url or None) if database else None

    @property
    def has_cities(self) -> bool:
        """True when the database in use knows more than countries."""
        database = self._state.database
        return database is not None and database.has_cities

    @property
    def age_days(self) -> int | None:
        """Days since the database in use was built, None when there is none."""
        database = self._state.database
        return max(0, int(time.time() - database.built) // 86_400) if database else None

    @property
    def description(self) -> str:
        """Which database is in use, for the operator: name, what it knows, build date, age."""
        database = self._state.database
        if database is None:
            return "no geo database"
        knows = "cities" if database.has_cities else "countries only"
        built = datetime.fromtimestamp(database.built, UTC).date()
        return f"{database.name} ({knows}), built {built}, {self.age_days} days old"

    def lookup(self, address: str) -> dict[str, Any]:
        """Return the place of an address: `country_code`, `country`, `region`, `city` as far as known.

        {} for an unknown, private or unreadable address. With a local address set, a loopback or
        private one gets the local address's place and `assumed` = True. Never raises.
        """
        return self._state.find(address).copy() if 0 < len(address) <= MAX_ADDRESS else {}

    def reload_if_changed(self) -> bool:
        """Open the databases anew if one was added, replaced or removed; return whether that happened.

        Touches the disk: call it beside the loop, now and then. A database that was in use and can
        no longer be opened stays in use, with the problem shown.
        """
        if self._signature() == self._state.signature:
            return False
        self._state = self._load(self._state.database)
        return True

    def _candidates(self) -> list[Path]:
        fetched = [path.parent for path in self._folder.glob(f"[!.]*/{MANIFEST}")]
        # By modification, which is the order of fetching: versions of two packages do not compare.
        newest_first = sorted(
            fetched, key=lambda path: (_stamp(path / MANIFEST) or (0, 0, 0), path), reverse=True
        )
        return [*([self._file] if self._file else []), *newest_first, self._shipped]

    def _signature(self) -> Signature:
        return tuple((str(path), _stamp(path)) for path in self._candidates())

    def _load(self, current: Database | None) -> _State:
        signature = self._signature()
        problems: list[str] = []
        database: Database | None = None
        for path in self._candidates():
            try:
                database = open_file(path, self._folder) if path == self._file else open_folder(path)
                break
            except DatabaseError as error:
                problems.append(str(error))
                if current and current.path == path:
                    database = current
                    break
        if database is None:
            problems.append("events get no place")
        elif problems:
            problems.append(f"in use: {database.name}" + (", as read before" if database is current else ""))
        self._show("; ".join(problems) or None)
        return _State(signature, database, lru_cache(CACHE_SIZE)(lambda text: self._find(database, text)))

    def _find(self, database: Database | None, text: str) -> dict[str, Any]:
        address = parse_address(text)
        if address is None or database is None:
            return {}
        if address.is_global:
            return dict(self._ask(database, address))
        if self._local is None or not (address.is_private or address.is_loopback or address.is_link_local):
            return {}
        place = self._ask(database, self._local)
        return {**place, "assumed": True} if place else {}

    def _ask(self, database: Database, address: IPAddress) -> Place:
        try:
            return database.find(address)
        except Exception as error:  # damaged data makes the readers raise almost anything
            self._show(f"{database.path} is damaged ({type(error).__name__} on looking up an address)")
            return {}

    def _show(self, problem: str | None) -> None:
        if problem and problem != self._problem:
            _log.warning("Geo database: %s", problem)
        self._problem = problem


def parse_address(text: str) -> IPAddress | None:
    """Return the address, an IPv4 one where it is written as ::ffff:a.b.c.d; None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
