"""Ledgers for tests: SQLite in a file, and PostgreSQL where a server is there.

`OPENBOOK_TEST_DATABASE` names a PostgreSQL that tests may fill; each ledger gets a database of its
own there."""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.ledger.opening import read_address

SERVER = os.environ.get("OPENBOOK_TEST_DATABASE", "")
KINDS = ("sqlite", "postgresql") if SERVER else ("sqlite",)


@asynccontextmanager
async def make_address(kind: str, folder: Path) -> AsyncIterator[str]:
    """The address of an empty database, which is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/ledger.db"
        return
    name = f"openbook_{uuid.uuid4().hex[:12]}"
    admin = create_async_engine(read_address(SERVER), isolation_level="AUTOCOMMIT")
    try:
        async with admin.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        url = read_address(SERVER).set(database=name)
        yield url.render_as_string(hide_password=False)
        async with admin.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await admin.dispose()


@asynccontextmanager
async def take_away(address: str) -> AsyncIterator[None]:
    """Meanwhile nothing can be read or written: PostgreSQL has cut all connections and takes no
    new ones, in SQLite the messages are gone."""
    url = read_address(address)
    if url.get_backend_name() == "sqlite":
        await asyncio.to_thread(_change, url.database, "ALTER TABLE messages RENAME TO away")
        yield
        await asyncio.to_thread(_change, url.database, "ALTER TABLE away RENAME TO messages")
        return
    admin = create_async_engine(read_address(SERVER), isolation_level="AUTOCOMMIT")
    letting_in = f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS"
    cutting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    try:
        async with admin.connect() as connection:
            await connection.execute(text(f"{letting_in} false"))
            await connection.execute(text(cutting), {"name": url.database})
            yield
            await connection.execute(text(f"{letting_in} true"))
    finally:
        await admin.dispose()


def _change(file: str | None, line: str) -> None:
    with closing(sqlite3.connect(file or "", timeout=30)) as connection:
        connection.execute(line)
