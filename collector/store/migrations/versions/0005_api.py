"""The server API: signing keys, revoked tokens, accounts, mails, tags, definitions of events."""

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOST_TAGS, GREY = 10_000, "#808080"
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _add_columns()
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("private_pem", sa.Text(), nullable=False),
        sa.Column("public_pem", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("token_id", sa.String(length=36), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_id"),
    )
    op.create_index("revoked_tokens_until", "revoked_tokens", ["until_ms"])
    op.create_table(
        "token_floors",
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("before_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("workspace", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger()),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("login", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("uuid", sa.String(length=128)),
        sa.Column("registration", sa.Text()),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("activated_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("accounts_login", "accounts", ["workspace", "kind", "login"])
    op.create_index("accounts_profile", "accounts", ["profile_id"])
    op.create_table(
        "mails",
        sa.Column("number", ROW_ID, nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger()),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_try_ms", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger()),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    for column in ("next_try_ms", "profile_id", "recipient"):
        op.create_index(f"mails_{column.removesuffix('_ms').removesuffix('_id')}", "mails", [column])
    op.create_table(
        "tags",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("workspace", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("color", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace", "name", name="tags_once"),
        sqlite_autoincrement=True,
    )
    _define_tags(op.get_bind())
    _create_definitions()


def _define_tags(connection: sa.Connection) -> None:
    """Those that profiles have already."""
    profiles = sa.table("profiles", *map(sa.column, ("workspace", "tags", "updated_ms")))
    held = sa.select(profiles).where(profiles.c.tags != "[]").order_by(profiles.c.updated_ms)
    found: dict[tuple[int, str], int] = {}
    for row in connection.execute(held.execution_options(yield_per=1000)):
        for name in json.loads(row.tags):
            if len(found) < MOST_TAGS:
                found.setdefault((row.workspace, name), row.updated_ms)
    names = ("workspace", "name", "color", "created_ms")
    rows = [dict(zip(names, (*key, GREY, since), strict=True)) for key, since in found.items()]
    if rows:
        connection.execute(sa.insert(sa.table("tags", *map(sa.column, names))), rows)


def _add_columns() -> None:
    op.add_column("workspaces", sa.Column("guid", sa.String(length=36), nullable=False, server_default=""))
    workspaces = sa.table("workspaces", sa.column("id"), sa.column("guid"))
    connection = op.get_bind()
    for number in connection.execute(sa.select(workspaces.c.id)).scalars().all():
        connection.execute(
            sa.update(workspaces).where(workspaces.c.id == number).values(guid=str(uuid.uuid4()))
        )
    op.add_column("profiles", sa.Column("uuid", sa.String(length=128)))
    op.add_column("profiles", sa.Column("phone", sa.Text()))
    _fill_phones(connection)
    op.create_index("profiles_phone", "profiles", ["workspace", "phone", "id"])
    trusted = sa.text("trusted LIKE '%\"phone\"%'")
    op.create_index(
        "profiles_phone_trusted",
        "profiles",
        ["workspace", "phone", "id"],
        sqlite_where=trusted,
        postgresql_where=trusted,
    )
    op.add_column("merges", sa.Column("undone_ms", sa.BigInteger()))
    op.create_index("merges_target", "merges", ["target_id"])


def _fill_phones(connection: sa.Connection) -> None:
    """As `model.phone.plain_phone` has it. What is no number stays away: an index holds no long text."""
    profiles = sa.table("profiles", sa.column("phone", sa.Text), sa.column("fields", sa.Text))
    plain: sa.ColumnElement[str]
    if connection.dialect.name == "postgresql":
        plain = sa.cast(profiles.c.fields, sa.JSON)["phone"].as_string()
    else:
        plain = sa.func.json_extract(profiles.c.fields, "$.phone", type_=sa.Text)
    for between in " -()/.":
        plain = sa.func.replace(plain, between, "", type_=sa.Text)
    connection.execute(
        sa.update(profiles)
        .values(phone=plain)
        .where(profiles.c.fields.contains("phone"), plain.regexp_match(r"^\+?[0-9]{1,20}$"))
    )


def _create_definitions() -> None:
    op.create_table(
        "definitions",
        sa.Column("workspace", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "action"),
    )
    op.create_table(
        "param_definitions",
        sa.Column("workspace", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("param", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "action", "param", "type"),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
