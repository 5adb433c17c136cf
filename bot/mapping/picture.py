"""The map as a picture that stands still: points, names and a legend."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.descriptions import shorten
from bot.drawing.shapes import (
    FAINT,
    INK,
    LINES,
    PAPER,
    Dot,
    Drawing,
    Label,
    Line,
    Shape,
    measure_text,
)
from bot.mapping.legend import File, choose_named, list_files, make_title, name_point
from bot.mapping.surveying import KnowledgeMap

SIDE, MARGIN = 820, 50  # of the square that the points lie in
LEGEND, ROW = 300, 20
LISTED = 36  # files
LONGEST = 34  # characters of a name
QUESTION = "#d0021b"


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "_Area") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def draw_map(shown: KnowledgeMap) -> Drawing:
    files = list_files(shown)
    title = make_title(shown)
    shapes: list[Shape] = [Label(MARGIN, 26, title, 16)]
    shapes += _draw_lines(shown)
    radius = 6 if len(shown.points) <= 100 else 4 if len(shown.points) <= 600 else 2.5
    for point in shown.points:
        colour = files[point.passage.source.path].colour
        x, y = _place(point.x, point.y)
        shapes += [Dot(x, y, radius + 1, PAPER), Dot(x, y, radius, colour)]
    shapes += _draw_names(shown)
    shapes += _draw_legend(list(files.values()))
    return Drawing(SIDE + LEGEND, SIDE, title, shapes)


def _place(x: float, y: float) -> tuple[float, float]:
    inner = SIDE - 2 * MARGIN
    return MARGIN + inner * x, SIDE - MARGIN - inner * y


def _draw_lines(shown: KnowledgeMap) -> Iterator[Shape]:
    if shown.asked is None:
        return
    start = _place(shown.asked.x, shown.asked.y)
    for number in shown.asked.neighbours:
        yield Line(*start, *_place(shown.points[number].x, shown.points[number].y), LINES, 1.5)


def _draw_names(shown: KnowledgeMap) -> Iterator[Shape]:
    taken: list[_Area] = []
    if shown.asked:
        x, y = _place(shown.asked.x, shown.asked.y)
        yield Dot(x, y, 10, PAPER)
        yield Dot(x, y, 8, QUESTION)
        yield from _write(f"? {shown.asked.text}", x, y, QUESTION, taken, size=15)
    for number in choose_named(shown):
        point = shown.points[number]
        yield from _write(name_point(point), *_place(point.x, point.y), INK, taken)


def _write(
    text: str, x: float, y: float, colour: str, taken: list[_Area], size: float = 12
) -> Iterator[Shape]:
    """Where it covers no other name; nowhere if there is no such place."""
    name = shorten(text, LONGEST)
    width = measure_text(name, size)
    for left, middle in _list_places(x, y, width, size):
        area = _Area(left, middle - size * 0.6, left + width, middle + size * 0.6)
        inside = area.left >= 4 and area.right <= SIDE + LEGEND and area.top >= 40
        if inside and not any(area.touches(other) for other in taken):
            taken.append(area)
            yield Label(left, middle, name, size, fill=colour)
            return


def _list_places(x: float, y: float, width: float, size: float) -> Iterable[tuple[float, float]]:
    """To the right, to the left, above, below, and further away."""
    for step in (0, 1, -1, 2, -2, 3, -3):
        yield x + 11, y + step * size * 1.2
        yield x - 11 - width, y + step * size * 1.2
    yield x - width / 2, y - 18
    yield x - width / 2, y + 18


def _draw_legend(files: list[File]) -> Iterator[Shape]:
    for number, file in enumerate(files[:LISTED]):
        y = 60 + ROW * number
        yield Dot(SIDE + 10, y, 5, file.colour)
        yield Label(SIDE + 22, y, f"{_shorten_path(file.path)} ({file.passages:,})", 12)
    if len(files) > LISTED:
        yield Label(
            SIDE + 22, 60 + ROW * LISTED, f"and {len(files) - LISTED:,} more", 12, fill=FAINT
        )


def _shorten_path(path: str) -> str:
    """Its end tells most."""
    return path if len(path) <= LONGEST else "…" + path[-LONGEST:]
