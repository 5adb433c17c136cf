"""Tries a request to a model server again, as long as that may help."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import ModelAway
from bot.models.openai_faults import Fault, Role, faults
from bot.models.patience import Patience

LONGEST_BACKOFF = 20.0

Result = TypeVar("Result")


async def insist(
    request: Callable[[], Awaitable[Result]], role: Role, patience: Patience, tries: int
) -> Result:
    """Raises ModelError: the last one, when the tries or the patience are used up."""
    backoff = 0.5
    while True:
        try:
            with faults(role):
                return await request()
        except Fault as fault:
            tries -= 1
            pause = max(fault.pause or 0.0, backoff)
            if not (isinstance(fault.error, ModelAway) and tries and pause < patience.left):
                raise fault.error from None
        await patience.sleep(pause)
        backoff = min(2 * backoff, LONGEST_BACKOFF)
