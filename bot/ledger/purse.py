"""What was spent each day by whom, and what is set aside for calls that are going on."""

from datetime import datetime

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.schema import Table

from bot.ledger.connection import transaction
from bot.ledger.schema import reservations, spending
from bot.nouns import Budgets, Cost, Reservation, find_exceeded

_LOCK = 0x70757273  # one process counts money at a time


class SqlPurse:
    """Each transaction begins with a write: SQLite then lets no other one in before its end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def reserve(self, reservation: Reservation, budgets: Budgets, now: float) -> str:
        row = {
            "name": reservation.name,
            "asker": reservation.asker,
            "day": reservation.day,
            "tokens": reservation.cost.tokens,
            "dollars": reservation.cost.dollars,
            "expires": reservation.expires,
        }
        async with transaction(self._engine) as connection:
            await _lock(connection)
            await connection.execute(delete(reservations).where(reservations.c.expires <= now))
            own = together = reservation.cost
            for table in (reservations, spending):
                more_own, more = await _sum(connection, table, reservation)
                own, together = own + more_own, together + more
            exceeded = find_exceeded(budgets, own, together)
            if not exceeded:
                await connection.execute(insert(reservations).values(row))
        return exceeded

    async def settle(self, reservation: Reservation, cost: Cost) -> None:
        row = {"day": reservation.day, "asker": reservation.asker}
        async with transaction(self._engine) as connection:
            await _lock(connection)
            await connection.execute(
                delete(reservations).where(reservations.c.name == reservation.name)
            )
            counted = await connection.execute(
                update(spending)
                .filter_by(**row)
                .values(
                    tokens=spending.c.tokens + cost.tokens,
                    dollars=spending.c.dollars + cost.dollars,
                )
            )
            if not counted.rowcount:
                spent = {"tokens": cost.tokens, "dollars": cost.dollars}
                await connection.execute(insert(spending).values(**row, **spent))

    async def forget_asker(self, asker: str) -> None:
        async with transaction(self._engine) as connection:
            for table in (reservations, spending):
                await connection.execute(delete(table).where(table.c.asker == asker))

    async def drop_older(self, moment: datetime) -> None:
        day = moment.strftime("%Y-%m-%d")
        async with transaction(self._engine) as connection:
            await connection.execute(delete(spending).where(spending.c.day < day))


async def _lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def _sum(
    connection: AsyncConnection, table: Table, reservation: Reservation
) -> tuple[Cost, Cost]:
    """Of that day: what the asker has, what all have."""
    columns = table.c
    own = columns.asker == reservation.asker
    sums = (
        func.coalesce(func.sum(amount), 0)
        for column in (columns.tokens, columns.dollars)
        for amount in (case((own, column), else_=0), column)
    )
    row = (await connection.execute(select(*sums).where(columns.day == reservation.day))).one()
    own_tokens, tokens, own_dollars, dollars = row
    return Cost(int(own_tokens), float(own_dollars)), Cost(int(tokens), float(dollars))
