"""Looks at the ledger without changing it."""

import asyncio
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete

from bot.ledger.connection import transaction
from bot.ledger.opening import find_migrations, make_engine, read_address
from bot.ledger.schema import votes


async def check_ledger(address: str) -> tuple[str, bool]:
    """What and where it is, and whether its tables are there as this version of Openbook needs
    them. Raises LedgerError where it cannot be reached or written to."""
    url = read_address(address)
    if url.get_backend_name() == "sqlite":
        where = f"SQLite in {url.database}"
        if not await asyncio.to_thread(Path(url.database or "").is_file):
            return where, False
    else:
        where = f"PostgreSQL on {url.host or 'this machine'}"
    engine = make_engine(url)
    try:
        async with transaction(engine) as connection:
            ready = await connection.run_sync(_is_migrated)
            if ready:  # tells whether one may write: no answer has that name
                await connection.execute(delete(votes).where(votes.c.answer == ""))
    finally:
        await engine.dispose()
    return where, ready


def _is_migrated(connection: Connection) -> bool:
    wanted = ScriptDirectory.from_config(find_migrations()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == wanted
