"""A process that sets money aside, as often as it can, and settles half of it."""

import asyncio
import sys

from bot.ledger.opening import open_ledger
from bot.nouns import Budget, Budgets, Cost, Reservation

BUDGETS = Budgets(daily=Budget(40, in_tokens=True))
DAY = "2026-05-04"


async def main(address: str, name: str, tries: int) -> int:
    """How often it could."""
    async with open_ledger(address) as ledger:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)

        async def spend(number: int) -> bool:
            reservation = Reservation(f"{name}{number}", name, DAY, Cost(1), expires=2.0)
            if await ledger.purse.reserve(reservation, BUDGETS, now=1.0):
                return False
            if number % 2:
                await ledger.purse.settle(reservation, reservation.cost)
            return True

        return sum(await asyncio.gather(*map(spend, range(tries))))


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
