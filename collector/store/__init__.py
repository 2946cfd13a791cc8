"""Where events, profiles, sessions and settings lie: one interface, an engine a file."""

from collector.store.api_interface import CannotUndo, LoginOfAnother, LoginTaken, UnknownProfile
from collector.store.engines import connect
from collector.store.interface import EventStore, Store, StoreUnavailable

__all__ = [
    "CannotUndo",
    "EventStore",
    "LoginOfAnother",
    "LoginTaken",
    "Store",
    "StoreUnavailable",
    "UnknownProfile",
    "connect",
]
