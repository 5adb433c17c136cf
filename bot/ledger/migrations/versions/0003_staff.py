"""Hand-offs, what the bot's messages are about, questions that are settled."""

import sqlalchemy as sa
from alembic import op

revision = "0003_staff"
down_revision = "0002_spending"


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "handoffs",
        sa.Column("number", identity, primary_key=True, autoincrement=True),
        sa.Column("open", sa.String(500), unique=True),
        sa.Column("chat", sa.String(300), nullable=False),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("thread", sa.String(100), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("touched", sa.DateTime(timezone=True), nullable=False),
        sa.Index("handoffs_asker", "asker"),
        sa.Index("handoffs_touched", "touched"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subjects",
        sa.Column("room", sa.String(300), primary_key=True),
        sa.Column("number", sa.String(100), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "settled",
        sa.Column("answer", identity, primary_key=True, autoincrement=False),
    )
