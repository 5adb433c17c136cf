"""What is shown while an answer is made: its newest state only, as often as Slack allows. What goes
wrong with it is no harm: the answer itself is sent in any case."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.errors import PlatformError

logger = logging.getLogger(__name__)


class Preview:
    """Calls `write` with the newest state, with a `pause` between two calls and `first` seconds
    before the first. `write` gives False for what it had no room for: it is asked again."""

    def __init__(
        self, write: Callable[[str], Awaitable[bool]], pause: float, first: float = 0.0
    ) -> None:
        self._write = write
        self._pause = pause
        self._first = first
        self._newest = ""
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def show(self, state: str) -> None:
        if state != self._newest:
            self._newest = state
            self._changed.set()
        if self._task is None and not self._closed.is_set():
            self._task = asyncio.create_task(self._run())

    async def close(self, patience: float | None = None) -> None:
        """Nothing more is shown after this; what is being written ends, if it does in time."""
        self._closed.set()
        self._changed.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=patience)
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        await self._rest(self._first)
        while not self._closed.is_set():
            self._changed.clear()
            try:
                if not await self._write(self._newest):
                    self._changed.set()
            except PlatformError as error:
                logger.info("A preview could not be shown: %s", error)
            await self._rest(self._pause)
            await self._changed.wait()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()
