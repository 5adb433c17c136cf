"""`openbook eval`: question files measured, compared with an earlier run, and made of feedback."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adapters.terminal import make_console
from bot.chart import draw_chart
from bot.cli.drawing import draw
from bot.cli.figures import show_comparisons, show_figures
from bot.cli.guard import complain
from bot.cli.progress import ProgressBar
from bot.cli.shapes import print_json
from bot.comparison import (
    Comparison,
    Earlier,
    compare,
    read_earlier,
    shape_comparison,
)
from bot.drawing.saving import check_picture
from bot.errors import QuestionFileError
from bot.evaluation import Measured, detail, measure, summarise
from bot.feedback import make_questions
from bot.nouns import Mode
from bot.question_file import read_questions, write_line
from bot.reports import Progress
from bot.settings import read_settings
from bot.wiring import Parts, open_parts


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure, and which files to read and write besides. No `modes`: all of them."""

    questions: Path
    modes: Sequence[Mode]
    limit: int
    details: Path | None
    earlier: Path | None
    plot: Path | None


async def show_evaluation(request: Request, as_json: bool) -> int:
    alone = request.modes[0] if len(request.modes) == 1 else ""
    earlier = read_earlier(request.earlier, alone) if request.earlier else []
    if request.plot:
        check_picture(request.plot, (".svg", ".png"))
    runs = await _measure(request)
    figures = [summarise(measured, mode) for mode, measured in runs.items()]
    compared = _compare(runs, earlier) if earlier else {}
    if request.plot:
        title = f"{request.questions.name}: {len(next(iter(runs.values()))):,} questions"
        draw(draw_chart(figures, title), request.plot)
    if as_json:
        shapes = [
            one | {"compared": shape_comparison(compared[one["mode"]])} if compared else one
            for one in figures
        ]
        print_json(shapes[0] if alone else shapes)
        return 0
    console = make_console()
    show_figures(figures, console)
    if compared:
        show_comparisons(compared, console)
    return 0


async def write_liked(path: Path | None) -> int:
    """Into a new file, or on standard output."""
    from bot.ledger.opening import open_ledger

    async with open_ledger(read_settings().database_url) as ledger:
        questions = make_questions(await ledger.archive.read_liked())
    with _writing(path, "questions", mode="x") as file:
        (file or sys.stdout).writelines(map(write_line, questions))
    complain(f"Questions made of answers with a 👍: {len(questions):,}")
    return 0


async def _measure(request: Request) -> dict[Mode, list[Measured]]:
    questions = read_questions(request.questions)
    with _writing(request.details, "details") as file, ProgressBar() as bar:
        async with open_parts(read_settings()) as parts:
            modes = _choose_modes(request.modes, parts)
            runs: dict[Mode, list[Measured]] = {mode: [] for mode in modes}
            for mode, measured in runs.items():
                async for one in measure(parts.search, questions, mode, request.limit):
                    measured.append(one)
                    done = sum(map(len, runs.values()))
                    bar.show(Progress("asking", done, len(questions) * len(modes)))
                    if file:
                        file.write(_write_detail(one, mode, alone=len(request.modes) == 1))
    return runs


def _write_detail(one: Measured, mode: Mode, *, alone: bool) -> str:
    """A line of the details file; of a run of several modes each says which."""
    named = {} if alone else {"mode": mode.value}
    return json.dumps(named | detail(one), ensure_ascii=False) + "\n"


@contextmanager
def _writing(path: Path | None, name: str, mode: str = "w") -> Iterator[IO[str] | None]:
    """Made before the work begins, so that a bad path costs no time."""
    if path is None:
        yield None
        return
    try:
        file = path.open(mode, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise QuestionFileError(
            f"The {name} cannot be written to {path}: {error.strerror}.",
            "Give the path of a file that can be created.",
        ) from None
    with file:
        yield file


def _choose_modes(wanted: Sequence[Mode], parts: Parts) -> list[Mode]:
    """Without a reranker, fused is what hybrid is."""
    if wanted:
        return list(dict.fromkeys(wanted))
    left_out = {Mode.FUSED} if parts.reranker is None else set()
    if parts.embedder is None:
        complain("Without an embedder (OPENBOOK_EMBEDDER is `none`) vector search is left out.")
        left_out.add(Mode.VECTOR)
    return [mode for mode in Mode if mode not in left_out]


def _compare(runs: dict[Mode, list[Measured]], earlier: Sequence[Earlier]) -> dict[str, Comparison]:
    return {
        mode.value: compare(measured, [one for one in earlier if one.mode == mode])
        for mode, measured in runs.items()
    }
