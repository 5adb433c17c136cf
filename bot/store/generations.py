"""The tables of a generation and the manifest: finding, creating, copying, reading them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy
import pyarrow as pa
from lancedb import AsyncConnection, AsyncTable
from lancedb.index import BTree

from bot.errors import IndexDamaged, IndexMissing
from bot.seams import Vectors
from bot.store.configuration import Configuration, Manifest
from bot.store.connection import (
    READ_SECONDS,
    REBUILD,
    WRITE_SECONDS,
    absolute,
    connect,
    is_remote,
    is_there,
    open_table,
    store_errors,
    table_names,
)
from bot.store.folding import KEYWORDS
from bot.store.lock import LOCK
from bot.store.published import read_manifest
from bot.store.schema import DOCUMENTS, MANIFEST, passages_schema, quoted, read_configuration


async def read_published(uri: str, *, damaged_is_none: bool = False) -> Manifest | None:
    """What is published now; None before the first run. Raises IndexDamaged, StoreError."""
    if not is_there(uri):
        return None
    connection = await connect(uri)
    try:
        return await _published(connection, damaged_is_none=damaged_is_none)
    finally:
        connection.close()


async def refuse_foreign(uri: str) -> None:
    """An index is never begun among somebody's other files. Raises IndexDamaged, StoreError."""
    if is_remote(uri):
        return
    async with store_errors(READ_SECONDS):
        names = await asyncio.to_thread(_list_names, Path(absolute(uri)))
    strange = {name for name in names if not name.endswith(".lance")} - {LOCK}
    if strange and "manifest.lance" not in names:
        raise IndexDamaged(
            f"{absolute(uri)} holds other things than an index of Openbook, such as "
            f"{min(strange)}.",
            "Point OPENBOOK_INDEX to an empty or new folder.",
        )


def _list_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


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


async def discard_damaged_manifest(connection: AsyncConnection) -> None:
    """A manifest that nobody can read would be in the way of a new one."""
    try:
        await _published(connection)
    except IndexDamaged:
        async with store_errors(WRITE_SECONDS):
            await connection.drop_table("manifest")


async def generation_to_build(
    connection: AsyncConnection,
    configuration: Configuration,
    published: Manifest | None,
    rebuild: bool,
) -> int:
    """A generation that an interrupted run began with this configuration, else a new number."""
    numbers = await generations(connection)
    newest = max(numbers, default=0)
    if newest and not rebuild and (published is None or newest > published.generation):
        table = await open_table(connection, f"passages_{newest}")
        async with store_errors(READ_SECONDS):
            if read_configuration(await table.schema()) == configuration:
                return newest
    return newest + 1


async def generations(connection: AsyncConnection) -> set[int]:
    numbers = set()
    for name in await table_names(connection):
        kind, _, number = name.partition("_")
        if kind == "passages" and number.isdigit():
            numbers.add(int(number))
    return numbers


async def open_tables(
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
                config=KEYWORDS,
            )
        for column in ("id", "path", "embedding_digest"):
            if column not in present:
                await passages.create_index(column, config=BTree())
    if read_configuration(await passages.schema()) != configuration:
        raise IndexDamaged("The index does not hold what its manifest says.", REBUILD)
    return passages, documents


async def copy_tables(
    connection: AsyncConnection,
    copy: AsyncConnection,
    generation: int,
    configuration: Configuration,
) -> tuple[AsyncTable, AsyncTable]:
    """Tables in memory with the documents of a generation, to try a run on."""
    tables = await open_tables(copy, generation, replace(configuration, dimensions=0))
    if generation in await generations(connection):
        documents = await open_table(connection, f"documents_{generation}")
        async with store_errors(READ_SECONDS):
            await tables[1].add(await documents.query().to_arrow())
    return tables


async def tables_with_vectors(
    connection: AsyncConnection, configuration: Configuration
) -> list[AsyncTable]:
    """All readable generations, newest first, whose vectors come from the same embedder."""
    tables = []
    for number in sorted(await generations(connection), reverse=True):
        try:
            table = await open_table(connection, f"passages_{number}")
            async with store_errors(READ_SECONDS):
                other = read_configuration(await table.schema())
        except (IndexDamaged, IndexMissing):
            continue
        if (
            other
            and configuration.dimensions
            and replace(other, splitter="") == replace(configuration, splitter="")
        ):
            tables.append(table)
    return tables


async def read_vectors(table: AsyncTable, digests: Sequence[str]) -> dict[str, Vectors]:
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


async def write_manifest(connection: AsyncConnection, manifest: Manifest) -> AsyncTable:
    """Publishes it. Returns the table of manifests."""
    row = {
        "key": "current",
        "generation": manifest.generation,
        "passages_version": manifest.passages_version,
        "documents_version": manifest.documents_version,
        "embedder": manifest.configuration.embedder,
        "dimensions": manifest.configuration.dimensions,
        "splitter": manifest.configuration.splitter,
        "folder": manifest.folder,
        "access": manifest.access,
        "passages": manifest.passages,
        "documents": manifest.documents,
        "vectors_trained": manifest.vectors_trained,
        "published_at": manifest.published_at,
    }
    table = await connection.create_table("manifest", schema=MANIFEST, exist_ok=True)
    merge = table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
    await merge.execute(pa.Table.from_pylist([row], MANIFEST))
    return table
