"""The phone that a back end gave a profile. Of those there are, nobody noted whose word they were."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("profiles", sa.Column("given_phone", sa.Text()))
    op.create_index("profiles_given_phone", "profiles", ["workspace", "given_phone", "id"])
    op.drop_index("profiles_phone_trusted", "profiles")
