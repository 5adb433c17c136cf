"""Slack's time: real time, faster if wished, and it can be set forward."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


class Clock:
    """`speed` Slack seconds pass in a real one; `advance` lets them pass at once."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._start = time.time()
        self._origin = time.monotonic()
        self._ahead = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._start + self._ahead + (time.monotonic() - self._origin) * self.speed

    def advance(self, seconds: float) -> None:
        """Wakes who slept until then."""
        self._ahead += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), left / self.speed)

    async def limit(self, work: Awaitable[Result], seconds: float) -> Result:
        """What `work` gives; TimeoutError, and `work` cancelled, after so many Slack seconds."""
        task = asyncio.ensure_future(work)
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            alarm.cancel()
            task.cancel()
