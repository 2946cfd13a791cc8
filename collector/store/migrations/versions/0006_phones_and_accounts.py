"""The phone that a back end gave a profile, accounts found by their state, and no samples in PostgreSQL.

Of the phones that there are, nobody noted whose word they were. The samples: ANALYZE, which the server runs
by itself, copies values that many rows have into pg_statistic, where they outlive their rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SAMPLED = ("action", "kind", "name", "outcome", "param", "reason", "rule", "state", "type")
"""Text columns that hold no visitor's words."""

_OF_VISITORS = sa.text(
    "SELECT relname, attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = current_schema()::regnamespace "
    "AND relkind = 'r' AND attnum > 0 AND NOT attisdropped "
    "AND atttypid IN ('text'::regtype, 'varchar'::regtype) AND attname <> ALL(:sampled)"
)


def upgrade() -> None:
    op.add_column("profiles", sa.Column("given_phone", sa.Text()))
    op.create_index("profiles_given_phone", "profiles", ["workspace", "given_phone", "id"])
    op.drop_index("profiles_phone_trusted", "profiles")
    op.create_index("accounts_state", "accounts", ["state", "source"])
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table, column, type_ in connection.execute(_OF_VISITORS, {"sampled": list(SAMPLED)}).all():
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
            # Its own type again, which writes no row and throws away the samples there are.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_}")
