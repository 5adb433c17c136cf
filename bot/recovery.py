"""Sees to it that what is left unanswered is taken up, by this process or another, and that nothing
is kept longer than it should be."""

import asyncio
import logging
from collections.abc import Sequence

from bot.desk import Desk
from bot.errors import LedgerError
from bot.ledger.opening import Ledger
from bot.nouns import Waiting
from bot.serving import Adapter

LOOKS = 4  # within a lease
DAY = 86400.0

logger = logging.getLogger(__name__)


async def take_up_messages(desk: Desk, adapters: Sequence[Adapter], pause: float) -> None:
    """Every `pause` seconds, until it is cancelled: whoever does not look any more is taken for
    dead, so whatever goes wrong, it looks again."""
    while True:
        try:
            await _look(desk, adapters)
        except LedgerError as error:
            logger.warning("%s", error)
        except Exception:
            logger.exception("What is left unanswered could not be looked for")
        await asyncio.sleep(pause)


async def _look(desk: Desk, adapters: Sequence[Adapter]) -> None:
    ready = {adapter.name: adapter for adapter in adapters if adapter.ready}
    answering = [event_id for adapter in adapters for event_id in adapter.answering]
    for waiting in await desk.take_up(list(ready), answering):
        logger.info("%s was left unanswered and is taken up", waiting.event_id)
        _take_up(ready[waiting.platform], waiting)


def _take_up(adapter: Adapter, waiting: Waiting) -> None:
    """One message that cannot be read must not end the care for all others."""
    try:
        adapter.take_up(waiting)
    except Exception:
        logger.exception("%s could not be taken up", waiting.event_id)


async def drop_old(ledger: Ledger, days: int) -> None:
    """Once a day, until it is cancelled."""
    while True:
        try:
            dropped = await ledger.drop_older(days)
            logger.info("Dropped from the ledger, older than %d days: %d", days, dropped)
        except LedgerError as error:
            logger.warning("%s", error)
        await asyncio.sleep(DAY)
