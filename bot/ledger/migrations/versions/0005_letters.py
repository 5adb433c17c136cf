"""What was told unasked; of hand-offs what led to their state, and what was said by which event;
room for what messages are about."""

import sqlalchemy as sa
from alembic import op

revision = "0005_letters"
down_revision = "0004_attempts"


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("occasion", sa.String(300), primary_key=True),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("chat", sa.String(300), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
    )
    with op.batch_alter_table("subjects") as subjects:
        subjects.alter_column("subject", type_=sa.Text(), existing_nullable=False)
    event = sa.Column("event_id", sa.String(200), nullable=False, server_default="")
    op.add_column("handoffs", event)
    op.create_index("handoffs_event", "handoffs", ["event_id"])
    op.execute("ALTER TABLE handoffs RENAME COLUMN said TO said_before")
    op.add_column("handoffs", sa.Column("said", sa.JSON(), nullable=False, server_default="{}"))
    handoffs = sa.table(
        "handoffs", sa.column("number"), sa.column("said", sa.JSON), sa.column("said_before")
    )
    connection = op.get_bind()
    for number, said in connection.execute(
        sa.select(handoffs.c.number, handoffs.c.said_before).where(handoffs.c.said_before != "")
    ).all():
        connection.execute(
            sa.update(handoffs).where(handoffs.c.number == number).values(said={"before": said})
        )
    op.drop_column("handoffs", "said_before")
