"""A small embedder that really works: texts that share characters get similar vectors."""

import asyncio
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.models.tokens import estimate_tokens
from bot.seams import Vectors

LONGEST_GRAM = 4


class HashingEmbedder:
    """Hashes the character n-grams of a text into a vector, the same everywhere and always.

    `texts` are all passages that it embedded, in `calls` calls. With `failure` set, it raises that
    once it has answered `calls_before_failure` more calls. Each call takes `delay` seconds and
    waits while `closed`; `waiting` tells when one does.
    """

    def __init__(
        self,
        identity: str = "hashing 1",
        dimensions: int = 64,
        *,
        price: float | None = 0.5,
        delay: float = 0.0,
    ) -> None:
        self.identity = identity
        self.price_per_million = price
        self.delay = delay
        self.failure: ModelError | None = None
        self.calls_before_failure = 0
        self.closed = False
        self.waiting = asyncio.Event()
        self._opened = asyncio.Event()
        self.calls = 0
        self.texts: list[str] = []
        self._dimensions = dimensions

    async def dimensions(self) -> int:
        return self._dimensions

    def count(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        await self._work()
        self.calls += 1
        self.texts += texts
        return numpy.stack([self.embed(text) for text in texts])

    async def embed_query(self, text: str) -> Vectors:
        await self._work()
        return self.embed(text)

    def embed(self, text: str) -> Vectors:
        codes = numpy.frombuffer(text.casefold().encode("utf-32-le", "replace"), numpy.uint32)
        vector = numpy.zeros(self._dimensions)
        for length in range(1, LONGEST_GRAM + 1):
            hashed = _hash_grams(codes.astype(numpy.uint64), length)
            signs = numpy.where(hashed & 1, length, -length)
            vector += numpy.bincount(hashed // 2 % self._dimensions, signs, self._dimensions)
        size = float(numpy.linalg.norm(vector))
        if not size:
            vector[0] = size = 1.0
        return (vector / size).astype(numpy.float32)

    def open(self) -> None:
        self.closed = False
        self._opened.set()

    async def _work(self) -> None:
        await asyncio.sleep(self.delay)
        if self.closed:
            self.waiting.set()
            await self._opened.wait()
        if self.failure is not None:
            if self.calls_before_failure == 0:
                raise self.failure
            self.calls_before_failure -= 1


def _hash_grams(codes: NDArray[numpy.uint64], length: int) -> NDArray[numpy.int64]:
    """A number below 2 ** 31 for each run of `length` characters."""
    hashed = numpy.zeros(max(0, len(codes) - length + 1), numpy.uint64)
    for offset in range(length):
        hashed = (hashed * numpy.uint64(1_000_003)) ^ codes[offset : offset + len(hashed)]
        hashed = (hashed * numpy.uint64(0x9E3779B1)) & numpy.uint64(0xFFFFFFFF)
    return (hashed >> numpy.uint64(1)).astype(numpy.int64)
