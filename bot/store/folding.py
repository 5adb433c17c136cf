"""Keeps the tables of a generation quick to search: folds new rows into their indices.

Rows outside an index are searched one by one, and each run leaves a fragment of its own that every
question has to open. Folding costs seconds in a large index, so it waits until there are enough of
either. Readers notice nothing: they use the published versions until the manifest is replaced.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from lancedb import AsyncTable
from lancedb.index import FTS, IvfRq

from bot.store.configuration import Manifest

# How terms are indexed: they come cut, blank between them, and words are still to be stemmed.
KEYWORDS = FTS(base_tokenizer="whitespace", stem=True, remove_stop_words=False)
# Exact vector search takes some 3 ms a million numbers (tests/benchmarks/scale.py).
EXACT_NUMBERS = 5_000_000
# So many rows outside the indices cost a question 1 ms, and so many fragments 2 ms.
UNFOLDED_ROWS = 25
UNFOLDED_FRAGMENTS = 5
# Each folding adds a segment to the vector index; so many cost a question 2 ms.
MOST_SEGMENTS = 8
# Every commit leaves files behind. They are cleared away when so many more versions are there.
CLEARED_VERSIONS = 100


class Folding:
    """`published` is what readers use: if this generation is theirs, its versions are kept."""

    def __init__(
        self, passages: AsyncTable, documents: AsyncTable, published: Manifest | None
    ) -> None:
        self._passages = passages
        self._tables = {
            passages: published.passages_version if published else 0,
            documents: published.documents_version if published else 0,
        }
        self._trained = published.vectors_trained if published else 0

    async def fold(self, passages: int, dimensions: int, keep: timedelta) -> int:
        """Returns the number of passages that the vector index is trained on, 0 without one.
        Clears away what is older than `keep` and than the versions in use."""
        await self._train(passages, dimensions)
        unfolded = max(
            (index.num_unindexed_rows or 0 for index in await self._passages.list_indices()),
            default=0,
        )
        if 2 * unfolded > passages:
            # Much quicker to search than one that was put together piece by piece.
            await self._passages.create_index("terms", config=KEYWORDS)
        if (
            unfolded > UNFOLDED_ROWS
            or await self._count_unfolded_fragments() > UNFOLDED_FRAGMENTS
            or await self._has_many_versions()
        ):
            for table, version in self._tables.items():
                age = await _find_age(table, version)
                await table.optimize(cleanup_older_than=max(keep, age))
        return self._trained

    async def _train(self, passages: int, dimensions: int) -> None:
        if passages * dimensions <= EXACT_NUMBERS:
            return
        fits = self._trained / 2 <= passages <= self._trained * 2
        if not fits or await self._count_segments() > MOST_SEGMENTS:
            await self._passages.create_index("vector", config=IvfRq(distance_type="cosine"))
            self._trained = passages

    async def _count_segments(self) -> int:
        indices = await self._passages.list_indices()
        return max((index.num_segments or 0 for index in indices), default=0)

    async def _count_unfolded_fragments(self) -> int:
        """Folded rows are in one fragment for each segment of the vector index, and in more of
        them only where these are large."""
        statistics: Any = await self._passages.stats()  # a dictionary, whatever its type says
        fragments: int = statistics["fragment_stats"]["num_small_fragments"]
        return fragments - await self._count_segments()

    async def _has_many_versions(self) -> bool:
        return any(
            [
                await table.version() // CLEARED_VERSIONS > version // CLEARED_VERSIONS
                for table, version in self._tables.items()
            ]
        )


async def _find_age(table: AsyncTable, version: int) -> timedelta:
    """How long ago the version was made, rounded up; nothing if there is no such version."""
    for one in await table.list_versions():
        if one["version"] == version:
            made: datetime = one["timestamp"]
            return datetime.now(UTC) - made.astimezone(UTC) + timedelta(minutes=1)
    return timedelta(0)
