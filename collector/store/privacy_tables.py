"""The tables of what privacy keeps beside events: sums by rule, quarantine, evidence, keys, trials, audit."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from collector.store.tables import RowId, metadata

rule_counts = Table(
    "rule_counts",
    metadata,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("minute_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", String(32), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""Of the rejections in `outcomes`, those that a rule of the policy caused, by rule. A table of its own,
so that the last release goes on counting beside this one."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("source", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("uuid", String(128)),
    Column("address", String(64), nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("payload", Text),
    Index("quarantine_source", "source", "number"),
    Index("quarantine_uuid", "uuid"),
    sqlite_autoincrement=True,
)
"""What was malformed, for seven days: as the policy lets it be kept, NULL where it may not or is no JSON."""

consents = Table(
    "consents",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("source", BigInteger, nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("uuid", String(128)),
    Column("decision", Text, nullable=False),
    Column("method", String(32), nullable=False),
    Column("text_version", String(64), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    UniqueConstraint("source", "event_id", name="consents_once"),
    Index("consents_uuid", "uuid"),
    sqlite_autoincrement=True,
)
"""Evidence of consent: who decided what, when, about which text. Outlives its event; erasure, and
retention that drops the visitor, put a keyed hash in place of the uuid."""

day_salts = Table(
    "day_salts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
)
"""The salt of the cookieless day (days since the epoch, UTC): one row, written over by the next."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("erased_ms", BigInteger, nullable=False),
)
"""Keyed hashes of the identifiers of those who were erased."""

token_keys = Table(
    "token_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", BigInteger, ForeignKey("sources.number"), nullable=False),
    Column("name", Text, nullable=False),
    Column("algorithm", String(8), nullable=False),
    Column("key", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)
"""What a site's own tokens are checked with: a public key (RS256) or a shared one (HS256)."""

shadows = Table(
    "shadows",
    metadata,
    Column("source", BigInteger, ForeignKey("sources.number"), primary_key=True, autoincrement=False),
    Column("policy", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""A policy that is tried on live traffic and decides nothing."""

shadow_counts = Table(
    "shadow_counts",
    metadata,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("live", Text, primary_key=True),
    Column("shadow", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often the policy in force said the one and the one on trial the other: counts only."""

audit = Table(
    "audit",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Who changed, exported or erased what. A trigger refuses every other change than a new row."""
