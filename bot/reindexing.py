"""Index runs that somebody asked for in a chat: one at a time, followed by all who ask."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from bot.errors import DeletionRefused
from bot.metrics import Metrics
from bot.reports import IndexReport, IndexStatus, Progress


class Indexer(Protocol):
    """What a chat asks of the librarian."""

    async def index(
        self,
        *,
        agree: Callable[[int, int], Awaitable[bool]] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> IndexReport: ...

    async def status(self) -> IndexStatus: ...


class WouldDelete(DeletionRefused):
    """A run would delete `deleted` of `total` passages, and whoever asked for it has not agreed."""

    def __init__(self, deleted: int, total: int) -> None:
        super().__init__(f"This run would delete {deleted} of {total} passages.")
        self.deleted = deleted
        self.total = total


class Reindexing:
    """Starts a run, or joins the one that is going on."""

    def __init__(self, librarian: Indexer, metrics: Metrics) -> None:
        self._librarian = librarian
        self._metrics = metrics
        self._run: asyncio.Task[IndexReport] | None = None
        self._progress: Progress | None = None
        self._moved = asyncio.Event()

    async def follow(
        self, *, agreed: int = 0, anew: bool = False
    ) -> AsyncGenerator[Progress | IndexReport, None]:
        """How far the run is, the newest only, and at last its report. `agreed`: how many passages
        it may delete without asking. `anew`: one that begins after this call, for who has just
        changed the folder. Who stops following ends nothing. Raises WouldDelete, KnowledgeError,
        StoreError, ModelError."""
        waits = anew or agreed > 0
        while waits and self._run and not self._run.done():
            await asyncio.wait([self._run])
            waits = agreed > 0  # a run that another has begun meanwhile is new, but not agreed to
        if self._run is None or self._run.done():
            self._progress = None
            self._run = asyncio.create_task(self._index(agreed=agreed))
            self._run.add_done_callback(self._settle)
        run = self._run
        seen: Progress | None = None
        while not run.done():
            if self._progress is not None and self._progress is not seen:
                seen = self._progress
                yield seen
            else:
                await self._moved.wait()
        yield await asyncio.shield(run)

    async def close(self) -> None:
        """Ends the run that is going on; the next one goes on from there."""
        if self._run and not self._run.done():
            self._run.cancel()
            await asyncio.wait([self._run])

    async def _index(self, *, agreed: int) -> IndexReport:
        asked: list[tuple[int, int]] = []

        async def agree(deleted: int, total: int) -> bool:
            asked.append((deleted, total))
            return deleted <= agreed

        try:
            with self._metrics.index_run() as run:
                run.report = await self._librarian.index(agree=agree, progress=self._show)
                return run.report
        except DeletionRefused:
            raise WouldDelete(*asked[-1]) from None

    def _show(self, progress: Progress) -> None:
        self._progress = progress
        self._wake()

    def _settle(self, run: asyncio.Task[IndexReport]) -> None:
        """What went wrong is told to who follows; where nobody does, nobody misses it."""
        if not run.cancelled():
            run.exception()
        self._wake()

    def _wake(self) -> None:
        """All who wait look again; who comes later waits for the next time."""
        self._moved.set()
        self._moved = asyncio.Event()
