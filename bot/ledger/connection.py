"""Transactions whose failures people can understand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import LedgerError


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Raises LedgerError where the database cannot be used, IntegrityError for a row that is there
    already."""
    try:
        async with engine.begin() as connection:
            yield connection
    except IntegrityError:
        raise
    except (SQLAlchemyError, OSError) as error:
        raise LedgerError(
            f"The ledger cannot be used: {describe(error)}",
            "Check that the database runs, has room, and that this user may write to it.",
        ) from error


def describe(error: Exception) -> str:
    """Its first line, which names no secret: addresses are in none of them."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
