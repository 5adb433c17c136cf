"""Messages, answers, votes, chats."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "messages",
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("chat", sa.String(300), nullable=False),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("envelope", sa.JSON(none_as_null=True)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("worker", sa.String(40), nullable=False),
        sa.Column("lease", sa.Float(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Index("messages_open", "state", "lease"),
        sa.Index("messages_asker", "asker"),
        sa.Index("messages_received", "received"),
    )
    op.create_table(
        "answers",
        sa.Column("id", identity, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(20), nullable=False, unique=True),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("chat", sa.String(300), nullable=False),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("price", sa.Float()),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.Index("answers_chat", "chat", "id"),
        sa.Index("answers_asker", "asker", "given"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "votes",
        sa.Column("answer", sa.String(20), primary_key=True),
        sa.Column("asker", sa.String(200), primary_key=True),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "chats",
        sa.Column("chat", sa.String(300), primary_key=True),
        sa.Column("language", sa.String(20), nullable=False),
    )
