"""Whether anybody is told of what is closed to them, and what keeping it from them costs.

    python -m tests.benchmarks.leaks cases [--cases 500] [--seed 1]
    python -m tests.benchmarks.leaks cost [--passages 50000] [--dimensions 256]

`cases`: random folders, rules, documents, people and conversations by the whole way of a message,
with a model that repeats all it is given (tests/leaks.py). A case is a violation if a word differs
from what is told where the closed documents do not exist, or if a secret of theirs is told after
the rules have changed. `cost`: searching as one who may see everything, all but one folder in ten,
one folder in ten, and one of a thousand folders; on passages like those of the benchmark `scale`.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bot.indexing.entries import RULES, make_entry
from bot.nouns import EVERYTHING, Passage, Scope, make_scope
from bot.search.searching import Search
from bot.store.configuration import Configuration
from bot.store.draft import open_draft
from bot.store.published import PublishedIndex
from bot.store.schema import DocumentRow
from tests.benchmarks.figures import milliseconds, print_table
from tests.benchmarks.scale import NextVector
from tests.benchmarks.synthetic import SyntheticText, SyntheticVectors, take
from tests.leaks import draw_world, find_leaks, make_people, may_see

BATCH = 10_000
FOLDERS = 1000
WARM_UP = 10


async def try_cases(cases: int, seed: int) -> list[str]:
    """Prints what was tried; the violations."""
    people = make_people()
    leaks: list[str] = []
    hidden = parted = 0
    for number in range(seed, seed + cases):
        world, person = draw_world(number), people[number % len(people)]
        seen = [may_see(one.path, world.rules, person.keys) for one in world.papers]
        hidden += not all(seen)
        parted += len(set(seen)) == 2
        with tempfile.TemporaryDirectory() as folder:
            found = await find_leaks(world, person, number, Path(folder))
        leaks += [f"{number}: {one}" for one in found[:1]]
    rows = [
        ("cases tried", cases),
        ("of them with closed documents", hidden),
        ("of them with open ones beside", parted),
        ("violations", len(leaks)),
    ]
    print_table("What is closed to somebody", ["figure", "count"], rows)
    return leaks


async def measure_cost(passages: int, dimensions: int, questions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await _build(folder, passages, dimensions)
        index = PublishedIndex(folder)
        drawn = SyntheticVectors(2, dimensions).draw((questions + WARM_UP) * len(_SCOPES))
        search = Search(index, NextVector(dimensions, drawn))
        text = SyntheticText(2)
        asked = [text.question(text.passage(n)) for n in range(questions + WARM_UP)]
        seconds: dict[str, list[float]] = {name: [] for name in _SCOPES}
        for question in asked:  # in turns, so that a busy machine is busy for all of them
            for name, scope in _SCOPES.items():
                started = time.perf_counter()
                await search.search(question, scope=scope)
                seconds[name].append(time.perf_counter() - started)
        index.close()
    rows = [(name, milliseconds(values[WARM_UP:])) for name, values in seconds.items()]
    print_table(f"{passages:,} passages x {dimensions}", ["who may see", "p50 / p95 ms"], rows)


def _close(numbers: Iterable[int]) -> Scope:
    return make_scope({f"f{number:04}/": False for number in numbers})


def _open(numbers: Iterable[int]) -> Scope:
    return make_scope({"": False, **{f"f{number:04}/": True for number in numbers}})


_SCOPES = {
    "everything": EVERYTHING,
    "all but one folder": _close([7]),
    "all but every tenth folder": _close(range(0, FOLDERS, 10)),
    "every tenth folder": _open(range(0, FOLDERS, 10)),
    "one folder": _open([7]),
}


async def _build(folder: str, passages: int, dimensions: int) -> None:
    text, vectors = SyntheticText(1), SyntheticVectors(1, dimensions)
    configuration = Configuration(f"synthetic {dimensions}", dimensions, RULES)
    async with open_draft(folder, configuration, None) as draft:
        for start in range(0, passages, BATCH):
            numbers = range(start, min(start + BATCH, passages))
            made = [_place(one) for one in take(numbers, text)]
            paths = sorted({one.source.path for one in made})
            rows = [DocumentRow(path, path, "", "markdown", 20) for path in paths]
            entries = [make_entry(one) for one in made]
            await draft.write(entries, vectors.draw(len(made)), rows)
        await draft.publish()


def _place(passage: Passage) -> Passage:
    """The documents in turn in each of the folders."""
    number = int(passage.source.path.removesuffix(".md"))
    path = f"f{number % FOLDERS:04}/{passage.source.path}"
    return replace(passage, source=replace(passage.source, path=path))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["cases", "cost"])
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passages", type=int, default=50_000)
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--questions", type=int, default=100)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)  # broken rule files are part of it
    if chosen.what == "cost":
        asyncio.run(measure_cost(chosen.passages, chosen.dimensions, chosen.questions))
    elif leaks := asyncio.run(try_cases(chosen.cases, chosen.seed)):
        raise SystemExit("\n".join(leaks))


if __name__ == "__main__":
    main()
