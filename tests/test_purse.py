"""The purse: what holds for it in memory, SQLite and PostgreSQL, and between processes."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ledger.opening import open_ledger
from bot.memory import MemoryPurse
from bot.nouns import Budget, Budgets, Cost, Reservation
from bot.seams import Purse
from tests.ledgers import KINDS, make_address
from tests.purse_child import BUDGETS, DAY, MOST

ROOT = Path(__file__).parent.parent
TOKENS = Budgets(Budget(100, in_tokens=True), Budget(150, in_tokens=True))
DOLLARS = Budgets(Budget(0.3), Budget(0.5))


@pytest.fixture(params=KINDS)
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with make_address(request.param, tmp_path) as address:
        yield address


@pytest.fixture(params=("memory", *KINDS))
async def purse(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Purse]:
    if request.param == "memory":
        yield MemoryPurse()
        return
    async with make_address(request.param, tmp_path) as address, open_ledger(address) as ledger:
        yield ledger.purse


class Books:
    """Reserves under names of its own."""

    def __init__(self, purse: Purse, budgets: Budgets = TOKENS) -> None:
        self._purse = purse
        self._budgets = budgets
        self._names = iter(range(1000))

    def plan(self, asker: str, cost: Cost, day: str = DAY, expires: float = 20.0) -> Reservation:
        return Reservation(f"n{next(self._names)}", asker, day, cost, expires)

    async def reserve(self, reservation: Reservation, now: float = 10.0) -> str:
        return await self._purse.reserve(reservation, self._budgets, now)

    async def spend(self, asker: str, tokens: int, day: str = DAY) -> str:
        """Reserves and settles."""
        reservation = self.plan(asker, Cost(tokens), day)
        exceeded = await self.reserve(reservation)
        if not exceeded:
            await self._purse.settle(reservation, reservation.cost)
        return exceeded


async def test_each_budget_is_kept_to_the_last_token(purse: Purse) -> None:
    books = Books(purse)
    assert await books.spend("bob", 99) == ""
    assert await books.spend("bob", 2) == "asker"
    assert await books.spend("bob", 1) == ""
    assert await books.spend("bob", 1) == "asker"
    assert await books.spend("eve", 51) == "daily"
    assert await books.spend("eve", 50) == ""
    assert await books.spend("kim", 1) == "daily"


async def test_dollars_add_up(purse: Purse) -> None:
    books = Books(purse, DOLLARS)
    for _ in range(3):
        reservation = books.plan("bob", Cost(5, 0.1))
        assert await books.reserve(reservation) == ""
        await purse.settle(reservation, reservation.cost)
    assert await books.reserve(books.plan("bob", Cost(5, 0.001))) == "asker"
    assert await books.reserve(books.plan("eve", Cost(5, 0.201))) == "daily"
    assert await books.reserve(books.plan("eve", Cost(5, 0.2))) == ""


async def test_without_budgets_all_is_counted_and_nothing_refused(purse: Purse) -> None:
    assert await Books(purse, Budgets()).spend("bob", 1000) == ""
    assert await Books(purse, Budgets(daily=TOKENS.daily)).spend("eve", 1) == "daily"


async def test_what_is_set_aside_counts_until_it_is_settled(purse: Purse) -> None:
    books = Books(purse)
    first = books.plan("bob", Cost(80))
    assert await books.reserve(first) == ""
    assert await books.reserve(books.plan("bob", Cost(30))) == "asker"
    await purse.settle(first, Cost(10))
    assert await books.reserve(books.plan("bob", Cost(90))) == ""
    assert await books.reserve(books.plan("bob", Cost(1))) == "asker"


async def test_what_nobody_settles_expires(purse: Purse) -> None:
    books = Books(purse)
    lost = books.plan("bob", Cost(100), expires=20.0)
    assert await books.reserve(lost, now=10.0) == ""
    later = books.plan("bob", Cost(60), expires=30.0)
    assert await books.reserve(later, now=19.9) == "asker"
    assert await books.reserve(later, now=20.0) == ""
    await purse.settle(lost, Cost(40))
    assert await books.reserve(books.plan("bob", Cost(1), expires=40.0), now=21.0) == "asker"


async def test_each_day_has_its_own_budget(purse: Purse) -> None:
    books = Books(purse)
    late = books.plan("bob", Cost(100))
    assert await books.reserve(late) == ""
    assert await books.spend("bob", 100, "2026-05-05") == ""
    await purse.settle(late, Cost(100))
    assert await books.spend("bob", 1, "2026-05-05") == "asker"


# What only a ledger does.


async def test_what_was_spent_outlives_the_process(address: str) -> None:
    async with open_ledger(address) as ledger:
        assert await Books(ledger.purse).spend("bob", 100) == ""
    async with open_ledger(address) as ledger:
        assert await Books(ledger.purse).spend("bob", 1) == "asker"


async def test_two_processes_cannot_both_take_the_last_token(address: str) -> None:
    async with open_ledger(address) as ledger:
        command = (sys.executable, "-m", "tests.purse_child", address)
        children = [
            await asyncio.create_subprocess_exec(
                *command, name, "60", cwd=ROOT, stdin=PIPE, stdout=PIPE
            )
            for name in ("one", "two")
        ]
        for child in children:
            assert child.stdout is not None
            assert await child.stdout.readline() == b"ready\n"
        ends = await asyncio.gather(*(child.communicate(b"\n") for child in children))
        counts = [list(map(int, out.split())) for out, _ in ends]
        taken, settled = map(sum, zip(*counts, strict=True))
        assert taken == MOST
        books = Books(ledger.purse, BUDGETS)
        assert await books.reserve(books.plan("bob", Cost(1)), now=1.9) == "daily"

        left = MOST - settled  # what they had set aside when they ended has expired
        assert await books.reserve(books.plan("bob", Cost(left + 1)), now=2.0) == "daily"
        assert await books.reserve(books.plan("bob", Cost(left)), now=2.0) == ""


async def test_who_is_forgotten_has_spent_nothing(address: str) -> None:
    async with open_ledger(address) as ledger:
        books = Books(ledger.purse)
        await books.spend("bob", 60)
        await books.spend("eve", 60)
        await books.reserve(books.plan("bob", Cost(30)))
        await ledger.forget_asker("bob")
        assert await books.spend("bob", 91) == "daily"
        assert await books.spend("bob", 90) == ""


async def test_what_was_spent_long_ago_is_dropped(address: str) -> None:
    async with open_ledger(address) as ledger:
        books = Books(ledger.purse)
        await books.spend("bob", 100, "2020-01-01")
        await ledger.drop_older(1)
        assert await books.spend("bob", 100, "2020-01-01") == ""
