"""What questions cost, and how much they may."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Of calls of models. `dollars` is 0 where nobody knows the price."""

    tokens: int = 0
    dollars: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.tokens + other.tokens, self.dollars + other.dollars)


@dataclass(frozen=True, slots=True)
class Budget:
    """Of a day, in dollars or in tokens."""

    amount: float
    in_tokens: bool = False

    def allows(self, cost: Cost) -> bool:
        tolerance = 1e-9  # sums of dollars are rounded
        return (cost.tokens if self.in_tokens else cost.dollars) <= self.amount + tolerance


@dataclass(frozen=True, slots=True)
class Budgets:
    """Of each asker and of all together, None where there is no limit."""

    asker: Budget | None = None
    daily: Budget | None = None


def find_exceeded(budgets: Budgets, own: Cost, together: Cost) -> str:
    """The budget that does not allow it that an asker's calls come to `own` and those of all to
    `together`: `asker`, `daily`, or "" if both do."""
    if budgets.asker is not None and not budgets.asker.allows(own):
        return "asker"
    if budgets.daily is not None and not budgets.daily.allows(together):
        return "daily"
    return ""


@dataclass(frozen=True, slots=True)
class Payer:
    """The key of an asker whose question may cost money; `limited` by the budget of an asker."""

    asker: str
    limited: bool = True


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for a call until it is settled: at most `cost`, of that day's budgets (UTC,
    `2026-05-04`), until `expires` (seconds since 1970)."""

    name: str
    asker: str
    day: str
    cost: Cost
    expires: float
