"""`openbook eval`: the figures of a question file as a table or JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.table import Table

from adapters.terminal import make_console
from bot.cli.progress import ProgressBar
from bot.cli.shapes import print_json
from bot.errors import QuestionFileError
from bot.evaluation import Measured, detail, measure, summarise
from bot.nouns import Mode
from bot.question_file import EvalQuestion, read_questions
from bot.reports import Progress
from bot.settings import read_settings
from bot.wiring import open_parts


async def show_evaluation(
    path: Path, mode: str, limit: int, details: Path | None, *, as_json: bool
) -> int:
    questions = read_questions(path)
    file = _create(details) if details else None
    try:
        measured = await _measure(questions, Mode(mode), limit, file)
    finally:
        if file:
            file.close()
    figures = summarise(measured, Mode(mode))
    if as_json:
        print_json(figures)
    else:
        make_console().print(_make_table(figures))
    return 0


async def _measure(
    questions: list[EvalQuestion], mode: Mode, limit: int, details: TextIO | None
) -> list[Measured]:
    measured = []
    async with open_parts(read_settings()) as parts:
        with ProgressBar() as bar:
            async for one in measure(parts.search, questions, mode, limit):
                measured.append(one)
                bar.show(Progress("asking", len(measured), len(questions)))
                if details:
                    details.write(json.dumps(detail(one), ensure_ascii=False) + "\n")
    return measured


def _create(path: Path) -> TextIO:
    """Before the work begins, so that a bad path costs no time."""
    try:
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise QuestionFileError(
            f"The details cannot be written to {path}: {error.strerror}.",
            "Give --details the path of a file that can be created.",
        ) from None


def _make_table(figures: Mapping[str, Any]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    for name, value in _rows(figures):
        table.add_row(name, value)
    return table


def _rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [("mode", figures["mode"]), ("questions", f"{figures['questions']:,}")]
    shares = ("recall@1", "recall@5", "recall@10", "all@5", "all@10", "mrr@10")
    rows += [(name, f"{figures[name]:.4f}") for name in shares if figures[name] is not None]
    rows += [
        (f"milliseconds {name}", f"{value:.1f}") for name, value in figures["milliseconds"].items()
    ]
    gate = figures["refusal"]
    if gate:
        rows += [
            ("gate: area under the curve", f"{gate['auc']:.4f}"),
            (f"refused rightly, of {gate['unanswerable']:,}", f"{gate['refused_right']:.1%}"),
            (f"refused wrongly, of {gate['answerable']:,}", f"{gate['refused_wrong']:.1%}"),
            ("gate: threshold", f"{gate['threshold']:.4f}"),
        ]
    return rows
