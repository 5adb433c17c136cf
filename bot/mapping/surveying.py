"""Makes the map of what is indexed."""

import asyncio
from dataclasses import dataclass

import numpy

from bot.errors import EmbedderMisfit, PictureError
from bot.mapping.projection import project
from bot.nouns import EVERYTHING, Passage
from bot.seams import Embedder, Vectors
from bot.store.published import PublishedIndex
from bot.store.snapshot import Located, Snapshot

MOST = 2000  # points: more take minutes to arrange, and nobody could tell them apart
NEIGHBOURS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A passage in the plane: x to the right, y upwards, from 0 to 1. `similarity` to the question
    is the cosine, of its neighbours alone."""

    x: float
    y: float
    passage: Passage
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the plane; `neighbours` are numbers of points, the nearest first."""

    x: float
    y: float
    text: str
    neighbours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeMap:
    """`passages` are all that are indexed, of which `points` shows at most MOST and neighbours."""

    points: tuple[Point, ...]
    passages: int
    asked: Asked | None = None


async def survey(
    index: PublishedIndex, embedder: Embedder | None, question: str = ""
) -> KnowledgeMap:
    """Raises PictureError for an index without vectors, StoreError, ModelError."""
    snapshot = await index.snapshot()
    if embedder is None or not snapshot.manifest.configuration.dimensions:
        raise PictureError(
            "A map is drawn by the vectors of the passages, and there are none.",
            "Choose an embedder by OPENBOOK_EMBEDDER and run `openbook index`.",
        )
    if not snapshot.manifest.passages:
        raise PictureError("The index holds no passage.", "Add documents and run `openbook index`.")
    located = await snapshot.sample(MOST)
    if not question:
        return await asyncio.to_thread(_arrange, located, snapshot.manifest.passages)
    vector = await _embed(question, embedder, snapshot)
    few = min(NEIGHBOURS, len(located.rows) // 2 + 1)  # else all would be neighbours
    near = [hit.row for hit in await snapshot.nearest(vector, few, EVERYTHING)]
    known = set(located.rows)
    missing = [row for row in near if row not in known]
    if missing:
        located = _join(located, await snapshot.locate(missing))
    places = {row: number for number, row in enumerate(located.rows)}
    neighbours = tuple(places[row] for row in near)
    return await asyncio.to_thread(
        _arrange_with_question, located, snapshot.manifest.passages, question, vector, neighbours
    )


async def _embed(question: str, embedder: Embedder, snapshot: Snapshot) -> Vectors:
    built_with = snapshot.manifest.configuration
    vector = await embedder.embed_query(question)
    if (built_with.embedder, built_with.dimensions) != (embedder.identity, len(vector)):
        raise EmbedderMisfit(
            f"The index was built with another embedder ({built_with.embedder}), so the question"
            " has no place in it.",
            "Run `openbook index`.",
        )
    return vector


def _arrange(located: Located, passages: int) -> KnowledgeMap:
    places = project(located.vectors).tolist()
    points = (Point(x, y, one) for (x, y), one in zip(places, located.passages, strict=True))
    return KnowledgeMap(tuple(points), passages)


def _arrange_with_question(
    located: Located, passages: int, question: str, vector: Vectors, neighbours: tuple[int, ...]
) -> KnowledgeMap:
    """The question is arranged like a passage."""
    *places, (own_x, own_y) = project(numpy.vstack([located.vectors, vector])).tolist()
    similarities = (located.vectors @ vector).tolist()
    points = (
        Point(x, y, one, similarities[number] if number in neighbours else None)
        for number, ((x, y), one) in enumerate(zip(places, located.passages, strict=True))
    )
    return KnowledgeMap(tuple(points), passages, Asked(own_x, own_y, question, neighbours))


def _join(first: Located, second: Located) -> Located:
    return Located(
        first.rows + second.rows,
        first.passages + second.passages,
        numpy.concatenate([first.vectors, second.vectors]),
    )
