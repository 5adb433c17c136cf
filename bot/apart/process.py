"""An index process as its parent sees it: starts, is followed, is killed."""

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import bot
from bot.apart import lines
from bot.errors import OpenbookError, StoreError
from bot.reindexing import Indexer
from bot.reports import IndexReport, IndexStatus, Progress
from bot.settings import Settings

Agree = Callable[[int, int], Awaitable[bool]]

_FAREWELL = 5.0  # seconds from the last word of a process to its end
_LONGEST_LINE = 1 << 30  # a report names every file of a first run
_PACKAGE_FOLDER = str(Path(bot.__file__).resolve().parent.parent)

logger = logging.getLogger(__name__)


class IndexProcess:
    """Runs the index with these settings in a child of this process, one for each run. What is
    only looked up is asked of `here`."""

    def __init__(self, settings: Settings, here: Indexer) -> None:
        self._settings = settings
        self._here = here

    async def status(self) -> IndexStatus:
        return await self._here.status()

    async def index(
        self, *, agree: Agree | None = None, progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        """As the librarian does it. A child that dies is a StoreError; when this is cancelled the
        child is killed, which leaves the old index and nothing else."""
        process = await _start()
        complaining = asyncio.create_task(_pass_on(_reader(process.stderr)))
        try:
            _say(process, lines.encode_settings(self._settings))
            report = await _follow(process, agree, progress)
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await process.wait()
            return report
        finally:
            with suppress(ProcessLookupError):
                process.kill()  # the processes that it has started end with it
            await process.wait()
            await asyncio.wait([complaining], timeout=_FAREWELL)


async def _start() -> asyncio.subprocess.Process:
    """Raises StoreError."""
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot.apart.program"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env=os.environ | {"PYTHONPATH": _PACKAGE_FOLDER},
            # Ctrl-C at the terminal is for the parent. Not a session of its own: Linux shares out
            # the processor by session first, and being nice counts within one only.
            process_group=0,
        )
    except OSError as error:  # too many processes, no memory
        raise StoreError(
            f"The process for the index run does not start: {error.strerror}.",
            "Give the machine more memory, or let it run more processes.",
        ) from None


async def _follow(
    process: asyncio.subprocess.Process,
    agree: Agree | None,
    progress: Callable[[Progress], None] | None,
) -> IndexReport:
    """Raises what the child raised."""
    async for line in _reader(process.stdout):
        if not line.endswith(b"\n"):
            break  # it died in the middle of a word
        match lines.decode(line):
            case Progress() as step:
                if progress:
                    progress(step)
            case lines.MayDelete(deleted, total):
                agreed = agree is not None and await agree(deleted, total)
                _say(process, lines.encode_agreement(agreed))
            case IndexReport() as report:
                return report
            case OpenbookError() as error:
                raise error
    raise _died(await process.wait())


def _died(code: int) -> StoreError:
    if code < 0:
        return StoreError(
            f"The index run was ended from outside (signal {-code}); the index is as it was.",
            "If the machine ran out of memory, give it more. The next run goes on from there.",
        )
    return StoreError(
        f"The index run broke off (exit code {code}); the index is as it was.",
        "The log tells why. The next run goes on from there.",
    )


def _say(process: asyncio.subprocess.Process, line: bytes) -> None:
    """A process that is dead by then is noticed by its silence."""
    cast(asyncio.StreamWriter, process.stdin).write(line)


async def _pass_on(errors: asyncio.StreamReader) -> None:
    """What the child writes to its log stands in this one's, without secrets as all of it."""
    async for line in errors:
        logger.warning("%s", line.decode("utf-8", "replace").rstrip())


def _reader(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    return cast(asyncio.StreamReader, stream)
