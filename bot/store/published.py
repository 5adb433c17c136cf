"""The read side: the newest snapshot of the published index."""

import asyncio

from lancedb import AsyncConnection, AsyncTable

from bot.errors import IndexDamaged, IndexMissing
from bot.store.configuration import Configuration, Manifest
from bot.store.connection import (
    READ_SECONDS,
    REBUILD,
    connect,
    index_missing,
    is_there,
    open_table,
    store_errors,
)
from bot.store.schema import (
    MANIFEST,
)
from bot.store.snapshot import Snapshot, take_snapshot


class PublishedIndex:
    """Gives the newest snapshot; looking for a newer one costs a fraction of a millisecond."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._lock = asyncio.Lock()
        self._opened: tuple[AsyncConnection, AsyncTable] | None = None
        self._manifest_version = -1
        self._snapshot: Snapshot | None = None

    async def snapshot(self) -> Snapshot:
        """Raises IndexMissing before the first run, IndexDamaged, StoreError."""
        async with self._lock:
            if self._opened is None:
                self._opened = await self._open()
            connection, table = self._opened
            async with store_errors(READ_SECONDS):
                version = await table.version()
            if self._snapshot is None or version != self._manifest_version:
                self._snapshot = await take_snapshot(connection, await read_manifest(table))
                self._manifest_version = version
            return self._snapshot

    def forget(self) -> None:
        """The next snapshot is of what is there then: an index can be deleted and made anew."""
        self._opened = self._snapshot = None

    def close(self) -> None:
        if self._opened is not None:
            self._opened[0].close()
        self.forget()

    async def _open(self) -> tuple[AsyncConnection, AsyncTable]:
        if not is_there(self._uri):
            raise index_missing(self._uri)
        connection = await connect(self._uri)
        return connection, await open_table(connection, "manifest")


async def read_manifest(table: AsyncTable) -> Manifest:
    """Raises IndexMissing if nothing was published yet, IndexDamaged if it is not ours."""
    async with store_errors(READ_SECONDS):
        if not set(MANIFEST.names) <= set((await table.schema()).names):
            raise IndexDamaged("The index was not made by this version of Openbook.", REBUILD)
        rows = (await table.query().to_arrow()).to_pylist()
    if not rows:
        raise IndexMissing("The first index run has not been completed.", "Run `openbook index`.")
    row = rows[0]
    return Manifest(
        generation=row["generation"],
        passages_version=row["passages_version"],
        documents_version=row["documents_version"],
        configuration=Configuration(row["embedder"], row["dimensions"], row["splitter"]),
        folder=row["folder"],
        access=row["access"],
        passages=row["passages"],
        documents=row["documents"],
        vectors_trained=row["vectors_trained"],
        published_at=row["published_at"],
    )
