"""`openbook serve`: answers on the platforms until it is stopped."""

import asyncio
import logging
import signal
from collections.abc import Sequence

from bot.cli.logs import log_service
from bot.errors import SettingsError
from bot.ledger.opening import LEASE
from bot.platforms import build_adapters
from bot.recovery import LOOKS, drop_old, take_up_messages
from bot.serving import serve
from bot.settings import read_settings
from bot.wiring import Parts, open_parts

logger = logging.getLogger(__name__)


async def serve_platforms(names: Sequence[str], lease: float = LEASE) -> int:
    """0 after Ctrl-C or SIGTERM. What this process has not answered another one takes up when
    nothing has been heard of this one for `lease` seconds."""
    settings = read_settings()
    async with open_parts(settings, apart=True) as parts:
        await _refuse_other_folder(parts)
        ledger = await parts.open_ledger(lease)
        adapters = build_adapters(parts, names)
        log_service(settings.secrets)
        for adapter in adapters:
            parts.telling.connect(adapter)
        _warn_of_staff_out_of_reach(parts)
        aside = [
            asyncio.create_task(parts.upkeep.run()),
            asyncio.create_task(take_up_messages(parts.desk, adapters, lease / LOOKS)),
            asyncio.create_task(parts.staff.watch()),
            asyncio.create_task(drop_old(ledger, settings.keep_days)),
        ]
        if parts.digest is not None:
            aside.append(asyncio.create_task(parts.digest.run()))
        serving = asyncio.create_task(
            serve(adapters, settings.port, parts.metrics, parts.find_publication)
        )
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, serving.cancel)
        try:
            await serving
        except asyncio.CancelledError:
            logger.info("Stopped")
        finally:
            for task in aside:
                task.cancel()
            await asyncio.wait(aside)
    return 0


def _warn_of_staff_out_of_reach(parts: Parts) -> None:
    place = parts.settings.staff_place
    if place is not None and not parts.telling.reaches(place.platform):
        logger.warning(
            "Nobody can be passed on to the staff chat %s: this process does not serve %s",
            place.room,
            place.platform,
        )


async def _refuse_other_folder(parts: Parts) -> None:
    """A setting that was forgotten must not have the next /reindex replace the whole index."""
    if folder := await parts.find_other_folder():
        raise SettingsError(
            f"The index is of {folder}, but the settings name {parts.librarian.folder}.",
            "Put the right folder into .env as OPENBOOK_KNOWLEDGE, or run `openbook index` if the "
            "index is to be of the other one.",
        )
