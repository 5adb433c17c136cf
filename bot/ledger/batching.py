"""What many ask of the database at once is asked once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Batches(Generic[_Item, _Result]):
    """`run` gives a result for each item, in their order. While one batch runs the next one
    gathers. Where it goes wrong each is asked alone, so that nobody fails for another."""

    def __init__(self, run: Callable[[Sequence[_Item]], Awaitable[Sequence[_Result]]]) -> None:
        self._run = run
        self._running = asyncio.Lock()
        self._items: list[_Item] = []
        self._gathering: asyncio.Task[Sequence[_Result | Exception]] | None = None

    async def ask(self, item: _Item) -> _Result:
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._run_next())
        place = len(self._items)
        self._items.append(item)
        result = (await asyncio.shield(self._gathering))[place]
        if isinstance(result, Exception):
            raise result
        return result

    async def _run_next(self) -> Sequence[_Result | Exception]:
        async with self._running:
            items, self._items, self._gathering = self._items, [], None
            try:
                return await self._run(items)
            except Exception:
                if len(items) == 1:
                    raise
                return [await self._run_alone(item) for item in items]

    async def _run_alone(self, item: _Item) -> _Result | Exception:
        try:
            return (await self._run([item]))[0]
        except Exception as error:  # noqa: BLE001 (it is raised to who asked)
            return error
