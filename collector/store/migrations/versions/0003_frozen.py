"""Frozen tags: builds that pages name by their hash."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "frozen_tags",
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=16), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("modules", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.number"]),
        sa.PrimaryKeyConstraint("source", "hash"),
    )
