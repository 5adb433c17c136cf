"""Tells when the knowledge folder changes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from watchfiles import Change, awatch

from bot.indexing.scanning import is_litter

# How often it is looked whether the folder itself was replaced: no event tells of that.
LOOK_SECONDS = 1.0


async def follow_changes(root: Path, ignored: Path) -> AsyncGenerator[None, None]:
    """Yields after each change below `root` that may matter, and when the folder itself has been
    replaced or is back. Changes below `ignored` and of litter do not count.

    Raises OSError if there is no folder at first.
    """
    watched = _identify(root)
    while True:
        async with aclosing(_watch(root, ignored)) as batches:
            async for changes in batches:
                if changes:
                    yield
                elif _identify(root) != watched:
                    break
        watched = await _wait_for(root)
        yield


def _watch(root: Path, ignored: Path) -> AsyncGenerator[set[tuple[Change, str]], None]:
    """Changes, and an empty set when there were none for a while."""
    folder, ignored = root.resolve(), ignored.resolve()

    def matters(_: Change, path: str) -> bool:
        """Dot files are litter: an index kept in one must not cause the run that changes it."""
        place = Path(path)
        if place.is_relative_to(ignored):
            return False
        return not any(map(is_litter, place.relative_to(folder).parts))

    return awatch(
        folder, watch_filter=matters, rust_timeout=int(LOOK_SECONDS * 1000), yield_on_timeout=True
    )


async def _wait_for(folder: Path) -> tuple[int, int]:
    while True:
        identity = _identify(folder)
        if identity is not None:
            return identity
        await asyncio.sleep(LOOK_SECONDS)


def _identify(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one at the same place; None if there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
