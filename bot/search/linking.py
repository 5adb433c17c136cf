"""Graph search: from the first hits along their links to passages that share few words, or none,
with the question."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.nouns import Passage, Scope
from bot.search.fusion import Candidate, Link
from bot.search.graph import Graph, Seed
from bot.search.names import open_name
from bot.search.terms import cut_subject_terms, leave_telling
from bot.store.snapshot import Snapshot

# The links of so many first hits are followed, to so many passages.
SEEDS = 5
LINKED = 15


class LinkSearch:
    """Keeps the graph of the snapshot that was searched last, made when it is first needed."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._made: tuple[Snapshot, Graph] | None = None

    async def find(
        self,
        snapshot: Snapshot,
        query: str,
        scope: Scope,
        ranked: Sequence[Candidate],
        passages: Mapping[int, Passage],
    ) -> tuple[list[Link], dict[int, Passage]]:
        """Where the question and the best of `ranked` lead in the scope, best first, and the
        passages there; `passages` are those of `ranked`, by row. Raises StoreError."""
        graph = await self._find_graph(snapshot)
        seeds = [Seed(one.row, one.score, passages[one.row]) for one in ranked[:SEEDS]]
        visible = None
        if not scope.is_everything:
            visible = await asyncio.to_thread(graph.mark_visible, scope)
        strengths = graph.find_links(query, seeds, visible)
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
        return links, {row: passage for row, (passage, _) in reached.items()}

    async def _find_graph(self, snapshot: Snapshot) -> Graph:
        """Made once however many ask, in threads, so that others are answered meanwhile."""
        async with self._lock:
            if self._made is None or self._made[0] is not snapshot:
                self._made = None  # the old graph need not be in memory beside the new one
                names = await snapshot.names(open_name)
                self._made = snapshot, await asyncio.to_thread(Graph, names)
            return self._made[1]


def _relevance(wanted: set[str], terms: str) -> float:
    return len(wanted & set(terms.split())) / len(wanted) if wanted else 0.0
