"""Merges of profiles, written down and undone."""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.event import Derive
from collector.model.merge import Merge
from collector.model.profile import Profile


def merge_profiles(
    connection: Connection,
    source_ids: Sequence[int],
    target_id: int,
    *,
    cause: str,
    derive: Derive | None = None,
) -> Profile:
    raise NotImplementedError


def merges_of(connection: Connection, client_id: int) -> list[Merge]:
    raise NotImplementedError


def undo_merge(connection: Connection, merge_id: str, *, actor: str) -> tuple[int, int]:
    raise NotImplementedError
