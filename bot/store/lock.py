"""Keeps writers of one index apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock, Timeout

from bot.errors import IndexBusy
from bot.store.connection import READ_SECONDS, absolute, is_remote, store_errors

LOCK = "writer.lock"


@asynccontextmanager
async def write_lock(uri: str) -> AsyncIterator[None]:
    """One writer at a time on this machine; the system frees the lock of a killed process.

    Raises IndexBusy.
    """
    if is_remote(uri):
        name = blake2b(uri.encode(), digest_size=16).hexdigest()
        lock = FileLock(Path(gettempdir()) / f"openbook-{name}.lock", blocking=False)
    else:
        async with store_errors(READ_SECONDS):
            await asyncio.to_thread(Path(absolute(uri)).mkdir, parents=True, exist_ok=True)
        lock = FileLock(Path(absolute(uri)) / LOCK, blocking=False)
    async with store_errors(READ_SECONDS):
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusy(
                "Another index run is at work on this index.", "Wait until it has finished."
            ) from None
    try:
        yield
    finally:
        lock.release()
