"""Privacy: sums by rule, quarantine, evidence, day salts, tombstones, token keys, trials, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_index("events_retention", "events", ["source", "action", "received_ms"])
    op.add_column("rejections", sa.Column("rule", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "rule_counts",
        sa.Column("source", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("minute_ms", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "minute_ms", "reason", "rule"),
    )
    op.create_table(
        "quarantine",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uuid", sa.String(length=128)),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text()),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index("quarantine_source", "quarantine", ["source", "number"])
    op.create_index("quarantine_uuid", "quarantine", ["uuid"])
    op.create_table(
        "consents",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("uuid", sa.String(length=128)),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("text_version", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("source", "event_id", name="consents_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("consents_uuid", "consents", ["uuid"])
    op.create_table(
        "day_salts",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE day_salts SET UNLOGGED")  # see store/salts.py
    op.create_table(
        "tombstones",
        sa.Column("workspace", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("erased_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "hash"),
    )
    op.create_table(
        "token_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.String(length=8), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["source"], ["sources.number"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "shadows",
        sa.Column("source", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.number"]),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "shadow_counts",
        sa.Column("source", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("live", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "live", "shadow"),
    )
    op.create_table(
        "audit",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    _make_append_only("audit")


def _make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
