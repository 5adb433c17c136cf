"""What questions cost a day, and what is set aside for those being answered."""

import sqlalchemy as sa
from alembic import op

revision = "0002_spending"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("asker", sa.String(200), primary_key=True),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("dollars", sa.Float(), nullable=False),
    )
    op.create_table(
        "reservations",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("dollars", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
    )
