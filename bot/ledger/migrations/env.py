"""Run by Alembic, within the transaction of `bot.ledger.opening`."""

from alembic import context

from bot.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
