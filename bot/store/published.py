"""The read side: snapshots of the published index."""

import asyncio
import math
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from lancedb import AsyncConnection, AsyncTable
from lancedb.query import AsyncTakeQuery

from bot.errors import IndexDamaged, IndexMissing
from bot.nouns import Passage, Source
from bot.seams import Vectors
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
    DOCUMENTS,
    MANIFEST,
    DocumentRow,
    quoted,
    to_passages,
)

# The vector index keeps one bit a dimension, in clusters. PROBES clusters are looked through, and
# at least CANDIDATES compared again by their full vectors.
PROBES = 40
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class KeywordHit:
    row: int
    score: float
    terms: str


@dataclass(frozen=True, slots=True)
class VectorHit:
    """`similarity` is the cosine of the angle to the query."""

    row: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Located:
    """Passages with the places of their meaning; `vectors` has a row for each."""

    rows: tuple[int, ...]
    passages: tuple[Passage, ...]
    vectors: Vectors


class Snapshot:
    """One published state of the index: every call sees the same passages."""

    def __init__(self, manifest: Manifest, passages: AsyncTable, documents: AsyncTable) -> None:
        self.manifest = manifest
        self._passages = passages
        self._documents = documents

    async def keyword(self, terms: str, limit: int) -> list[KeywordHit]:
        """Passages that hold any of the blank-separated terms, by BM25, best first."""
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.query()
                .nearest_to_text(terms, columns=["terms"])
                .with_row_id()
                .select(["_score", "terms"])
                .limit(limit)
                .to_arrow()
            )
        return [KeywordHit(*row) for row in _rows(table, "_rowid", "_score", "terms")]

    async def nearest(self, vector: Vectors, limit: int, *, exact: bool = False) -> list[VectorHit]:
        """Passages by cosine similarity to a unit vector, best first. `exact` compares with every
        passage even where there is an index."""
        query = self._passages.query().nearest_to(vector).distance_type("cosine")
        if exact:
            query = query.bypass_vector_index()
        elif self.manifest.vectors_trained:
            query = query.nprobes(PROBES)
            query = query.refine_factor(_find_refine_factor(self.manifest.passages, limit))
        async with store_errors(READ_SECONDS):
            table = await query.with_row_id().select(["_distance"]).limit(limit).to_arrow()
        return [
            VectorHit(row, 1 - distance) for row, distance in _rows(table, "_rowid", "_distance")
        ]

    async def take(self, rows: list[int]) -> dict[int, Passage]:
        """The passages of hits, by row."""
        if not rows:
            return {}
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.take_row_ids(rows).with_row_id().select(["passage"]).to_arrow()
            )
        return dict(zip(table["_rowid"].to_pylist(), to_passages(table), strict=True))

    async def passages_of(self, path: str) -> list[Passage]:
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.query()
                .where(f"path = {quoted([path])}")
                .select(["passage"])
                .to_arrow()
            )
        return sorted(to_passages(table), key=lambda passage: passage.ordinal)

    async def headings(self, limit: int) -> list[Source]:
        """Where the first passages stand, with a passage for each heading."""
        async with store_errors(READ_SECONDS):
            table = await self._passages.query().select(["passage"]).limit(limit).to_arrow()
        found = [passage.source for passage in to_passages(table)]
        sources = {(one.path, one.heading_path): one for one in found}
        return list(sources.values())

    async def sample(self, most: int) -> Located:
        """At most so many passages, taken evenly from all, of an index with vectors."""
        count = self.manifest.passages
        taken = min(most, count)
        offsets = [number * count // taken for number in range(taken)]
        return await self._locate(self._passages.take_offsets(offsets))

    async def locate(self, rows: list[int]) -> Located:
        """The passages of hits, in an index with vectors."""
        return await self._locate(self._passages.take_row_ids(rows))

    async def _locate(self, query: AsyncTakeQuery) -> Located:
        async with store_errors(READ_SECONDS):
            table = await query.with_row_id().select(["passage", "vector"]).to_arrow()
        vectors = table["vector"].combine_chunks().flatten().to_numpy()
        return Located(
            tuple(table["_rowid"].to_pylist()),
            tuple(to_passages(table)),
            vectors.reshape(len(table), -1),
        )

    async def document(self, path: str) -> DocumentRow | None:
        async with store_errors(READ_SECONDS):
            table = await (
                self._documents.query()
                .where(f"path = {quoted([path])}")
                .select(DOCUMENTS.names)
                .to_arrow()
            )
        return next((DocumentRow(**row) for row in table.to_pylist()), None)

    async def documents(self) -> list[DocumentRow]:
        """Every file the index knows, by path."""
        return sorted(await read_documents(self._documents), key=lambda row: row.path)


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


async def take_snapshot(connection: AsyncConnection, manifest: Manifest) -> Snapshot:
    """Raises IndexDamaged, StoreError."""
    try:
        passages = await open_table(connection, f"passages_{manifest.generation}")
        documents = await open_table(connection, f"documents_{manifest.generation}")
    except IndexMissing:
        raise IndexDamaged("A table of the index is missing.", REBUILD) from None
    async with store_errors(READ_SECONDS):
        await passages.checkout(manifest.passages_version)
        await documents.checkout(manifest.documents_version)
    return Snapshot(manifest, passages, documents)


async def read_documents(table: AsyncTable) -> list[DocumentRow]:
    async with store_errors(READ_SECONDS):
        read = await table.query().select(DOCUMENTS.names).to_arrow()
    return [DocumentRow(*row) for row in _rows(read, *DOCUMENTS.names)]


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
        passages=row["passages"],
        documents=row["documents"],
        vectors_trained=row["vectors_trained"],
        published_at=row["published_at"],
    )


def _find_refine_factor(passages: int, limit: int) -> int:
    """How many times `limit` candidates are compared again: the more passages, the more of them
    look alike by their bits (tests/benchmarks/scale.py)."""
    candidates = max(CANDIDATES, math.sqrt(passages) / 5)
    return max(2, round(candidates / limit))


def _rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))
