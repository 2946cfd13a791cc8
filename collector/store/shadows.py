"""Policies on trial, and what they would have said."""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.policy import Policy
from collector.model.shadow import ShadowCount


def save_shadow(connection: Connection, source_id: str, policy: Policy | None, author: str) -> None:
    raise NotImplementedError


def count_shadow(connection: Connection, counts: Sequence[ShadowCount]) -> None:
    raise NotImplementedError


def shadow_counts(connection: Connection, source_id: str) -> list[ShadowCount]:
    raise NotImplementedError
