"""The salt of the cookieless day: one row, of which the next leaves nothing.

On SQLite `secure_delete` zeroes the row, and `scrub` the log it was written to. PostgreSQL keeps the
bytes of a deleted row: there the table is truncated, which begins a new file, and unlogged, so that
no salt ever stands in the write-ahead log or on a replica. Unlogged means that a crash of the server
empties it: the visitors of that day are then counted anew.
"""

import secrets

from sqlalchemy import Connection, Executable, delete, insert, select, text

from collector.store.privacy_tables import day_salts

SALT_BYTES = 32
"""As many as HMAC-SHA256 has in its result: a longer one would make nothing harder to guess."""

_LATEST = select(day_salts).order_by(day_salts.c.day.desc()).limit(1)
_DELETE: dict[str, Executable] = {
    "sqlite": delete(day_salts),
    "postgresql": text(f"TRUNCATE {day_salts.name}"),
}
_NEW = insert(day_salts)


def day_salt(connection: Connection, day: int) -> bytes:
    """Return the salt of a day (days since the epoch, UTC), made where there is none.

    A new day's ends all others. Raises ValueError for a day
    before the latest; it is over, whatever a clock that was set back says.
    """
    latest = connection.execute(_LATEST).first()
    if latest is not None and latest.day > day:
        raise ValueError(f"day {day} is over: the store is at day {latest.day}")
    if latest is not None and latest.day == day:
        return bytes(latest.salt)
    connection.execute(_DELETE[connection.dialect.name])
    salt = secrets.token_bytes(SALT_BYTES)
    connection.execute(_NEW, {"day": day, "salt": salt})
    return salt
