"""The write side: one run's changes, which readers see when they are published."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir

import numpy
import pyarrow as pa
from filelock import FileLock, Timeout
from lancedb import AsyncConnection, AsyncTable
from lancedb.index import FTS, BTree, IvfRq

from bot.errors import IndexBusy, IndexDamaged, IndexMissing
from bot.seams import Vectors
from bot.store.configuration import Configuration, Manifest
from bot.store.connection import (
    READ_SECONDS,
    REBUILD,
    WRITE_SECONDS,
    absolute,
    connect,
    is_remote,
    open_table,
    store_errors,
    table_names,
)
from bot.store.published import read_manifest
from bot.store.schema import (
    DOCUMENTS,
    MANIFEST,
    DocumentRow,
    Entry,
    passages_schema,
    quoted,
    read_configuration,
    to_table,
)

# Rows outside an index are searched one by one, at some 0.04 ms each.
UNFOLDED_ROWS = 100
# Exact vector search takes some 3 ms a million numbers (tests/benchmarks/scale.py).
EXACT_NUMBERS = 5_000_000
# Readers of an old version finish with it well within this time.
KEEP_VERSIONS = timedelta(hours=1)


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
        lock = FileLock(Path(absolute(uri)) / "writer.lock", blocking=False)
    try:
        async with store_errors(READ_SECONDS):
            lock.acquire()
    except Timeout:
        raise IndexBusy(
            "Another index run is at work on this index.", "Wait until it has finished."
        ) from None
    try:
        yield
    finally:
        lock.release()


class Draft:
    """The newest state of a generation, published or not; what an interrupted run left is here.

    Use it inside `write_lock` only.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        generation: int,
        configuration: Configuration,
        published: Manifest | None,
        tables: tuple[AsyncTable, AsyncTable],
        earlier: AsyncTable | None,
    ) -> None:
        self.published = published
        self.configuration = configuration
        self._connection = connection
        self._generation = generation
        self._passages, self._documents = tables
        self._earlier = earlier

    @property
    def rebuilding(self) -> bool:
        """Whether this generation is not the published one."""
        return self.published is None or self.published.generation != self._generation

    async def documents(self) -> dict[str, DocumentRow]:
        async with store_errors(READ_SECONDS):
            table = await self._documents.query().select(DOCUMENTS.names).to_arrow()
        return {row["path"]: DocumentRow(**row) for row in table.to_pylist()}

    async def vectors(self, digests: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that are already there for embedded texts, by their digest."""
        if not self.configuration.dimensions or not digests:
            return {}
        found: dict[str, Vectors] = {}
        for table in filter(None, (self._passages, self._earlier)):
            missing = [digest for digest in digests if digest not in found]
            if missing:
                found |= await _read_vectors(table, missing)
        return found

    async def write(
        self,
        entries: Sequence[Entry],
        vectors: Vectors | None,
        documents: Sequence[DocumentRow],
    ) -> None:
        """Replaces all passages of `documents` by `entries`. If it is cut off between its two
        commits, the documents still carry their old digest and are read again."""
        table = to_table(entries, vectors, passages_schema(self.configuration))
        await self._replace(self._passages, "id", table, [row.path for row in documents])
        await self.note(documents)

    async def note(self, documents: Sequence[DocumentRow]) -> None:
        """Writes down documents without touching their passages."""
        rows = [{name: getattr(row, name) for name in DOCUMENTS.names} for row in documents]
        await self._replace(self._documents, "path", pa.Table.from_pylist(rows, DOCUMENTS), [])

    async def remove(self, paths: Sequence[str]) -> None:
        async with store_errors(WRITE_SECONDS):
            for start in range(0, len(paths), 1000):
                inside = f"path IN ({quoted(paths[start : start + 1000])})"
                await self._passages.delete(inside)
                await self._documents.delete(inside)

    async def unpublished(self) -> bool:
        """Whether there is anything that readers do not see."""
        if self.published is None or self.rebuilding:
            return True
        return (self.published.passages_version, self.published.documents_version) != (
            await self._passages.version(),
            await self._documents.version(),
        )

    async def publish(self) -> Manifest:
        """Folds new rows into the indices, makes this state the one that readers see, then clears
        away what no reader can still be using."""
        async with store_errors(WRITE_SECONDS):
            passages = await self._passages.count_rows()
            documents = await self._documents.count_rows("digest != ''")
            trained = await self._fold(passages)
            manifest = Manifest(
                generation=self._generation,
                passages_version=await self._passages.version(),
                documents_version=await self._documents.version(),
                configuration=self.configuration,
                passages=passages,
                documents=documents,
                vectors_trained=trained,
                published_at=datetime.now(UTC),
            )
            await _write_manifest(self._connection, manifest)
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

    async def _fold(self, passages: int) -> int:
        """Returns the number of passages that the vector index is trained on."""
        trained = 0 if self.rebuilding or self.published is None else self.published.vectors_trained
        wants_index = passages * self.configuration.dimensions > EXACT_NUMBERS
        if wants_index and not trained / 2 <= passages <= trained * 2:
            await self._passages.create_index("vector", config=IvfRq(distance_type="cosine"))
            trained = passages
        unfolded = max(
            (index.num_unindexed_rows or 0 for index in await self._passages.list_indices()),
            default=0,
        )
        if unfolded > UNFOLDED_ROWS:
            await self._passages.optimize(cleanup_older_than=KEEP_VERSIONS)
            await self._documents.optimize(cleanup_older_than=KEEP_VERSIONS)
        return trained

    async def _clear_away(self) -> None:
        """Drops the generations that no reader can be using: all but this one and the last."""
        keep = {self._generation, self.published.generation if self.published else 0}
        for number in await _generations(self._connection) - keep:
            async with store_errors(WRITE_SECONDS):
                await self._connection.drop_table(f"documents_{number}", ignore_missing=True)
                await self._connection.drop_table(f"passages_{number}")


@asynccontextmanager
async def open_draft(
    uri: str, configuration: Configuration, *, rebuild: bool
) -> AsyncIterator[Draft]:
    """The draft to write to: the published generation if it fits `configuration`, else a newer
    one, begun here or by an interrupted run. Raises IndexDamaged, StoreError."""
    connection = await connect(uri)
    try:
        yield await _open_draft(connection, configuration, rebuild)
    finally:
        connection.close()


async def read_published(uri: str) -> Manifest | None:
    """What is published now; None before the first run."""
    connection = await connect(uri)
    try:
        return await _published(connection)
    finally:
        connection.close()


async def _open_draft(
    connection: AsyncConnection, configuration: Configuration, rebuild: bool
) -> Draft:
    published = await _published(connection, damaged_is_none=rebuild)
    if published and published.configuration == configuration and not rebuild:
        generation = published.generation
    else:
        generation = await _generation_to_build(connection, configuration, published, rebuild)
    tables = await _open_tables(connection, generation, configuration)
    earlier = None
    if published and published.generation != generation:
        same = published.configuration
        if (same.embedder, same.dimensions) == (configuration.embedder, configuration.dimensions):
            earlier = await open_table(connection, f"passages_{published.generation}")
    return Draft(connection, generation, configuration, published, tables, earlier)


async def _published(
    connection: AsyncConnection, *, damaged_is_none: bool = False
) -> Manifest | None:
    try:
        return await read_manifest(await open_table(connection, "manifest"))
    except IndexMissing:
        return None
    except IndexDamaged:
        if damaged_is_none:
            return None
        raise


async def _generation_to_build(
    connection: AsyncConnection,
    configuration: Configuration,
    published: Manifest | None,
    rebuild: bool,
) -> int:
    """A generation that an interrupted run began with this configuration, else a new number."""
    numbers = await _generations(connection)
    newest = max(numbers, default=0)
    if newest and not rebuild and (published is None or newest > published.generation):
        table = await open_table(connection, f"passages_{newest}")
        async with store_errors(READ_SECONDS):
            if read_configuration(await table.schema()) == configuration:
                return newest
    return newest + 1


async def _generations(connection: AsyncConnection) -> set[int]:
    numbers = set()
    for name in await table_names(connection):
        kind, _, number = name.partition("_")
        if kind == "passages" and number.isdigit():
            numbers.add(int(number))
    return numbers


async def _open_tables(
    connection: AsyncConnection, generation: int, configuration: Configuration
) -> tuple[AsyncTable, AsyncTable]:
    """Opens the tables of a generation, creating what is missing. The keyword index is made on the
    empty table: rows are then cut into terms by its rules even before they are folded in."""
    names = await table_names(connection)
    async with store_errors(WRITE_SECONDS):
        documents = await connection.create_table(
            f"documents_{generation}", schema=DOCUMENTS, exist_ok=True
        )
        if f"passages_{generation}" in names:
            passages = await connection.open_table(f"passages_{generation}")
        else:
            passages = await connection.create_table(
                f"passages_{generation}", schema=passages_schema(configuration)
            )
        present = {index.columns[0] for index in await passages.list_indices()}
        if "terms" not in present:
            await passages.create_index(
                "terms",
                config=FTS(base_tokenizer="whitespace", stem=True, remove_stop_words=False),
            )
        for column in ("id", "path", "embedding_digest"):
            if column not in present:
                await passages.create_index(column, config=BTree())
    if read_configuration(await passages.schema()) != configuration:
        raise IndexDamaged("The index does not hold what its manifest says.", REBUILD)
    return passages, documents


async def _read_vectors(table: AsyncTable, digests: Sequence[str]) -> dict[str, Vectors]:
    found: dict[str, Vectors] = {}
    async with store_errors(WRITE_SECONDS):
        for start in range(0, len(digests), 1000):
            rows = await (
                table.query()
                .where(f"embedding_digest IN ({quoted(digests[start : start + 1000])})")
                .select(["embedding_digest", "vector"])
                .to_arrow()
            )
            if rows.num_rows:
                flat = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
                matrix = flat.reshape(rows.num_rows, -1).astype(numpy.float32, copy=False)
                found |= dict(zip(rows["embedding_digest"].to_pylist(), matrix, strict=True))
    return found


async def _write_manifest(connection: AsyncConnection, manifest: Manifest) -> None:
    row = {
        "key": "current",
        "generation": manifest.generation,
        "passages_version": manifest.passages_version,
        "documents_version": manifest.documents_version,
        "embedder": manifest.configuration.embedder,
        "dimensions": manifest.configuration.dimensions,
        "splitter": manifest.configuration.splitter,
        "passages": manifest.passages,
        "documents": manifest.documents,
        "vectors_trained": manifest.vectors_trained,
        "published_at": manifest.published_at,
    }
    table = await connection.create_table("manifest", schema=MANIFEST, exist_ok=True)
    merge = table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
    await merge.execute(pa.Table.from_pylist([row], MANIFEST))
