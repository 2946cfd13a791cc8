"""Profiles looked for: by whom an event means, by phone, by filters and pages."""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.client import Client
from collector.model.profile import Profile


def find_clients(connection: Connection, clients: Sequence[Client]) -> list[Profile | None]:
    raise NotImplementedError


def list_profiles(
    connection: Connection,
    *,
    filters: dict[str, str | bool] | None = None,
    search: str = "",
    sort_by: str = "",
    descending: bool = False,
    offset: int = 0,
    limit: int = 25,
) -> tuple[list[Profile], int]:
    raise NotImplementedError


def profile_by_phone(connection: Connection, phone: str) -> Profile | None:
    raise NotImplementedError
