"""Tells the staff chat at set times what the bot could not answer."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.errors import OpenbookError, PlatformError
from bot.gaps import Gaps
from bot.nouns import Answer, Asker, Chat, Message
from bot.presenting import present_gaps
from bot.schedule import find_next, tell_time, wait_until
from bot.seams import Archive, Inbox
from bot.telling import Telling
from bot.texts import choose_words

PAUSES = (60.0, 300.0, 1800.0)  # seconds until it is tried again where the chat is away

logger = logging.getLogger(__name__)


class Digest:
    """`schedule` is a cron expression."""

    def __init__(
        self,
        place: Chat,
        schedule: str,
        gaps: Gaps,
        inbox: Inbox,
        archive: Archive,
        telling: Telling,
        clock: Callable[[], datetime] = tell_time,
    ) -> None:
        self._place = place
        self._schedule = schedule
        self._gaps = gaps
        self._inbox = inbox
        self._archive = archive
        self._telling = telling
        self._clock = clock

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            moment = find_next(self._schedule, self._clock())
            await wait_until(moment, self._clock)
            try:
                await self.tell(moment)
            except OpenbookError as error:
                logger.warning("The open questions could not be told: %s", error)

    async def tell(self, moment: datetime) -> None:
        """Once for each moment, by one process of all; nothing where nothing is open. Raises
        LedgerError, PlatformError."""
        gaps = await self._gaps.read()
        if gaps and await self._inbox.accept(self._name(moment)):
            words = choose_words(await self._archive.read_language(self._place.key))
            await self._tell_patiently(present_gaps(gaps, words))

    async def _tell_patiently(self, answer: Answer) -> None:
        """The moment is this process's own: no other one tries."""
        for pause in PAUSES:
            try:
                await self._telling.tell(self._place, answer)
            except PlatformError as error:
                logger.warning("The open questions are told in %.0f s: %s", pause, error)
                await asyncio.sleep(pause)
            else:
                return
        await self._telling.tell(self._place, answer)

    def _name(self, moment: datetime) -> Message:
        """The digest as an event, which the ledger lets happen once."""
        asker = Asker(self._place.platform, "digest")
        event_id = f"digest:{self._place.key}@{moment.isoformat()}"
        return Message(event_id, "", asker, self._place, datetime.now(UTC))
