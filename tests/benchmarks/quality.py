"""Search and refusal on question sets, all modes side by side, hybrid without the graph among them.

    python -m tests.benchmarks.quality SET [SET ...] [--embedder local|e5|none] [--index FOLDER]

A set is a folder with `docs/` and `questions.jsonl`, as `openbook eval` takes them. Indexes are
kept in `--index`, so that a second run need not embed again; without it they are thrown away.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.evaluation import ANSWER_PASSAGES, all_hit, summarise
from bot.evaluation import measure as ask_all
from bot.indexing.librarian import Librarian
from bot.models.embedding import build_embedder
from bot.nouns import Mode, Passage
from bot.question_file import read_questions
from bot.search.fusion import Candidate
from bot.search.searching import Search
from bot.settings import Settings
from bot.store.published import PublishedIndex
from bot.store.snapshot import Snapshot
from tests.benchmarks.figures import print_table

VECTORLESS = (Mode.KEYWORD, Mode.GRAPH)
ALONE = (Mode.KEYWORD, Mode.VECTOR, Mode.GRAPH, Mode.HYBRID)  # without a reranker
FIGURES = ["recall@1", "recall@5", "all@5", "mrr@10"]


class Unlinked(Search):
    """Searches that follow no links: what hybrid search is without the graph."""

    async def _follow_links(
        self,
        snapshot: Snapshot,
        query: str,
        ranked: Sequence[Candidate],
        found: dict[int, Passage],
        mode: Mode,
        legs: object,
    ) -> list[Candidate]:
        return list(ranked)


async def measure_set(folder: Path, embedder_name: str, index: str) -> None:
    embedder = build_embedder(Settings.model_validate({"OPENBOOK_EMBEDDER": embedder_name}))
    started = time.perf_counter()
    report = await Librarian(folder / "docs", index, embedder).index()
    seconds = time.perf_counter() - started
    questions = read_questions(folder / "questions.jsonl")
    published = PublishedIndex(index)
    search = Search(published, embedder)
    runs = [(mode.value, mode, search) for mode in (ALONE if embedder else VECTORLESS)]
    if embedder:
        runs.append(("hybrid, unlinked", Mode.HYBRID, Unlinked(published, embedder)))
    rows = []
    for name, mode, asked in runs:
        measured = [one async for one in ask_all(asked, questions, mode, 10)]
        figures = summarise(measured, mode)
        refusal = figures["refusal"] or {}
        rows.append(
            [
                name,
                *(_shown(figures[name]) for name in FIGURES),
                _shown(all_hit(measured, ANSWER_PASSAGES)),
                *(_shown(refusal.get(name)) for name in ("auc", "refused_right", "refused_wrong")),
                f"{figures['milliseconds']['p50']:.0f}",
            ]
        )
    published.close()
    speed = f"{report.embedded} embedded, {report.embedded / seconds:.0f} a second"
    print_table(
        f"{folder.name}, embedder {embedder_name}: {report.passages} passages, {speed}",
        [
            "mode",
            *FIGURES,
            f"all@{ANSWER_PASSAGES}",
            "auc",
            "refused right",
            "refused wrong",
            "p50 ms",
        ],
        rows,
    )


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


async def measure_sets(folders: list[Path], embedder: str, index: Path) -> None:
    for folder in folders:
        await measure_set(folder, embedder, str(index / f"{folder.name}-{embedder}"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--embedder", default="local", choices=["local", "e5", "none"])
    parser.add_argument("--index", type=Path)
    chosen = parser.parse_args()
    if chosen.index:
        asyncio.run(measure_sets(chosen.sets, chosen.embedder, chosen.index))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure_sets(chosen.sets, chosen.embedder, Path(folder)))


if __name__ == "__main__":
    main()
