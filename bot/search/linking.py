"""Graph search: from the first hits along their links to passages that share few words, or none,
with the question."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.nouns import Passage, Scope
from bot.search.fusion import Candidate, Link
from bot.search.graph import Graph, Seed, Strengths
from bot.search.names import open_name
from bot.search.terms import cut_subject_terms, leave_telling
from bot.store.snapshot import Snapshot

# The links of so many first hits are followed, to so many passages.
SEEDS = 5
LINKED = 15
# What the question calls by its name is what it asks about, and is a start of at least this weight
# however few of the question's words it holds; so many are that are no hits, of names that no more
# than two passages have (tests/benchmarks/quality.py).
NAMED_WEIGHT = 0.8
NAMED = 3
DISTINCT = 0.7


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the links lead, best first, the passages there by row, and the paths of those documents
    among the starts that the question calls by their names."""

    links: list[Link]
    passages: dict[int, Passage]
    named: frozenset[str]


class LinkSearch:
    """Keeps the graph of the snapshot that was searched last, made when it is first needed."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._made: tuple[Snapshot, Graph] | None = None

    async def follow(
        self,
        snapshot: Snapshot,
        query: str,
        scope: Scope,
        ranked: Sequence[Candidate],
        passages: Mapping[int, Passage],
    ) -> Followed:
        """From the question and the best of `ranked`, in the scope; `passages` are those of
        `ranked`, by row. Raises StoreError."""
        graph = await self._find_graph(snapshot)
        visible = None
        if not scope.is_everything:
            visible = await asyncio.to_thread(graph.mark_visible, scope)
        named = graph.find_named(query, visible)
        starts = {one.row: _weigh(one, named) for one in ranked[:SEEDS]}
        for row in [row for row in _find_distinct(named) if row not in starts][:NAMED]:
            starts[row] = NAMED_WEIGHT * named[row]
        told = {**await snapshot.take([row for row in starts if row not in passages]), **passages}
        seeds = [
            Seed(row, weight, told[row])
            for row, weight in starts.items()
            if scope.shows(told[row].source.path)
        ]
        strengths = graph.find_links(seeds, visible)
        for row, strength in named.items():
            strengths[row] = max(strength, strengths.get(row, 0.0))
        rows = sorted(strengths, key=lambda row: (-strengths[row], graph.find_path(row)))[:LINKED]
        reached = {
            row: found
            for row, found in (await snapshot.compared(rows)).items()
            if scope.shows(found[0].source.path)
        }
        wanted = set(leave_telling(cut_subject_terms(query)))
        links = [
            Link(row, strengths[row], _relevance(wanted, terms))
            for row, (_, terms) in reached.items()
        ]
        links.sort(key=lambda one: (-one.score, graph.find_path(one.row)))
        return Followed(
            links,
            {row: passage for row, (passage, _) in reached.items()},
            frozenset(one.passage.source.path for one in seeds if one.row in named),
        )

    async def _find_graph(self, snapshot: Snapshot) -> Graph:
        """Made once however many ask, in threads, so that others are answered meanwhile."""
        async with self._lock:
            if self._made is None or self._made[0] is not snapshot:
                self._made = None  # the old graph need not be in memory beside the new one
                names = await snapshot.names(open_name)
                self._made = snapshot, await asyncio.to_thread(Graph, names)
            return self._made[1]


def _weigh(hit: Candidate, named: Strengths) -> float:
    return max(hit.score, NAMED_WEIGHT) if hit.row in named else hit.score


def _find_distinct(named: Strengths) -> list[int]:
    """The clearest first."""
    return sorted((row for row in named if named[row] >= DISTINCT), key=lambda row: -named[row])


def _relevance(wanted: set[str], terms: str) -> float:
    return len(wanted & set(terms.split())) / len(wanted) if wanted else 0.0
