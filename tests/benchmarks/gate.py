"""Fits the evidence gate on some question sets and shows how it carries over to others.

    python -m tests.benchmarks.gate --fit SET [SET ...] [--check SET ...] [--index FOLDER]

A set is a folder with `docs/` and `questions.jsonl` that says which questions are answerable. The
figures of each question come from the real search; the numbers printed are those that
bot/search/gate.py carries, once for searches with vectors and once without. Last comes what the
gate as it stands makes of every set.
"""

import argparse
import asyncio
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy
from numpy.typing import NDArray

from bot.evaluation import Measured, measure, refusal
from bot.indexing.librarian import Librarian
from bot.models.local_embedding import LocalEmbedder
from bot.nouns import Mode
from bot.question_file import read_questions
from bot.search.searching import Search
from bot.store.published import PublishedIndex
from tests.benchmarks.figures import print_table

Matrix = NDArray[numpy.float64]
FIGURES = ["constant", "strength", "coverage", "lead"]
STEPS = 50
RIDGE = 1e-6


async def ask_set(folder: Path, index: Path) -> list[Measured]:
    embedder = LocalEmbedder()
    uri = str(index / f"{folder.name}-local")
    await Librarian(folder / "docs", uri, embedder).index()
    published = PublishedIndex(uri)
    questions = [
        one for one in read_questions(folder / "questions.jsonl") if one.answerable is not None
    ]
    search = Search(published, embedder)
    measured = [one async for one in measure(search, questions, Mode.HYBRID, 10)]
    published.close()
    return measured


def fit(measured: Sequence[Measured], names: Sequence[str]) -> list[float]:
    """Constant and weights of a logistic regression with a small ridge, by Newton's method."""
    rows = [[_figure(one, name) for name in names] for one in measured]
    figures = numpy.column_stack([numpy.ones(len(rows)), numpy.array(rows)])
    wanted = numpy.array([float(bool(one.question.answerable)) for one in measured])
    weights: Matrix = numpy.zeros(figures.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + numpy.exp(-figures @ weights))
        slope = figures.T @ (chance - wanted) / len(wanted) + RIDGE * weights
        spread = (figures * (chance * (1 - chance))[:, None]).T @ figures / len(wanted)
        weights = weights - numpy.linalg.solve(spread + RIDGE * numpy.eye(len(weights)), slope)
    return [float(weight) for weight in weights]


def _figure(one: Measured, name: str) -> float:
    value = one.evidence.features[name]
    return {
        "strength": lambda: math.log(value + 0.02),
        "coverage": lambda: math.log(value + 0.05),
        "lead": lambda: value,
    }[name]()


async def show(fitted: list[Path], checked: list[Path], index: Path) -> None:
    sets = {folder: await ask_set(folder, index) for folder in (*fitted, *checked)}
    together = [one for folder in fitted for one in sets[folder]]
    rows = []
    for names in (FIGURES[1:], FIGURES[1:3]):
        numbers = fit(together, names)
        shown = dict(zip(("constant", *names), numbers, strict=True))
        rows.append(
            [
                f"{shown.get(name, math.nan):.2f}"
                for name in ("constant", "strength", "coverage", "lead")
            ]
        )
    print_table("fitted", ["constant", "log strength", "log coverage", "lead"], rows)
    rows = []
    for folder, measured in sets.items():
        gate = refusal(measured)
        if gate is not None:
            part = "fitted" if folder in fitted else "checked"
            shares = (gate.auc, gate.refused_right, gate.refused_wrong)
            rows.append([folder.name, part, *(f"{share:.4f}" for share in shares)])
    print_table("as shipped", ["set", "", "auc", "refused right", "refused wrong"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fit", nargs="+", type=Path, required=True)
    parser.add_argument("--check", nargs="*", type=Path, default=[])
    parser.add_argument("--index", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(show(chosen.fit, chosen.check, chosen.index or Path(folder)))


if __name__ == "__main__":
    main()
