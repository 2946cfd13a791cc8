"""Evidence of consent."""

from sqlalchemy import Connection

from collector.model.consent import ConsentRecord


def consents(connection: Connection, source_id: str, uuid: str | None, limit: int) -> list[ConsentRecord]:
    raise NotImplementedError
