"""What pictures are made of. Lengths are in pixels, y grows downwards, colours are `#rrggbb`."""

import colorsys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

INK = "#1f2430"
FAINT = "#8a90a0"
LINES = "#d8dbe2"
PAPER = "#ffffff"

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text; (x, y) is the middle of its height."""

    x: float
    y: float
    text: str
    size: float = 13.0
    anchor: Anchor = "start"
    fill: str = INK

    @property
    def width(self) -> float:
        """About as wide as most fonts draw it."""
        return measure_text(self.text, self.size)


Shape = Box | Dot | Line | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """Later shapes lie upon earlier ones. `title` is for those who cannot see it."""

    width: int
    height: int
    title: str
    shapes: Sequence[Shape]


def measure_text(text: str, size: float) -> float:
    ems = sum(1.0 if unicodedata.east_asian_width(one) in "WF" else 0.56 for one in text)
    return ems * size


def choose_colours(count: int) -> list[str]:
    """As different from one another as so many can be: around the wheel by the golden angle."""
    hues = ((0.58 + number * 0.381966) % 1 for number in range(count))
    return [_make_colour(hue, number // 3 % 3) for number, hue in enumerate(hues)]


def _make_colour(hue: float, shade: int) -> str:
    parts = colorsys.hls_to_rgb(hue, (0.45, 0.32, 0.6)[shade], (0.65, 0.75, 0.55)[shade])
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
