"""What was malformed, kept for seven days as far as the policy lets it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.model.quarantine import QuarantineRecord


def quarantined(
    connection: Connection, source_id: str, before: int | None, limit: int
) -> list[QuarantineRecord]:
    raise NotImplementedError


def quarantine_record(connection: Connection, source_id: str, number: int) -> QuarantineRecord | None:
    raise NotImplementedError


def release(connection: Connection, source_id: str, numbers: Sequence[int]) -> int:
    raise NotImplementedError
