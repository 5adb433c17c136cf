"""Ledgers for tests: SQLite in a file, and PostgreSQL where a server is there.

`OPENBOOK_TEST_DATABASE` names a PostgreSQL that tests may fill; each ledger gets a database of its
own there."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
