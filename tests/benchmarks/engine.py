"""What the engine adds to a question, and how late text reaches the caller.

    python -m tests.benchmarks.scale build FOLDER
    python -m tests.benchmarks.engine FOLDER

Embedding is left out (vectors are made before) and so is the model: a scripted one writes an
answer with marks, once at once to show what the engine adds, once at 100 pieces a second to show
how long after a character left the model it reached the caller.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence

from bot.answering.engine import Engine
from bot.models.tokens import load_counter
from bot.nouns import EVERYTHING, Done, Found, Outcome, Question, Text, Turn
from bot.seams import ModelEnd, ModelText, Prompt, Rewritten
from bot.search.searching import Search
from bot.store.published import PublishedIndex
from tests.benchmarks.figures import milliseconds, print_table
from tests.benchmarks.scale import NextVector
from tests.benchmarks.synthetic import SyntheticText, SyntheticVectors

PIECES = ["The ", "answer ", "is ", "in ", "pieces ", "[1]", ". ", "它", "有", "来源", "[2]", "。"]
WARM_UP = 10


class ScriptedModel:
    """Writes the same answer each time, `pause` seconds before each piece, and notes when each
    character left it."""

    name = "scripted"
    window = 128_000

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self.left: list[float] = []

    async def reply(self, prompt: Prompt) -> AsyncIterator[ModelText | ModelEnd]:
        self.left = []
        for piece in PIECES * 3:
            if self._pause:
                await asyncio.sleep(self._pause)
            self.left += [time.perf_counter()] * len(piece)
            yield ModelText(piece)
        yield ModelEnd()

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        return Rewritten(question)


async def measure(folder: str, questions: int) -> None:
    index = PublishedIndex(folder)
    manifest = (await index.snapshot()).manifest
    dimensions = manifest.configuration.dimensions
    count = questions + WARM_UP
    text, vectors = SyntheticText(5), SyntheticVectors(5, dimensions)
    asked = [text.question(text.passage(number)) for number in range(count)]
    rows = []
    for title, pause, few in (("engine adds, in all", 0.0, count), ("text is late by", 0.01, 20)):
        model = ScriptedModel(pause)
        search = Search(index, NextVector(dimensions, vectors.draw(few)))
        engine = Engine(search, model, load_counter("gpt-6-luna"))
        added: list[float] = []
        before: list[float] = []
        late: list[float] = []
        for question in asked[:few]:
            await _ask(engine, model, question, added, before, late)
        rows.append((title, milliseconds(late if pause else added[WARM_UP:])))
        if not pause:
            rows.append(("of it searching", milliseconds(before[WARM_UP:])))
    index.close()
    print_table(f"{manifest.passages:,} passages x {dimensions}", ["figure", "p50 / p95 ms"], rows)


async def _ask(
    engine: Engine,
    model: ScriptedModel,
    question: str,
    added: list[float],
    before: list[float],
    late: list[float],
) -> None:
    started = time.perf_counter()
    shown = 0
    async for event in engine.answer(Question(question, scope=EVERYTHING)):
        now = time.perf_counter()
        match event:
            case Found():
                before.append(now - started)
            case Text(delta):
                late += [now - left for left in model.left[shown : shown + len(delta)]]
                shown += len(delta)
            case Done(answer) if answer.outcome is Outcome.ANSWERED:
                added.append(now - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", help="the index made by tests.benchmarks.scale")
    parser.add_argument("--questions", type=int, default=100)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.folder, chosen.questions))


if __name__ == "__main__":
    main()
