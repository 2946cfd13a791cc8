"""Where events, profiles, sessions and settings lie: one interface, an engine a file."""

from collector.store.engines import connect
from collector.store.interface import EventStore, Store, StoreUnavailable

__all__ = ["EventStore", "Store", "StoreUnavailable", "connect"]
