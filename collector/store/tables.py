"""The tables, as SQLAlchemy Core knows them. The migrations make them; `tests/store` holds both together.

Times are ms since the epoch, UTC. JSON columns hold text that msgspec wrote. `source` and
`workspace` columns are the short numbers of their rows, since a UUID in every event would
double its indexes.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows by itself only in a column declared INTEGER; it holds 64 bits all the same."""

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("newsletter_mode", String(16), nullable=False),
    Column("unique_emails", Boolean, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("next_profile_id", BigInteger, nullable=False),
    Column("guid", String(36), nullable=False, server_default=""),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""One row, raised with every change that running workers must see."""

sources = Table(
    "sources",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("source_id", String(36), nullable=False, unique=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("settings", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("source", BigInteger, ForeignKey("sources.number"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("policy", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

frozen_tags = Table(
    "frozen_tags",
    metadata,
    Column("source", BigInteger, ForeignKey("sources.number"), primary_key=True),
    Column("hash", String(16), primary_key=True),
    Column("script", Text, nullable=False),
    Column("name", String(32), nullable=False),
    Column("modules", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""Builds of the tag that pages name by their hash: never changed, never removed."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("source", BigInteger, ForeignKey("sources.number")),
    Column("name", Text, nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("permissions", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)

users = Table(
    "users",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("window_ms", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)

spent_links = Table(
    "spent_links",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Index("spent_links_until", "until_ms"),
)
"""Links between the owner's domains that have handed their visitor over; forgotten when they expire."""

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("email", Text),
    Column("custom_id", Text),
    Column("uuid", String(128)),
    Column("phone", Text),
    Column("given_phone", Text),
    Column("fields", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("agreements", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("trusted", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Column("last_activity_ms", BigInteger, nullable=False),
    Index("profiles_phone", "workspace", "phone", "id"),
    Index("profiles_given_phone", "workspace", "given_phone", "id"),
)
"""`trusted` lists the names that trusted input wrote: untrusted input never changes those again.
`uuid` is the one that a reader is shown of several, NULL: any. `phone` repeats the field, to be looked up;
`given_phone` does so where a back end gave it to the profile."""

identifiers = Table(
    "identifiers",
    metadata,
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("value", String(320), primary_key=True),
    Column("profile_id", BigInteger, nullable=False),
    Index("identifiers_profile", "profile_id"),
)
"""Who an identifier belongs to. Emails lie here in lower case, in `profiles` as they were sent."""

aliases = Table(
    "aliases",
    metadata,
    Column("old_id", BigInteger, primary_key=True, autoincrement=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("merge_id", String(36), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Index("aliases_profile", "profile_id"),
)
"""Merged profile ids, for ever. Undoing a merge removes its rows."""

merges = Table(
    "merges",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("target_id", BigInteger, nullable=False),
    Column("source_id", BigInteger, nullable=False),
    Column("before", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("undone_ms", BigInteger),
    Index("merges_target", "target_id"),
)
"""Every merge with both profiles as they were before it, so that it can be undone."""

claims = Table(
    "claims",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("uuid", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("profile_id", "uuid", name="claims_once"),
    Index("claims_uuid", "workspace", "uuid"),
)
"""A browser that typed the identifier of a known profile: unconfirmed until mail, token or key proves it."""

confirmations = Table(
    "confirmations",
    metadata,
    Column("profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("agreement", String(16), primary_key=True),
    Column("wish", String(16), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""Agreements that a form asked for and that wait for the person's word."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("source", BigInteger, ForeignKey("sources.number"), nullable=False),
    Column("uuid", String(128), nullable=False),
    Column("profile_id", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("silence_ms", BigInteger, nullable=False),
    Column("events", Integer, nullable=False),
    Column("first_event_id", String(128), nullable=False),
    Column("end_event_id", String(128)),
    Column("closed", Boolean, nullable=False),
    Column("campaign", String(32), nullable=False, server_default=""),
    Index("sessions_visitor", "source", "uuid"),
    Index("sessions_open", "source"),
)
"""No index holds `last_ms`, which changes with every event: the few open sessions are looked through.
`sessions_open` is of these alone, as the migration makes it: said here, it would load PostgreSQL's dialect
for everybody, which is 30 ms of each start and 2 MB. `campaign` is the mark of the campaign that opened the
session, "" for none."""

events = Table(
    "events",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("source", BigInteger, ForeignKey("sources.number"), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("action", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("uuid", String(128)),
    Column("profile_id", BigInteger),
    Column("session_id", String(36)),
    Column("derived", Boolean, nullable=False),
    Column("params", Text, nullable=False),
    Column("context", Text, nullable=False),
    UniqueConstraint("source", "event_id", name="events_once"),
    Index("events_source", "source", "seq"),
    Index("events_profile", "profile_id", "time_ms"),
    Index("events_retention", "source", "action", "received_ms"),
    sqlite_autoincrement=True,
)
"""`seq` is given at commit, so it orders reading and following. AUTOINCREMENT: never given twice."""

outcomes = Table(
    "outcomes",
    metadata,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("minute_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("outcome", String(16), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""What became of events, summed in the commit that stored them. Source 0 is `unknown`."""

rejections = Table(
    "rejections",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("source", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("rule", Text, nullable=False, server_default=""),
    Index("rejections_source", "source", "number"),
    sqlite_autoincrement=True,
)
"""Recent rejections, for the owner's eyes; a sweeper forgets them. Nothing the visitor sent lies here."""
