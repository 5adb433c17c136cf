"""Connects to the index and turns LanceDB's exceptions into ours."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

# Lance tells on standard error what it expects to happen (a table that is created, an empty
# partition); what must be known it raises. Read by the library when it is imported.
os.environ.setdefault("LANCEDB_LOG", "error")

import lancedb
from lancedb import AsyncConnection, AsyncTable

from bot.errors import IndexDamaged, IndexMissing, StoreError

# A stalled object store never answers and no setting of LanceDB ends the wait.
READ_SECONDS = 20.0
WRITE_SECONDS = 7200.0

# What LanceDB says where object storage does not serve it, and in it why.
_REMOTE = re.compile(r'Generic \{ store: "(?!Local)')
_REASON = re.compile(r'<Code>(\w+)</Code>|message: "([^"]+)"|(?:get \w+ (credentials)|(BadScheme))')

REBUILD = "Run `openbook index --rebuild`, or point OPENBOOK_INDEX elsewhere."


def is_remote(uri: str) -> bool:
    return "://" in uri


def absolute(uri: str) -> str:
    """LanceDB takes a relative path that starts with `db` for a cloud address."""
    return uri if is_remote(uri) else str(Path(uri).expanduser().absolute())


def is_there(uri: str) -> bool:
    """Whether a local index can be there; a remote one always can."""
    return is_remote(uri) or Path(absolute(uri)).exists()


def index_missing(uri: str) -> IndexMissing:
    """Names the place, since a relative one may be looked for in the wrong folder."""
    return IndexMissing(f"There is no index in {absolute(uri)} yet.", "Run `openbook index`.")


async def connect(uri: str) -> AsyncConnection:
    async with store_errors(READ_SECONDS):
        return await lancedb.connect_async(absolute(uri), read_consistency_interval=timedelta(0))


async def open_table(connection: AsyncConnection, name: str) -> AsyncTable:
    """Raises IndexMissing if there is no such table."""
    async with store_errors(READ_SECONDS):
        try:
            return await connection.open_table(name)
        except ValueError as error:
            if "was not found" in str(error):
                raise index_missing(connection.uri) from None
            raise


async def table_names(connection: AsyncConnection) -> list[str]:
    async with store_errors(READ_SECONDS):
        return list((await connection.list_tables(limit=1000)).tables)


@asynccontextmanager
async def store_errors(seconds: float) -> AsyncIterator[None]:
    """Limits the time of the calls inside and raises what goes wrong in them as StoreError."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise StoreError(
            f"The index did not answer within {seconds:.0f} seconds.",
            "Check that its storage can be reached.",
        ) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise _in_words(error) from error


def _in_words(error: Exception) -> StoreError:
    text = str(error)
    if "No space left" in text or "os error 28" in text or "File too large" in text:
        return StoreError(
            "The disk of the index is full; the index is as it was before this run.",
            "Free some space and run `openbook index` again: it goes on where it stopped.",
        )
    if "Permission denied" in text or "Read-only file system" in text or "os error 13" in text:
        return StoreError(
            "The index cannot be written or read with the rights of this user.",
            "Correct the rights of its folder, or point OPENBOOK_INDEX elsewhere.",
        )
    if "Not a directory" in text or "File exists" in text:
        return IndexDamaged("The place of the index is not a folder.", "Correct OPENBOOK_INDEX.")
    if _REMOTE.search(text):
        found = _REASON.search(text)
        reason = found[found.lastindex or 0] if found else "no answer"
        return StoreError(
            f"The object storage of the index cannot be used: {reason}.",
            "Check OPENBOOK_INDEX, that its bucket exists, and the AWS_ variables of the "
            "environment (an address with http: needs AWS_ALLOW_HTTP=true).",
        )
    first_line = text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__
    return IndexDamaged(f"The index cannot be read: {first_line}", REBUILD)
