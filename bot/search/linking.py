"""Graph search: from the first hits along their links to passages that share few words, or none,
with the question."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.nouns import Passage, Scope
from bot.search.fusion import Candidate, Link
from bot.search.graph import Graph, Seed, Visible
from bot.search.names import open_name
from bot.search.terms import cut_subject_terms, leave_telling
from bot.store.snapshot import Snapshot

# The links of so many first hits are followed, to so many passages.
SEEDS = 5
LINKED = 30
SCOPES = 100  # whose documents are remembered of a graph


class LinkSearch:
    """Keeps the graph of the snapshot that was searched last, made when it is first needed."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._made: tuple[Snapshot, Graph] | None = None
        self._visible: dict[Scope, Visible] = {}

    async def find(
        self,
        snapshot: Snapshot,
        query: str,
        ranked: Sequence[Candidate],
        passages: Mapping[int, Passage],
        scope: Scope,
    ) -> tuple[list[Link], dict[int, Passage]]:
        """Where the question and the best of `ranked` lead, best first, and the passages there;
        `passages` are those of `ranked`, by row. What lies outside of the scope neither is found
        nor has a part in the order. Raises StoreError."""
        graph = await self._find_graph(snapshot)
        visible = await self._find_visible(graph, scope)
        seeds = [Seed(one.row, one.score, passages[one.row]) for one in ranked[:SEEDS]]
        strengths = graph.find_links(query, seeds, visible)
        # What a row's number is depends on all passages; their order within a document does not.
        rows = sorted(strengths, key=lambda row: (-strengths[row], graph.find_path(row), row))
        reached = await snapshot.compared(rows[:LINKED])
        wanted = set(leave_telling(cut_subject_terms(query)))
        links = [
            Link(row, strengths[row], _relevance(wanted, terms))
            for row, (_, terms) in reached.items()
        ]
        links.sort(key=lambda one: (-one.score, graph.find_path(one.row), one.row))
        return links, {row: passage for row, (passage, _) in reached.items()}

    async def _find_graph(self, snapshot: Snapshot) -> Graph:
        """Made once however many ask, in threads, so that others are answered meanwhile."""
        async with self._lock:
            if self._made is None or self._made[0] is not snapshot:
                # The old graph need not be in memory beside the new one.
                self._made, self._visible = None, {}
                names = await snapshot.names(open_name)
                self._made = snapshot, await asyncio.to_thread(Graph, names)
            return self._made[1]

    async def _find_visible(self, graph: Graph, scope: Scope) -> Visible | None:
        """None: all is."""
        if scope.is_everything:
            return None
        if scope not in self._visible:
            if len(self._visible) >= SCOPES:
                self._visible.clear()
            self._visible[scope] = await asyncio.to_thread(graph.mark_visible, scope)
        return self._visible[scope]


def _relevance(wanted: set[str], terms: str) -> float:
    return len(wanted & set(terms.split())) / len(wanted) if wanted else 0.0
