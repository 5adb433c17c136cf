"""A process that sets money aside, as often as it can, settles some of it and ends."""

import asyncio
import sys

from bot.ledger.opening import open_ledger
from bot.nouns import Budget, Budgets, Cost, Reservation

MOST = 40
BUDGETS = Budgets(daily=Budget(MOST, in_tokens=True))
DAY = "2026-05-04"


async def main(address: str, name: str, tries: int) -> str:
    """How often it could, and how often it settled that."""
    async with open_ledger(address) as ledger:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)

        async def spend(number: int) -> tuple[bool, bool]:
            reservation = Reservation(f"{name}{number}", name, DAY, Cost(1), expires=2.0)
            if await ledger.purse.reserve(reservation, BUDGETS, now=1.0):
                return False, False
            settles = bool(number % 2)
            if settles:
                await ledger.purse.settle(reservation, reservation.cost)
            return True, settles

        done = await asyncio.gather(*map(spend, range(tries)))
        taken, settled = zip(*done, strict=True)
        return f"{sum(taken)} {sum(settled)}"


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
