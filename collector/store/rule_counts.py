"""How often each rule of a policy refused."""

from sqlalchemy import Connection

from collector.model.outcome import RuleCount


def rule_counts(connection: Connection, source_id: str, since_ms: int) -> list[RuleCount]:
    raise NotImplementedError


def rule_totals(connection: Connection) -> list[RuleCount]:
    raise NotImplementedError
