"""The graph of passages that names link, and the search along its links.

A passage leads to those that are called what it mentions (the document of that title, the section
of that heading, the file it links to) and to those that share a rare name with it. Nothing is
stored of a link but the names at its two ends, in the rows of the passages themselves: a link is
there as long as both are, whoever of them was indexed first. Measured against personalised PageRank
over the same graph: one step along the links finds as much and needs no walk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy
from numpy.typing import NDArray

from bot.nouns import Passage, Scope
from bot.search.names import MOST_WORDS, find_names, find_words, mention_names, own_names
from bot.store.names import Names, Numbers

# A name that more passages have is too common to link those that share it.
MOST_SHARED = 20

# For so many scopes it is remembered what they show.
SCOPES = 100

Visible = NDArray[numpy.bool_]
# How strongly passages are linked, by row, from 0 to 1.
Strengths = dict[int, float]


@dataclass(frozen=True, slots=True)
class Seed:
    """A passage to start from; `weight` is how good a hit it is, from 0 to 1."""

    row: int
    weight: float
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Ends:
    """The passages that are called by a name, and those that mention it."""

    called: NDArray[numpy.int32]
    mention: NDArray[numpy.int32]

    @property
    def passages(self) -> int:
        return len(self.called) + len(self.mention)


class Graph:
    """Of one snapshot. Names that one passage alone mentions are left out."""

    def __init__(self, names: Names) -> None:
        self._rows = names.rows
        self._order = numpy.argsort(names.rows)
        self._documents = names.documents
        self._paths = names.paths
        self._visible: dict[Scope, Visible] = {}
        self._openings = names.openings
        _, kinds, counts = numpy.unique(names.names, return_inverse=True, return_counts=True)
        called = numpy.zeros(len(counts), bool)
        called[kinds[names.called]] = True
        kept = numpy.flatnonzero((called | (counts > 1))[kinds])
        kept = kept[numpy.argsort(names.names[kept], kind="stable")]
        self._names, self._starts = numpy.unique(names.names[kept], return_index=True)
        self._ends = numpy.append(self._starts[1:], len(kept))
        self._passages = names.passages[kept]
        self._called = names.called[kept]

    def find_named(self, question: str, visible: Visible | None = None) -> Strengths:
        """The passages that are called what the question names. `visible` is of `mark_visible`:
        what it leaves out neither is found nor makes a name more common; None shows all."""
        best: dict[int, float] = {}
        asked = [*find_names(question), *self._find_called(question)]
        for _, ends in self._look_up(asked, visible):
            _note(best, ends.called, _share(ends.called))
        return self._by_row(best)

    def find_links(self, seeds: Iterable[Seed], visible: Visible | None = None) -> Strengths:
        """The passages that the seeds lead to."""
        best: dict[int, float] = {}
        for seed in seeds:
            here = self._find_row(seed.row)
            own = own_names(seed.passage)
            found = mention_names(seed.passage, own), self._find_called(seed.passage.text)
            mentioned = set().union(*found).difference(own)
            for name, ends in self._look_up([*mentioned, *own], visible):
                if name in mentioned:
                    away = ends.called[self._documents[ends.called] != self._documents[here]]
                    _note(best, away, seed.weight * _share(away))
                others = ends.mention[ends.mention != here]
                if len(others) <= MOST_SHARED:
                    _note(best, others, seed.weight / max(1, ends.passages - 1))
        return self._by_row(best)

    def mark_visible(self, scope: Scope) -> Visible:
        """What the scope shows; the first time, of 100,000 documents, it takes a moment."""
        if scope not in self._visible:
            if len(self._visible) >= SCOPES:
                self._visible.clear()
            shown = map(scope.shows, self._paths)
            self._visible[scope] = numpy.fromiter(shown, bool, len(self._paths))
        return self._visible[scope]

    def find_path(self, row: int) -> str:
        """Of the document that a passage is of."""
        return self._paths[int(self._documents[self._find_row(row)])]

    def _look_up(
        self, names: Sequence[str], visible: Visible | None
    ) -> Iterator[tuple[str, _Ends]]:
        """Those of the names that are known, with the passages that have them."""
        for at, place in zip(*_find(_number(names), self._names), strict=True):
            span = slice(self._starts[place], self._ends[place])
            passages, called = self._passages[span], self._called[span]
            if visible is not None:
                seen = visible[self._documents[passages]]
                passages, called = passages[seen], called[seen]
            yield names[at], _Ends(passages[called], passages[~called])

    def _find_called(self, text: str) -> list[str]:
        """Stretches of the text that begin as some passage is called."""
        words = find_words(text)
        pairs = _number([f"{one} {other}" for one, other in pairwise(words)])
        begins, _ = _find(pairs, self._openings)
        return [
            " ".join(words[start:end])
            for start in begins.tolist()
            for end in range(start + 2, min(len(words), start + MOST_WORDS) + 1)
        ]

    def _by_row(self, best: dict[int, float]) -> Strengths:
        return {int(self._rows[at]): strength for at, strength in best.items()}

    def _find_row(self, row: int) -> int:
        at = numpy.searchsorted(self._rows, row, sorter=self._order)
        return int(self._order[at])


def _share(called: NDArray[numpy.int32]) -> float:
    """Of a link's strength, for each of those it leads to: a name of many passages, as the title of
    a long document is, says little about any of them. The root of an even share, which would leave
    nothing (tests/benchmarks/quality.py)."""
    return float(max(1, len(called)) ** -0.5)


def _note(best: dict[int, float], passages: NDArray[numpy.int32], strength: float) -> None:
    for at in passages.tolist():
        best[at] = max(best.get(at, 0.0), strength)


def _find(wanted: Numbers, known: Numbers) -> tuple[Numbers, Numbers]:
    """Which of `wanted` are among the sorted `known`, and where."""
    if not len(known):
        return known, known
    places = numpy.minimum(numpy.searchsorted(known, wanted), len(known) - 1)
    there = numpy.flatnonzero(known[places] == wanted)
    return there, places[there]


def _number(texts: Sequence[str]) -> Numbers:
    return numpy.fromiter(map(hash, texts), numpy.int64, len(texts))
