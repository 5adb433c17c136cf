"""Tells the staff chat at set times what the bot could not answer."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.errors import OpenbookError
from bot.gaps import Gaps
from bot.nouns import Asker, Chat, Message
from bot.presenting import present_gaps
from bot.schedule import find_next, tell_time, wait_until
from bot.seams import Archive, Inbox
from bot.telling import Telling
from bot.texts import choose_words

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
            await self._telling.tell(self._place, present_gaps(gaps, words))

    def _name(self, moment: datetime) -> Message:
        """The digest as an event, which the ledger lets happen once."""
        asker = Asker(self._place.platform, "digest")
        event_id = f"digest:{self._place.key}@{moment.isoformat()}"
        return Message(event_id, "", asker, self._place, datetime.now(UTC))
