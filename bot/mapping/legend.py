"""What the map says beside its points, on the page and in the picture."""

from collections import Counter
from dataclasses import dataclass

from bot.drawing.shapes import choose_colours
from bot.mapping.surveying import KnowledgeMap, Point

FEW = 40  # points that can all be named


@dataclass(frozen=True, slots=True)
class File:
    path: str
    colour: str
    passages: int


def list_files(shown: KnowledgeMap) -> dict[str, File]:
    """By path, the file with the most points first: it gets the clearest colour."""
    counts = Counter(point.passage.source.path for point in shown.points)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        path: File(path, colour, count)
        for (path, count), colour in zip(ranked, choose_colours(len(ranked)), strict=True)
    }


def make_title(shown: KnowledgeMap) -> str:
    """How much is shown of how much."""
    files = len(list_files(shown))
    count = f"{len(shown.points):,}"
    if shown.passages > len(shown.points):
        count += f" of {shown.passages:,}"
    return f"{count} passages in {files:,} {'file' if files == 1 else 'files'}"


def choose_named(shown: KnowledgeMap) -> list[int]:
    """The numbers of the points that are named: all of few, else the question's neighbours."""
    if len(shown.points) <= FEW:
        return list(range(len(shown.points)))
    return list(shown.asked.neighbours) if shown.asked else []


def name_point(point: Point) -> str:
    """The heading that it stands under, else its document's title or file name."""
    source = point.passage.source
    return source.heading_path[-1] if source.heading_path else source.name
