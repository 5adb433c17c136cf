"""One state of the index, for reading: whatever is written meanwhile, it stays the same."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from lancedb import AsyncConnection, AsyncTable
from lancedb.query import AsyncTakeQuery

from bot.errors import IndexDamaged, IndexMissing
from bot.nouns import NOTHING, Passage, Scope, Source
from bot.seams import Vectors
from bot.store.configuration import Manifest
from bot.store.connection import (
    READ_SECONDS,
    REBUILD,
    open_table,
    store_errors,
)
from bot.store.hits import KeywordHit, VectorHit, keep_inside
from bot.store.names import NameReader, Names
from bot.store.schema import (
    DOCUMENTS,
    DocumentRow,
    quoted,
    to_passages,
)
from bot.store.scoping import write_condition

# The vector index keeps one bit a dimension, in clusters. PROBES clusters are looked through, and
# at least CANDIDATES compared again by their full vectors.
PROBES = 40
CANDIDATES = 60
# Passages whose names are taken in together.
NAMES_AT_ONCE = 8192
# Scopes whose passages are counted for a snapshot.
COUNTED = 1000


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
        self._counts: dict[Scope, int] = {}

    async def count(self, scope: Scope) -> int:
        """Passages that the scope shows."""
        if scope.is_everything:
            return self.manifest.passages
        if scope not in self._counts:
            async with store_errors(READ_SECONDS):
                count = await self._passages.count_rows(write_condition(scope))
            if len(self._counts) >= COUNTED:
                self._counts.clear()
            self._counts[scope] = count
        return self._counts[scope]

    async def keyword(self, terms: str, limit: int, scope: Scope) -> list[KeywordHit]:
        """Passages in the scope that hold any of the blank-separated terms, by BM25 over all
        passages, best first."""
        if scope == NOTHING:
            return []
        query = self._passages.query().nearest_to_text(terms, columns=["terms"])
        columns = ["_score", "terms"]
        if not scope.is_everything:
            query, columns = query.where(write_condition(scope)), [*columns, "path"]
        async with store_errors(READ_SECONDS):
            table = await query.with_row_id().select(columns).limit(limit).to_arrow()
        return keep_inside([KeywordHit(*row) for row in _rows(table, "_rowid", *columns)], scope)

    async def nearest(
        self, vector: Vectors, limit: int, scope: Scope, *, exact: bool = False
    ) -> list[VectorHit]:
        """Passages in the scope by cosine similarity to a unit vector, best first. `exact` compares
        with every passage even where there is an index."""
        if scope == NOTHING:
            return []
        query = self._passages.query().nearest_to(vector).distance_type("cosine")
        columns = ["_distance"]
        if not scope.is_everything:
            query, columns = query.where(write_condition(scope)), [*columns, "path"]
        if exact:
            query = query.bypass_vector_index()
        elif self.manifest.vectors_trained:
            query = query.nprobes(PROBES)
            query = query.refine_factor(_find_refine_factor(self.manifest.passages, limit))
        async with store_errors(READ_SECONDS):
            table = await query.with_row_id().select(columns).limit(limit).to_arrow()
        hits = (
            VectorHit(row, 1 - distance, *path)
            for row, distance, *path in _rows(table, "_rowid", *columns)
        )
        return keep_inside(hits, scope)

    async def take(self, rows: list[int]) -> dict[int, Passage]:
        """The passages of hits, by row."""
        if not rows:
            return {}
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.take_row_ids(rows).with_row_id().select(["passage"]).to_arrow()
            )
        return dict(zip(table["_rowid"].to_pylist(), to_passages(table), strict=True))

    async def compared(self, rows: list[int]) -> dict[int, tuple[Passage, str]]:
        """The same, each with its terms."""
        if not rows:
            return {}
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.take_row_ids(rows)
                .with_row_id()
                .select(["passage", "terms"])
                .to_arrow()
            )
        pairs = zip(to_passages(table), table["terms"].to_pylist(), strict=True)
        return dict(zip(table["_rowid"].to_pylist(), pairs, strict=True))

    async def names(self, open_name: Callable[[str], str]) -> Names:
        """What all passages are called and mention. Of 100,000 it takes a second, most of it in
        threads."""
        reader = NameReader(open_name)
        async with store_errors(READ_SECONDS):
            batches = await (
                self._passages.query()
                .with_row_id()
                .select(["path", "called", "mentions"])
                .to_batches(max_batch_length=NAMES_AT_ONCE)
            )
            async for batch in batches:
                await asyncio.to_thread(reader.add, batch)
        return await asyncio.to_thread(reader.finish)

    async def passages_of(self, path: str) -> list[Passage]:
        async with store_errors(READ_SECONDS):
            table = await (
                self._passages.query()
                .where(f"path = {quoted([path])}")
                .select(["passage"])
                .to_arrow()
            )
        return sorted(to_passages(table), key=lambda passage: passage.ordinal)

    async def headings(self, limit: int, scope: Scope) -> list[Source]:
        """Where the first passages in the scope stand, with a passage for each heading, by path."""
        query = self._passages.query().where(write_condition(scope))
        async with store_errors(READ_SECONDS):
            table = await query.select(["passage"]).limit(limit).to_arrow()
        found = keep_inside((passage.source for passage in to_passages(table)), scope)
        found.sort(key=lambda source: (source.path, source.start))
        sources = {(one.path, one.heading_path): one for one in found}
        return list(sources.values())

    async def paths(self, scope: Scope) -> list[str]:
        """Of the documents in the scope, sorted."""
        query = self._documents.query().where(f"digest != '' AND {write_condition(scope)}")
        async with store_errors(READ_SECONDS):
            table = await query.select(["path"]).to_arrow()
        return sorted(path for path in table["path"].to_pylist() if scope.shows(path))

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


def _find_refine_factor(passages: int, limit: int) -> int:
    """How many times `limit` candidates are compared again: the more passages, the more of them
    look alike by their bits (tests/benchmarks/scale.py)."""
    candidates = max(CANDIDATES, math.sqrt(passages) / 5)
    return max(2, round(candidates / limit))


def _rows(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))
