"""Changes of profiles by trusted input, with the events that follow."""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.change import ChangeResult, StoredChange


def change_profiles(
    connection: Connection, changes: Sequence[StoredChange], *, create: bool = True, actor: str = ""
) -> list[ChangeResult]:
    raise NotImplementedError
