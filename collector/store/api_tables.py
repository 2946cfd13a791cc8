"""The tables of the server API: signing keys, revoked tokens, accounts, mails, tags, definitions."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from collector.store.tables import RowId, metadata

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("private_pem", Text, nullable=False),
    Column("public_pem", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
"""What our own tokens are signed with. The private halves are encrypted under the server's secret key."""

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("token_id", String(36), primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Index("revoked_tokens_until", "until_ms"),
)
"""Tokens that were logged out, until they would have expired."""

token_floors = Table(
    "token_floors",
    metadata,
    Column("subject", String(160), primary_key=True),
    Column("before_ms", BigInteger, nullable=False),
)
"""Tokens of a subject ("client:12", "uuid:...") made before this are refused: all its sign-ins end."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("source", BigInteger, nullable=False),
    Column("profile_id", BigInteger),
    Column("kind", String(16), nullable=False),
    Column("login", String(320), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("uuid", String(128)),
    Column("registration", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("activated_ms", BigInteger),
    Index("accounts_login", "workspace", "kind", "login"),
    Index("accounts_profile", "profile_id"),
    Index("accounts_state", "state", "source"),
)
"""Who may sign in as a profile: `kind` and `login` are an identifier (emails in lower case), `state` is
pending, active or closed. `registration` is what a pending one said about its profile (JSON)."""

mails = Table(
    "mails",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("source", BigInteger, nullable=False),
    Column("profile_id", BigInteger),
    Column("kind", String(32), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("next_try_ms", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("sent_ms", BigInteger),
    Column("problem", Text, nullable=False),
    Index("mails_next_try", "next_try_ms"),
    Index("mails_profile", "profile_id"),
    Index("mails_recipient", "recipient"),
    sqlite_autoincrement=True,
)
"""The outbox: `next_try_ms` is NULL once a mail was sent or given up; `data` is what its template needs."""

tags = Table(
    "tags",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspaces.id"), nullable=False),
    Column("name", String(1000), nullable=False),
    Column("color", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("workspace", "name", name="tags_once"),
    sqlite_autoincrement=True,
)
"""Definitions of tags. A profile holds the names of its own."""

definitions = Table(
    "definitions",
    metadata,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("action", String(255), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
)
"""Actions that events had so far: how often, since when, and when last."""

param_definitions = Table(
    "param_definitions",
    metadata,
    Column("workspace", BigInteger, primary_key=True, autoincrement=False),
    Column("action", String(255), primary_key=True),
    Column("param", String(255), primary_key=True),
    Column("type", String(16), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
)
"""Params that events of an action had, by the JSON type of their value."""

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
"""How far along the events a job has read."""
