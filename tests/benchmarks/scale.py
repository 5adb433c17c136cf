"""Search at scale: time, recall and memory of hybrid search over synthetic passages.

    python -m tests.benchmarks.scale build FOLDER --passages 100000
    python -m tests.benchmarks.scale query FOLDER

Two steps, so that the memory shown is that of searching alone. Passages are drawn from a made-up
vocabulary whose words are as unevenly frequent as those of real languages, a quarter of them in
Chinese characters; vectors are unit vectors in 2,000 clusters. Questions are words of a passage
among words of others, with a vector from the clusters. The query's embedding is not part of the
time. `build` ends with a small change, as an index run does, so that `query` meets rows that are
not yet folded into an index.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence

import numpy

from bot.indexing.entries import RULES, make_entry
from bot.nouns import EVERYTHING
from bot.seams import Vectors
from bot.search.graph import Graph
from bot.search.names import mention_names, open_name, own_names
from bot.search.searching import DEPTH, Search
from bot.store.configuration import Configuration
from bot.store.draft import Draft, open_draft
from bot.store.folding import UNFOLDED_ROWS
from bot.store.generations import read_published
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow
from bot.store.snapshot import Snapshot
from tests.benchmarks.figures import milliseconds, peak_megabytes, print_table
from tests.benchmarks.synthetic import SyntheticText, SyntheticVectors, take

BATCH = 10_000


class NextVector:
    """An embedder that hands out vectors made before: embedding is not what is measured."""

    price_per_million: float | None = 0.0

    def __init__(self, dimensions: int, vectors: Vectors) -> None:
        self.identity = f"synthetic {dimensions}"
        self._vectors = iter(vectors)

    async def dimensions(self) -> int:
        return int(self.identity.split()[1])

    def count(self, text: str) -> int:
        return len(text) // 4

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError

    async def embed_query(self, text: str) -> Vectors:
        return next(self._vectors)


async def build(folder: str, passages: int, dimensions: int) -> None:
    text, vectors = SyntheticText(1), SyntheticVectors(1, dimensions)
    configuration = Configuration(f"synthetic {dimensions}", dimensions, RULES)
    started = time.perf_counter()
    async with open_draft(folder, configuration, await read_published(folder)) as draft:
        for start in range(0, passages, BATCH):
            numbers = range(start, min(start + BATCH, passages))
            await _write(draft, numbers, text, vectors)
        written = time.perf_counter()
        await draft.publish()
    folded = time.perf_counter()
    async with open_draft(folder, configuration, await read_published(folder)) as draft:
        await _write(draft, range(passages, passages + UNFOLDED_ROWS), text, vectors)
        await draft.publish()
    more = time.perf_counter()
    names = await asyncio.to_thread(_time_names, min(passages, BATCH), text)
    rows = [
        ("write", f"{written - started:.1f} s"),
        ("of it finding names", f"{names * passages:.1f} s"),
        ("fold and publish", f"{folded - written:.1f} s"),
        (f"{UNFOLDED_ROWS} passages more", f"{more - folded:.1f} s"),
    ]
    print_table(f"{passages:,} passages x {dimensions}: building", ["step", "time"], rows)


async def query(folder: str, questions: int) -> None:
    index = PublishedIndex(folder)
    snapshot = await index.snapshot()
    manifest = snapshot.manifest
    dimensions = manifest.configuration.dimensions
    text, vectors = SyntheticText(2), SyntheticVectors(2, dimensions).draw(questions + 10)
    search = Search(index, NextVector(dimensions, vectors))
    asked = [text.question(text.passage(number)) for number in range(questions + 10)]
    seconds: dict[str, list[float]] = {}
    for question in asked:
        started = time.perf_counter()
        result = await search.search(question, scope=EVERYTHING)
        seconds.setdefault("hybrid", []).append(time.perf_counter() - started)
        for stage, duration in result.seconds.items():
            seconds.setdefault(stage, []).append(duration)
    memory = peak_megabytes()
    making, held = await _make_graph(snapshot)
    recall = await _recall(snapshot, vectors[: min(questions, 50)])
    rows = [(stage, milliseconds(values[10:])) for stage, values in seconds.items()]
    rows += [("recall@10 of exact", f"{recall:.3f}"), ("peak memory", f"{memory:.0f} MB")]
    rows += [("making the graph", f"{making:.2f} s"), ("its arrays", f"{held:.0f} MB")]
    print_table(
        f"{manifest.passages:,} passages x {dimensions}: searching",
        ["figure", "p50 / p95 ms"],
        rows,
    )


async def _write(
    draft: Draft, numbers: range, text: SyntheticText, vectors: SyntheticVectors
) -> None:
    passages = take(numbers, text)
    paths = sorted({passage.source.path for passage in passages})
    documents = [DocumentRow(path, path, "", "markdown", 20) for path in paths]
    await draft.write(
        [make_entry(passage) for passage in passages], vectors.draw(len(passages)), documents
    )


def _time_names(count: int, text: SyntheticText) -> float:
    """Seconds a passage."""
    passages = take(range(count), text)
    started = time.perf_counter()
    for passage in passages:
        mention_names(passage, own_names(passage))
    return (time.perf_counter() - started) / count


async def _make_graph(snapshot: Snapshot) -> tuple[float, float]:
    """Seconds that making the graph takes, and the megabytes it holds."""
    started = time.perf_counter()
    graph = Graph(await snapshot.names(open_name))
    seconds = time.perf_counter() - started
    arrays = [value for value in vars(graph).values() if isinstance(value, numpy.ndarray)]
    return seconds, sum(array.nbytes for array in arrays) / (1 << 20)


async def _recall(snapshot: Snapshot, vectors: Vectors) -> float:
    """The share of the ten nearest passages that are the first ten which search goes by."""
    shares = []
    for vector in vectors:
        exact = {hit.row for hit in await snapshot.nearest(vector, 10, EVERYTHING, exact=True)}
        found = [hit.row for hit in await snapshot.nearest(vector, DEPTH, EVERYTHING)][:10]
        shares.append(len(exact & set(found)) / 10)
    return sum(shares) / len(shares)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("step", choices=["build", "query"])
    parser.add_argument("folder", help="of the index that is built, new or empty")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--questions", type=int, default=200)
    chosen = parser.parse_args()
    if chosen.step == "build":
        asyncio.run(build(chosen.folder, chosen.passages, chosen.dimensions))
    else:
        asyncio.run(query(chosen.folder, chosen.questions))


if __name__ == "__main__":
    main()
