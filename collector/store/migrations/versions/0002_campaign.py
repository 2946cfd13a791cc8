"""Sessions know their campaign; links that hand a visitor over are good for one use."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default that the database knows: the last release inserts sessions without this column.
    op.add_column("sessions", sa.Column("campaign", sa.String(length=32), server_default="", nullable=False))
    op.create_table(
        "spent_links",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index("spent_links_until", "spent_links", ["until_ms"], unique=False)
