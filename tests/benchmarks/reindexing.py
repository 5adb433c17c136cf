"""Questions while the index is brought up to date, in the same process and in one apart.

    python -m tests.benchmarks.reindexing [--files 200] [--embedder local]

A made-up folder is indexed; then questions are asked at a fixed pace with nothing else going on and
during runs of each kind, by turns; a run takes in as many new files again. No language model: an
answer is the search, the gate and sentences of the documents. A question is timed from the moment
at which it was due, so that an event loop that is late counts.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from bot.answering.engine import last_answer
from bot.evaluation import percentile
from bot.nouns import EVERYTHING, Question
from bot.reindexing import Indexer
from bot.settings import Settings
from bot.wiring import Parts, open_parts
from tests.benchmarks.figures import milliseconds, print_table
from tests.benchmarks.synthetic import SyntheticText

IDLE, SAME, APART = "nothing", "a run in the same process", "a run in a process apart"
WAYS = (IDLE, SAME, APART)


def write_files(root: Path, first: int, count: int) -> None:
    text = SyntheticText(first)
    for number in range(first, first + count):
        path = root / f"{number:05}.md"
        sections = [f"## Part {part}\n\n{text.passage(number + part)}\n" for part in range(4)]
        path.write_text(f"# File {number}\n\n" + "\n".join(sections), encoding="utf-8")


async def ask_during(parts: Parts, pace: float, work: Awaitable[object]) -> list[float]:
    """Seconds to each answer while `work` goes on."""
    text = SyntheticText(5)
    running = asyncio.ensure_future(work)
    asking: list[asyncio.Task[float]] = []
    due = time.perf_counter()
    while not running.done():
        question = text.question(text.passage(len(asking)))
        asking.append(asyncio.create_task(_time_answer(parts, question, due)))
        due += pace
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    running.result()
    return await asyncio.gather(*asking)


async def _time_answer(parts: Parts, question: str, due: float) -> float:
    await last_answer(parts.engine.answer(Question(question, scope=EVERYTHING)))
    return time.perf_counter() - due


async def measure(settings: Settings, files: int, pace: float, rounds: int) -> None:
    waits: dict[str, list[float]] = {name: [] for name in WAYS}
    lasted: dict[str, list[float]] = {name: [] for name in WAYS}
    async with open_parts(settings, apart=True) as parts:
        write_files(settings.knowledge, 0, files)
        await parts.indexer.index()
        await ask_during(parts, pace, asyncio.sleep(3))  # warms everything up
        for number in range(rounds * len(WAYS)):
            name = WAYS[number % len(WAYS)]
            if name != IDLE:
                write_files(settings.knowledge, (number + 1) * files, files)
            begun = time.perf_counter()
            waits[name] += await ask_during(parts, pace, work(name, parts))
            lasted[name].append(time.perf_counter() - begun)
    idle = waits[IDLE]
    rows = []
    for name in WAYS:
        ratios = [percentile(waits[name], at) / percentile(idle, at) for at in (0.5, 0.95)]
        ratio = " / ".join(f"{one:.1f}" for one in ratios)
        took = f"{percentile(lasted[name], 0.5):.1f}"
        rows.append((name, took, len(waits[name]), milliseconds(waits[name]), ratio))
    print_table(
        f"{files:,} files more in each run, embedder {settings.embedder}, a question each"
        f" {pace * 1000:.0f} ms",
        ["meanwhile", "it took s", "questions", "answer p50 / p95 ms", "times idle"],
        rows,
    )


async def work(name: str, parts: Parts) -> None:
    if name == IDLE:
        await asyncio.sleep(10)
        return
    indexer: Indexer = parts.indexer if name == APART else parts.librarian
    await indexer.index()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, help="all kinds take turns")
    parser.add_argument("--embedder", default="local")
    parser.add_argument("--pace", type=float, default=0.2, help="seconds between questions")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "knowledge"
        root.mkdir()
        values = {
            "OPENBOOK_KNOWLEDGE": root,
            "OPENBOOK_INDEX": str(Path(folder) / "index"),
            "OPENBOOK_EMBEDDER": chosen.embedder,
        }
        settings = Settings.model_validate(values)
        asyncio.run(measure(settings, chosen.files, chosen.pace, chosen.rounds))


if __name__ == "__main__":
    main()
