"""Draws the figures of `openbook eval`: for each figure a bar a mode."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.drawing.shapes import (
    FAINT,
    LINES,
    Box,
    Drawing,
    Label,
    Line,
    Shape,
    choose_colours,
    measure_text,
)
from bot.evaluation import SHARES

REFUSALS = ("answered_right", "refused_right", "refused_wrong")
BAR, GAP, HEIGHT = 30, 24, 280
LEFT, TOP, BOTTOM = 56, 76, 40
NARROWEST = 480


def draw_chart(runs: Sequence[Mapping[str, Any]], title: str) -> Drawing:
    """`runs` are what `evaluation.summarise` gives, one a mode."""
    groups = _collect(runs)
    colours = choose_colours(len(runs))
    step = BAR * len(runs) + GAP
    width = max(NARROWEST, LEFT + step * len(groups) + GAP)
    shapes: list[Shape] = [Label(LEFT, 24, title, 16)]
    shapes += _draw_legend([run["mode"] for run in runs], colours)
    for percent in range(0, 101, 20):
        y = TOP + HEIGHT * (1 - percent / 100)
        shapes += [
            Line(LEFT, y, width - GAP, y, LINES),
            Label(LEFT - 8, y, f"{percent / 100:.1f}", 11, "end", FAINT),
        ]
    for number, (name, values) in enumerate(groups.items()):
        x = LEFT + GAP / 2 + step * number
        shapes.append(
            Label(x + BAR * len(runs) / 2, TOP + HEIGHT + 18, name.replace("_", " "), 12, "middle")
        )
        shapes += _draw_bars(x, values, colours)
    return Drawing(width, TOP + HEIGHT + BOTTOM, title, shapes)


def _collect(runs: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """The figures that the question file tells something about."""
    groups = {name: [run[name] for run in runs] for name in SHARES if runs[0][name] is not None}
    if runs[0]["refusal"]:
        groups |= {name: [run["refusal"][name] for run in runs] for name in REFUSALS}
    return groups


def _draw_legend(names: Sequence[str], colours: Sequence[str]) -> Iterator[Shape]:
    x = float(LEFT)
    for name, colour in zip(names, colours, strict=True):
        yield Box(x, 44, 12, 12, colour)
        yield Label(x + 18, 50, name, 12)
        x += 18 + measure_text(name, 12) + GAP


def _draw_bars(x: float, values: Sequence[float], colours: Sequence[str]) -> Iterator[Shape]:
    for number, (value, colour) in enumerate(zip(values, colours, strict=True)):
        left, height = x + BAR * number, HEIGHT * value
        yield Box(left + 1, TOP + HEIGHT - height, BAR - 2, height, colour)
        yield Label(left + BAR / 2, TOP + HEIGHT - height - 8, f"{value:.3f}", 10, "middle")
