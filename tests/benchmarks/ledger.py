"""What it costs to write a message down before it is acknowledged, to set money aside for it and
to keep its answer.

    python -m tests.benchmarks.ledger [--database postgresql://user@host/name]

By default a new SQLite file is used.
"""

import argparse
import asyncio
import tempfile
import time

from bot.ledger.opening import open_ledger
from bot.nouns import Answer, Budget, Budgets, Cost, Kept, Outcome, Reservation
from bot.seams import Purse
from tests.benchmarks.figures import milliseconds, print_table
from tests.desks import make_message

MESSAGES = 500
BUDGETS = Budgets(Budget(1e9, in_tokens=True), Budget(1e9, in_tokens=True))
ENVELOPE = {"update_id": 1, "message": {"text": "When do parcels leave?", "chat": {"id": 1}}}


async def measure(address: str) -> None:
    """A new message each time, one after the other, as they are acknowledged."""
    accepted: list[float] = []
    paid: list[float] = []
    kept: list[float] = []
    answer = Answer("Parcels leave on the same day [1].", Outcome.ANSWERED)
    async with open_ledger(address) as ledger:
        for number in range(MESSAGES):
            message = make_message(f"{time.time_ns()} {number}")
            started = time.perf_counter()
            await ledger.inbox.accept(message, ENVELOPE)
            accepted.append(time.perf_counter() - started)
            paid.append(await _pay(ledger.purse, f"bench {message.event_id[-12:]}"))
            started = time.perf_counter()
            await ledger.archive.keep(Kept("When?", answer, "chat"), remembered=True)
            kept.append(time.perf_counter() - started)
    rows = [
        ("a message is written down", milliseconds(accepted)),
        ("money is set aside and settled", milliseconds(paid)),
        ("an answer is kept", milliseconds(kept)),
    ]
    print_table(f"{MESSAGES} messages", ["step", "p50 / p95 ms"], rows)


async def _pay(purse: Purse, name: str) -> float:
    """Seconds that budgets add to an answer."""
    started = time.perf_counter()
    reservation = Reservation(name, "test:bob", "2026-05-04", Cost(3000), expires=2.0)
    await purse.reserve(reservation, BUDGETS, now=1.0)
    await purse.settle(reservation, Cost(2000))
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--database", default="", help="address of a PostgreSQL that may be filled")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(chosen.database or f"sqlite:///{folder}/ledger.db"))


if __name__ == "__main__":
    main()
