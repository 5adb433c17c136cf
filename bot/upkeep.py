"""Keeps the index in line with the folder by itself: at set times, and when the folder changes."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from bot.descriptions import describe_price
from bot.errors import IndexMissing, OpenbookError
from bot.reindexing import Indexer, Reindexing, WouldDelete
from bot.reports import IndexReport
from bot.schedule import find_next, tell_time, wait_until
from bot.texts import ENGLISH

SHORTEST_PAUSE, LONGEST_PAUSE = 30.0, 1800.0  # seconds before a failed run is tried again
UNWATCHED = 300.0  # seconds after which a folder that cannot be watched is looked through again

logger = logging.getLogger(__name__)


class Upkeep:
    """Asks for index runs, by the way that admins do, so that no two overlap. It agrees to nothing:
    a run that would delete much is refused and the log says what to do.

    `schedule` is a cron expression or "", `changes` gives those of the folder or is None."""

    def __init__(
        self,
        reindexing: Reindexing,
        librarian: Indexer,
        *,
        schedule: str = "",
        changes: Callable[[], AsyncGenerator[None, None]] | None = None,
        clock: Callable[[], datetime] = tell_time,
    ) -> None:
        self._reindexing = reindexing
        self._librarian = librarian
        self._schedule = schedule
        self._changes = changes
        self._clock = clock
        self._due = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled. Begins with a run if there is no index yet, as after a restart
        where the disk is thrown away."""
        await self._look_for_index()
        async with asyncio.TaskGroup() as group:
            if self._schedule:
                group.create_task(self._keep_to_schedule())
            if self._changes:
                group.create_task(self._watch(self._changes))
            group.create_task(self._work())

    async def _look_for_index(self) -> None:
        try:
            await self._librarian.status()
        except IndexMissing:
            logger.info("There is no index yet; the documents are read now")
            self._due.set()
        except OpenbookError as error:
            logger.error("The index cannot be used: %s", error)  # noqa: TRY400

    async def _keep_to_schedule(self) -> None:
        while True:
            moment = find_next(self._schedule, self._clock())
            logger.info("The next scheduled index run is at %s", moment)
            await wait_until(moment, self._clock)
            self._due.set()

    async def _watch(self, follow: Callable[[], AsyncGenerator[None, None]]) -> None:
        while True:
            self._due.set()  # for what has changed while nobody watched
            try:
                async with aclosing(follow()) as changes:
                    async for _ in changes:
                        self._due.set()
            except (OSError, RuntimeError) as error:  # the latter: of the watching library
                minutes = UNWATCHED / 60
                logger.warning(
                    "The folder cannot be watched, and is looked through every %.0f minutes: %s",
                    *(minutes, error),
                )
            await asyncio.sleep(UNWATCHED)

    async def _work(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            await self._due.wait()
            self._due.clear()
            if await self._reindex():
                pause = SHORTEST_PAUSE
                continue
            logger.info("The next try is in %.0f s", pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            self._due.set()

    async def _reindex(self) -> bool:
        """False for a failure that may pass by itself."""
        try:
            async for step in self._reindexing.follow(anew=True):
                if isinstance(step, IndexReport):
                    _log(step)
        except WouldDelete as refusal:
            logger.warning(
                "%d of %d passages would leave the index with the files that are gone; nothing was"
                " changed. If that is right, send /reindex to the bot or run `openbook index"
                " --yes`; if a disk is not mounted, mount it.",
                *(refusal.deleted, refusal.total),
            )
        except OpenbookError as error:
            logger.error("The documents could not be indexed: %s", error)  # noqa: TRY400
            return False
        except Exception:
            logger.exception("The documents could not be indexed")
            return False
        return True


def _log(report: IndexReport) -> None:
    moved = {path for pair in report.moved for path in pair}
    added, removed = set(report.added) - moved, set(report.removed) - moved
    documents = len(added) + len(report.changed) + len(report.moved) + report.unchanged
    if report.version_after == report.version_before:
        logger.info("Nothing has changed: %d documents", documents)
    else:
        logger.info(
            "Indexed %d documents (%d added, %d changed, %d moved, %d removed) in %.1f s",
            *(documents, len(added), len(report.changed), len(report.moved), len(removed)),
            report.seconds,
        )
    if report.embedded:
        price = describe_price(report.price, ENGLISH)
        logger.info("Embedded %d passages: %d tokens, %s", report.embedded, report.tokens, price)
    if report.failed:
        logger.warning("%d files could not be read; /status names them", len(report.failed))
