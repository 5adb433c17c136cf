"""Telegram's time in tests, and waiting for something to happen."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Clock:
    """Seconds since 1970 that run `speed` times as fast as ours. `advance` jumps ahead, so that
    nobody has to sit out a flood wait."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._origin = time.time()
        self._start = time.monotonic()

    @property
    def now(self) -> float:
        return self._origin + (time.monotonic() - self._start) * self.speed

    def advance(self, seconds: float) -> None:
        self._origin += seconds


class Changes:
    """Wakes whoever waits for a condition each time that something changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait_for(self, look: Callable[[], Found], seconds: float) -> Found:
        """What `look` finds, as soon as that is something. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not (found := look()):
                await self._event.wait()
            return found
