"""Gives every passage its vector, embedding only texts that the index has no vector for."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy

from bot.errors import ModelRejected, OpenbookError
from bot.seams import Embedder, Vectors
from bot.store.draft import Draft
from bot.store.schema import Entry

# Small enough for a progress bar that moves, several at once for servers that take their time.
SLICE = 250
PARALLEL = 4


class VectorSource:
    """Vectors for entries: from the index where it has them, else from the embedder.

    `embedded` and `tokens` count what had to be embedded. With `dry_run` nothing is embedded,
    only counted.
    """

    def __init__(self, embedder: Embedder | None, draft: Draft, *, dry_run: bool) -> None:
        self._embedder = embedder
        self._draft = draft
        self._dry_run = dry_run
        self._counted: set[str] = set()
        self.embedded = 0
        self.tokens = 0

    @property
    def price(self) -> float | None:
        """Dollars, None if the price of the model is unknown."""
        if self._embedder is None or not self.tokens:
            return 0.0
        per_million = self._embedder.price_per_million
        return None if per_million is None else per_million * self.tokens / 1e6

    async def vectors(
        self, entries: Sequence[Entry], advance: Callable[[float], None]
    ) -> Vectors | None:
        """One row an entry; None without an embedder. `advance` is told the share that is done.
        Raises ModelError."""
        if self._embedder is None:
            return None
        texts = {entry.embedding_digest: entry.passage.text_in_context for entry in entries}
        known = await self._draft.vectors(list(texts))
        missing = [digest for digest in texts if digest not in known]
        new = [digest for digest in missing if digest not in self._counted]
        self._counted.update(new)
        self.embedded += len(new)
        count = self._embedder.count
        self.tokens += await asyncio.to_thread(lambda: sum(count(texts[one]) for one in new))
        if self._dry_run:
            return None
        dimensions = self._draft.configuration.dimensions
        embedded = await _embed(self._embedder, {d: texts[d] for d in missing}, advance)
        _check_dimensions(embedded, dimensions)
        known |= embedded
        rows = [known[entry.embedding_digest] for entry in entries]
        return numpy.stack(rows) if rows else numpy.empty((0, dimensions), numpy.float32)


def _check_dimensions(embedded: Mapping[str, Vectors], wanted: int) -> None:
    """Raises ModelRejected if an embedder of the same name now gives vectors of another length."""
    for vector in embedded.values():
        if len(vector) != wanted:
            raise ModelRejected(
                f"The embedder now gives vectors of {len(vector)} dimensions, and the index holds"
                f" vectors of {wanted}.",
                "Run `openbook index --rebuild`, or choose the embedder that it was built with.",
            )


async def _embed(
    embedder: Embedder, texts: dict[str, str], advance: Callable[[float], None]
) -> dict[str, Vectors]:
    digests = list(texts)
    found: dict[str, Vectors] = {}
    turn = asyncio.Semaphore(PARALLEL)

    async def embed(some: list[str]) -> None:
        async with turn:
            rows = await embedder.embed_passages([texts[digest] for digest in some])
        found.update(zip(some, rows, strict=True))
        advance(len(found) / len(digests))

    try:
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(digests), SLICE):
                group.create_task(embed(digests[start : start + SLICE]))
    except* OpenbookError as failures:
        raise failures.exceptions[0] from None
    return found
