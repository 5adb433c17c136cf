"""What many ask of the database at once is asked once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Batches(Generic[_Item, _Result]):
    """`run` gives a result for each item, in their order. While one batch runs the next one
    gathers; what goes wrong with it is raised to all who are in it."""

    def __init__(self, run: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result]]]) -> None:
        self._run = run
        self._running = asyncio.Lock()
        self._items: list[_Item] = []
        self._gathering: asyncio.Task[Sequence[_Result]] | None = None

    async def ask(self, item: _Item) -> _Result:
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._run_next())
        place = len(self._items)
        self._items.append(item)
        return (await asyncio.shield(self._gathering))[place]

    async def _run_next(self) -> Sequence[_Result]:
        async with self._running:
            items, self._items, self._gathering = self._items, [], None
            return await self._run(items)
