"""Keeps what questions cost a day within the budgets: money is set aside before a call of a model
that answers or reranks, and what the call really cost is settled after it."""

import logging
import math
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.errors import BudgetSpent, LedgerError
from bot.metrics import Metrics
from bot.nouns import Budget, Budgets, Cost, Payer, Reservation
from bot.seams import Purse

_TOKENS = " tokens"

logger = logging.getLogger(__name__)


class Payers:
    """All who wait for one answer, in the order in which they came. Once none of them can pay for
    it, nobody else may join them."""

    def __init__(self) -> None:
        self.present: list[Payer] = []
        self.broke = False


# Those for whom the running task answers; None where nobody pays.
payers: ContextVar[Payers | None] = ContextVar("payers", default=None)


def read_budget(setting: str | None) -> Budget | None:
    """`0.50` are dollars, `200000 tokens` tokens."""
    if setting is None:
        return None
    return Budget(float(setting.removesuffix(_TOKENS)), in_tokens=setting.endswith(_TOKENS))


class Treasurer:
    """A day begins at 00:00 UTC, in every process. `clock` tells the time with its zone."""

    def __init__(
        self,
        purse: Purse,
        budgets: Budgets,
        metrics: Metrics,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._purse = purse
        self._budgets = budgets
        self._metrics = metrics
        self._clock = clock

    @property
    def counts_dollars(self) -> bool:
        budgets = (self._budgets.asker, self._budgets.daily)
        return any(budget is not None and not budget.in_tokens for budget in budgets)

    async def reserve(
        self, payers: Payers, cost: Cost, seconds: float, *, needed: bool = True
    ) -> Reservation:
        """Sets `cost` aside for at most `seconds`. The first who can pays, since all get the
        answer. Raises BudgetSpent if nobody can, and LedgerError; what is not `needed` for an
        answer is then done without, and the answer counts as paid for."""
        now = self._clock()
        day, expires = now.strftime("%Y-%m-%d"), now.timestamp() + seconds
        asked: set[str] = set()
        exceeded = "asker"
        while payer := _find_other(payers, asked):
            asked.add(payer.asker)
            reservation = Reservation(secrets.token_hex(8), payer.asker, day, cost, expires)
            budgets = self._budgets if payer.limited else replace(self._budgets, asker=None)
            exceeded = await self._purse.reserve(reservation, budgets, now.timestamp())
            if not exceeded:
                return reservation
            if exceeded == "daily":
                break
        if needed:
            payers.broke = True
            self._metrics.note_unaffordable(exceeded)
        daily, hours = exceeded == "daily", _count_hours(now)
        whose = "The daily budget" if daily else "The asker's budget of the day"
        raise BudgetSpent(
            f"{whose} is spent; the next day begins in {hours} h.", daily=daily, hours=hours
        )

    async def settle(self, reservation: Reservation, cost: Cost) -> None:
        """What it really cost. Where it cannot be written down the answer is given all the same."""
        try:
            await self._purse.settle(reservation, cost)
        except LedgerError as error:
            logger.warning("What an answer cost is not counted: %s", error)


def _find_other(payers: Payers, asked: set[str]) -> Payer | None:
    return next((payer for payer in payers.present if payer.asker not in asked), None)


def _count_hours(now: datetime) -> int:
    """Until the next day begins, rounded up."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return math.ceil((midnight - now) / timedelta(hours=1))
