"""`openbook serve`: answers on the platforms until it is stopped."""

import asyncio
import logging
import signal
from collections.abc import Sequence

from bot.cli.logs import log_service
from bot.errors import IndexMissing, OpenbookError
from bot.platforms import build_adapters
from bot.serving import serve
from bot.settings import read_settings
from bot.wiring import Parts, open_parts

logger = logging.getLogger(__name__)


async def serve_platforms(names: Sequence[str]) -> int:
    """0 after Ctrl-C or SIGTERM."""
    async with open_parts(read_settings()) as parts:
        adapters = build_adapters(parts, names)
        log_service(parts.settings.secrets)
        indexing = asyncio.create_task(_index_if_missing(parts))
        serving = asyncio.create_task(
            serve(adapters, parts.settings.port, parts.metrics, parts.find_publication)
        )
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, serving.cancel)
        try:
            await serving
        except asyncio.CancelledError:
            logger.info("Stopped")
        finally:
            indexing.cancel()
            await asyncio.wait([indexing])
    return 0


async def _index_if_missing(parts: Parts) -> None:
    """A first run, as after a restart where the disk is thrown away; questions are told meanwhile
    that there is no index yet."""
    try:
        await parts.published.snapshot()
    except IndexMissing:
        logger.info("There is no index yet; reading %s", parts.settings.knowledge)
        try:
            with parts.metrics.index_run() as run:
                run.report = report = await parts.librarian.index()
        except OpenbookError as error:
            logger.error("The documents could not be indexed: %s", error)  # noqa: TRY400
        else:
            logger.info("Indexed %d documents", len(report.added))
    except OpenbookError as error:
        logger.error("The index cannot be used: %s", error)  # noqa: TRY400
