"""Tells who waits that something in the workspace has changed."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
PATIENCE = 10.0  # real seconds that a test waits unless it says otherwise


class News:
    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self.readers: list[Callable[[str, object], None]] = []

    def tell(self, what: str, about: object) -> None:
        """Call after every change: wakes who waits, and tells `readers` (the console)."""
        self._changed.set()
        self._changed = asyncio.Event()
        for reader in self.readers:
            reader(what, about)

    async def wait_until(
        self, find: Callable[[], Value | None], patience: float = PATIENCE, what: str = ""
    ) -> Value:
        """The first true value of `find`; TimeoutError after so many real seconds."""
        try:
            async with asyncio.timeout(patience):
                while not (value := find()):
                    await self._changed.wait()
                return value
        except TimeoutError:
            raise TimeoutError(f"Not within {patience} s: {what or find}") from None
