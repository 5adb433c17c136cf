"""Opens the ledger: SQLite in a file of this machine, or PostgreSQL."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import LedgerError
from bot.ledger.archive import SqlArchive
from bot.ledger.casebook import SqlCasebook
from bot.ledger.connection import describe
from bot.ledger.inbox import SqlInbox
from bot.ledger.letters import SqlLetters
from bot.ledger.purse import SqlPurse

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
LEASE = 20.0  # seconds after which a process that is not heard of is taken for dead
PATIENCE = 60.0  # seconds for one's turn in the file
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6F70656E


@dataclass(frozen=True, slots=True)
class Ledger:
    inbox: SqlInbox
    archive: SqlArchive
    purse: SqlPurse
    casebook: SqlCasebook
    letters: SqlLetters

    async def forget_asker(self, asker: str) -> int:
        """Deletes all that a person has said, been told and spent; how many messages, answers and
        hand-offs. Raises LedgerError."""
        await self.purse.forget_asker(asker)
        await self.letters.forget_asker(asker)
        handoffs = await self.casebook.forget_asker(asker)
        return handoffs + await self.archive.forget_asker(asker)

    async def drop_older(self, days: int) -> int:
        """Deletes what is older, save what is still open; how many messages, answers and hand-offs.
        Raises LedgerError."""
        moment = datetime.now(UTC) - timedelta(days=days)
        await self.purse.drop_older(moment)
        await self.letters.drop_older(moment)
        dropped = await self.archive.drop_older(moment)
        return dropped + await self.casebook.drop_older(moment)


@asynccontextmanager
async def open_ledger(address: str, lease: float = LEASE) -> AsyncIterator[Ledger]:
    """With its tables as this version of Openbook needs them. `lease` is in seconds. Raises
    LedgerError."""
    url = read_address(address)
    engine, door = make_engine(url), make_engine(url)
    try:
        await _migrate(engine, url)
        yield Ledger(
            inbox=SqlInbox(engine, door, uuid.uuid4().hex, lease),
            archive=SqlArchive(engine, door),
            purse=SqlPurse(engine),
            casebook=SqlCasebook(engine),
            letters=SqlLetters(engine),
        )
    finally:
        await engine.dispose()
        await door.dispose()


def read_address(address: str) -> URL:
    """A database address as hosts give it, `postgres://…` too. Raises LedgerError."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise _refuse() from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None or "@" in (url.host or ""):
        raise _refuse()
    return url.set(drivername=driver)


def make_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True)
    # One connection, whose users wait in line: SQLite lets one write at a time, and those who meet
    # a lock try again by chance, some of them too late.
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=PATIENCE)
    event.listen(engine.sync_engine, "connect", lambda raw, _: _prepare_sqlite(raw))
    return engine


async def _migrate(engine: AsyncEngine, url: URL) -> None:
    try:
        if url.get_backend_name() == "sqlite" and url.database:
            await asyncio.to_thread(_make_folder, url.database)
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (SQLAlchemyError, OSError) as error:
        where = url.database if url.get_backend_name() == "sqlite" else f"on {url.host}"
        raise LedgerError(
            f"The ledger {where} cannot be used: {describe(error)}",
            "Check DATABASE_URL, and that the database runs and this user may write to it.",
        ) from error


def _upgrade(connection: Connection) -> None:
    """One process at a time: several begin at once, and all migrate."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    config = find_migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def find_migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _make_folder(file: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: DBAPIConnection) -> None:
    """Readers do not wait for writers, and writers wait for each other instead of failing."""
    cursor = connection.cursor()
    for line in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {line}")
    cursor.close()


def _refuse() -> LedgerError:
    return LedgerError(
        "DATABASE_URL is no address of a database that Openbook knows.",
        "Use postgresql://user:password@host/name, with %40 for an @ in the password, or leave it "
        "empty for a file of its own.",
    )
