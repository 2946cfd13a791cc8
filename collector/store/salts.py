"""The salt of the cookieless day."""

from sqlalchemy import Connection


def day_salt(connection: Connection, day: int) -> bytes:
    raise NotImplementedError
