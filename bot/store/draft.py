"""The write side: one run's changes, which readers see when they are published."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from lancedb import AsyncConnection, AsyncTable

from bot.errors import IndexDamaged
from bot.nouns import Passage
from bot.seams import Vectors
from bot.store.configuration import Configuration, Manifest
from bot.store.connection import (
    READ_SECONDS,
    WRITE_SECONDS,
    connect,
    is_there,
    store_errors,
)
from bot.store.folding import CLEARED_VERSIONS, Folding
from bot.store.generations import (
    copy_tables,
    discard_damaged_manifest,
    generation_to_build,
    generations,
    open_tables,
    read_vectors,
    tables_with_vectors,
    write_manifest,
)
from bot.store.schema import (
    DOCUMENTS,
    DocumentRow,
    Entry,
    mark_unfinished,
    passages_schema,
    quoted,
    to_table,
)
from bot.store.snapshot import Snapshot, read_documents, take_snapshot

MEMORY = "memory://"
# Readers of an old version finish with it well within this time.
KEEP_VERSIONS = timedelta(hours=1)


class Draft:
    """The newest state of a generation, published or not; what an interrupted run left is here.

    Use it inside `write_lock` only.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        generation: int,
        configuration: Configuration,
        tables: tuple[AsyncTable, AsyncTable],
        earlier: Sequence[AsyncTable],
        last: Snapshot | None,
        *,
        keeps_passages: bool = True,
    ) -> None:
        self.published = last.manifest if last else None
        self.configuration = configuration
        self._connection = connection
        self._generation = generation
        self._passages, self._documents = tables
        self._earlier = earlier
        self._last = last
        self._keeps_passages = keeps_passages

    @property
    def rebuilding(self) -> bool:
        """Whether this generation is not the published one."""
        return self.published is None or self.published.generation != self._generation

    async def documents(self) -> dict[str, DocumentRow]:
        return {row.path: row for row in await read_documents(self._documents)}

    async def vectors(self, digests: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that are already there for embedded texts, by their digest."""
        found: dict[str, Vectors] = {}
        for table in self._earlier:
            missing = [digest for digest in digests if digest not in found]
            try:
                found |= await read_vectors(table, missing)
            except IndexDamaged:
                if table.name == self._passages.name:
                    raise
        return found

    async def published_documents(self) -> dict[str, DocumentRow]:
        """The files as readers see them now."""
        rows = await self._last.documents() if self._last else []
        return {row.path: row for row in rows}

    async def compare_documents(self) -> tuple[dict[str, DocumentRow], dict[str, DocumentRow]]:
        """The files as readers see them now, and as they are here: after most runs the same."""
        documents = await self.documents()
        if self._keeps_passages and not await self.has_unpublished():
            return documents, documents
        return await self.published_documents(), documents

    async def last_good(self, path: str) -> tuple[DocumentRow, list[Passage]]:
        """What readers see of a file that this generation has nothing of yet."""
        if self._last is not None:
            with suppress(IndexDamaged):
                published = await self._last.document(path)
                if published is not None:
                    return published, await self._last.passages_of(path)
        return DocumentRow(path, digest="", title="", format="", passages=0), []

    async def count(self) -> int:
        """Passages of all documents."""
        async with store_errors(READ_SECONDS):
            table = await self._documents.query().select(["passages"]).to_arrow()
        return sum(table["passages"].to_pylist())

    async def write(
        self,
        entries: Sequence[Entry],
        vectors: Vectors | None,
        documents: Sequence[DocumentRow],
    ) -> None:
        """Replaces all passages of `documents` by `entries`. Cut off between its commits, it
        leaves marks by which the next run reads these documents again."""
        if not documents:
            return
        if not self._keeps_passages:
            await self.note(documents)
            return
        schema = passages_schema(self.configuration)
        table = await asyncio.to_thread(to_table, entries, vectors, schema)
        paths = [row.path for row in documents]
        await self.note([mark_unfinished(path) for path in paths])
        await self._replace(self._passages, "id", table, paths)
        await self.note(documents)

    async def note(self, documents: Sequence[DocumentRow]) -> None:
        """Writes down documents without touching their passages."""
        if not documents:
            return
        rows = [{name: getattr(row, name) for name in DOCUMENTS.names} for row in documents]
        await self._replace(self._documents, "path", pa.Table.from_pylist(rows, DOCUMENTS), [])

    async def remove(self, paths: Sequence[str]) -> None:
        await self.note([mark_unfinished(path) for path in paths])
        async with store_errors(WRITE_SECONDS):
            for start in range(0, len(paths), 1000):
                inside = f"path IN ({quoted(paths[start : start + 1000])})"
                await self._passages.delete(inside)
                await self._documents.delete(inside)

    async def has_unpublished(self, access: str | None = None) -> bool:
        """Whether there is anything that readers do not see; other rules of `access` count too,
        where they are given."""
        if self.published is None or self.rebuilding:
            return True
        if access is not None and access != self.published.access:
            return True
        return (self.published.passages_version, self.published.documents_version) != (
            await self._passages.version(),
            await self._documents.version(),
        )

    async def publish(
        self, keep: timedelta = KEEP_VERSIONS, *, folder: str = "", access: str = ""
    ) -> Manifest:
        """Folds new rows into the indices, makes this state, which is of `folder` with its rules of
        `access`, the one that readers see, then clears away what no reader can still be using: what
        is older than `keep` and than the state that was published until now."""
        if self.published is None:
            await discard_damaged_manifest(self._connection)
        async with store_errors(WRITE_SECONDS):
            passages = await self._passages.count_rows()
            documents = await self._documents.count_rows("digest != ''")
            in_use = None if self.rebuilding else self.published
            folding = Folding(self._passages, self._documents, in_use)
            trained = await folding.fold(passages, self.configuration.dimensions, keep)
            manifest = Manifest(
                generation=self._generation,
                passages_version=await self._passages.version(),
                documents_version=await self._documents.version(),
                configuration=self.configuration,
                folder=folder,
                access=access,
                passages=passages,
                documents=documents,
                vectors_trained=trained,
                published_at=datetime.now(UTC),
            )
            table = await write_manifest(self._connection, manifest)
            if await table.version() % CLEARED_VERSIONS == 0:
                await table.optimize(cleanup_older_than=keep)
        await self._clear_away()
        return manifest

    async def _replace(
        self, table: AsyncTable, key: str, rows: pa.Table, paths: Sequence[str]
    ) -> None:
        merge = table.merge_insert(key).when_matched_update_all().when_not_matched_insert_all()
        if paths:
            merge = merge.when_not_matched_by_source_delete(f"path IN ({quoted(paths)})")
        async with store_errors(WRITE_SECONDS):
            await merge.execute(rows)

    async def _clear_away(self) -> None:
        """Drops the generations that no reader can be using: all but this one and the last."""
        keep = {self._generation, self.published.generation if self.published else 0}
        for number in await generations(self._connection) - keep:
            async with store_errors(WRITE_SECONDS):
                await self._connection.drop_table(f"documents_{number}", ignore_missing=True)
                await self._connection.drop_table(f"passages_{number}")


@asynccontextmanager
async def open_draft(
    uri: str,
    configuration: Configuration,
    published: Manifest | None,
    *,
    rebuild: bool = False,
    dry_run: bool = False,
) -> AsyncIterator[Draft]:
    """The draft to write to: the published generation if it fits `configuration`, else a newer
    one, begun here or by an interrupted run. With `dry_run` the draft is a copy in memory, where
    passages would need too much of it: only documents are written there.

    Raises IndexDamaged, StoreError.
    """
    async with AsyncExitStack() as stack:
        if dry_run and not is_there(uri):
            uri = MEMORY
        connection = await connect(uri)
        stack.callback(connection.close)
        if published and published.configuration == configuration and not rebuild:
            generation = published.generation
        else:
            generation = await generation_to_build(connection, configuration, published, rebuild)
        last = await _take_last(connection, published, rebuild=rebuild) if published else None
        if dry_run:
            copy = await connect(MEMORY)
            stack.callback(copy.close)
            tables = await copy_tables(connection, copy, generation, configuration)
        else:
            tables = await open_tables(connection, generation, configuration)
        earlier = await tables_with_vectors(connection, configuration)
        yield Draft(
            connection, generation, configuration, tables, earlier, last, keeps_passages=not dry_run
        )


async def _take_last(
    connection: AsyncConnection, published: Manifest, *, rebuild: bool
) -> Snapshot | None:
    """What readers see now; None if it is damaged and to be rebuilt."""
    try:
        last = await take_snapshot(connection, published)
        if rebuild:
            await last.documents()
    except IndexDamaged:
        if not rebuild:
            raise
        return None
    return last
