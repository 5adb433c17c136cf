"""How long a model may keep us waiting."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


class Patience:
    """Seconds of waiting, over many waits. Only the waiting counts, not what is done between."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.spent = 0.0

    async def wait(self, awaitable: Awaitable[Result], limit: float) -> Result:
        """Raises TimeoutError after `limit` seconds, or when all patience is spent."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(limit, self.left))):
                return await awaitable
        finally:
            waited = time.monotonic() - begin
            self.left -= waited
            self.spent += waited

    async def sleep(self, seconds: float) -> None:
        """Waits between two tries; the caller has seen that there is patience for it."""
        await asyncio.sleep(seconds)
        self.left -= seconds
        self.spent += seconds
