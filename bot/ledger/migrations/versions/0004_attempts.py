"""How often a message was taken up."""

import sqlalchemy as sa
from alembic import op

revision = "0004_attempts"
down_revision = "0003_staff"


def upgrade() -> None:
    attempts = sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("messages", attempts)
