"""Openbook for `tests.benchmarks.peers`: the librarian and the search that answers use."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy

from bot.indexing.librarian import Librarian
from bot.models.tokens import estimate_tokens
from bot.nouns import EVERYTHING, Mode
from bot.seams import Vectors as Rows
from bot.search.searching import Search as OpenbookSearch
from bot.store.published import PublishedIndex
from tests.benchmarks.peer_programs.harness import LIMIT, Found, Search, Vectors, run

DIMENSIONS = 8


class Recorder:
    """Notes what it should embed, and gives anything."""

    price_per_million = 0.0
    identity = "recorder"

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def dimensions(self) -> int:
        return DIMENSIONS

    def count(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Rows:
        self.texts += texts
        return numpy.full((len(texts), DIMENSIONS), DIMENSIONS**-0.5, numpy.float32)

    async def embed_query(self, text: str) -> Rows:
        return (await self.embed_passages([text]))[0]


class Known:
    """An embedder of texts whose vectors are known."""

    price_per_million = 0.0

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.identity = vectors.name

    async def dimensions(self) -> int:
        return self._vectors.dimensions

    def count(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Rows:
        return numpy.array([self._vectors.find(text) for text in texts], numpy.float32)

    async def embed_query(self, text: str) -> Rows:
        return numpy.array(self._vectors.find(text), numpy.float32)


class Openbook:
    def list_texts(self, folder: Path) -> list[str]:
        recorder = Recorder()
        with TemporaryDirectory() as store:
            asyncio.run(Librarian(folder, store, recorder).index())
        return recorder.texts

    def index(self, folder: Path, store: Path, vectors: Vectors) -> int:
        report = asyncio.run(Librarian(folder, str(store), Known(vectors)).index())
        return report.passages

    def open(self, store: Path, vectors: Vectors) -> Mapping[str, Search]:
        runner = asyncio.Runner()
        search = OpenbookSearch(PublishedIndex(str(store)), Known(vectors))

        def make(mode: Mode) -> Search:
            def ask(question: str) -> list[Found]:
                found = search.search(question, scope=EVERYTHING, mode=mode, limit=LIMIT)
                result = runner.run(found)
                return [(one.source.path, one.text) for one in result.passages]

            return ask

        return {mode.value: make(mode) for mode in (Mode.VECTOR, Mode.HYBRID)}


if __name__ == "__main__":
    run(Openbook())
