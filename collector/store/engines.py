"""Which engine keeps a store: told by its URL."""

from collector.store.interface import Store
from collector.store.sqlite import SqliteStore


def connect(url: str) -> Store:
    """Return the store at this URL, not yet migrated or opened.

    Reading and setting work at once on a migrated store; `append` needs `open()`.
    """
    if not url.startswith("postgresql"):
        return SqliteStore(url)
    from collector.store.postgresql import PostgresStore  # loaded by those who use it: it takes 0.05 s

    return PostgresStore(url)
