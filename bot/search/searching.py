"""From a query to the passages that may answer it: one code path for `search` and `ask`."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import EmbedderMisfit, IndexDamaged, ModelError, QuestionError
from bot.languages import detect_language
from bot.nouns import Mode, Passage, Scope, SearchResult
from bot.seams import Embedder, Reranked, Reranker, Vectors
from bot.search.fusion import Candidate, add_links, fuse, lower_beside
from bot.search.gate import is_foreign, judge, measure
from bot.search.linking import SEEDS, LinkSearch
from bot.search.merging import merge_passages
from bot.search.reranking import READ, blend, number
from bot.search.rescoring import POOL, rescore
from bot.search.terms import cut_subject_terms, cut_terms
from bot.store.folding import EXACT_NUMBERS
from bot.store.hits import KeywordHit, VectorHit
from bot.store.published import PublishedIndex
from bot.store.snapshot import Snapshot

LONGEST_QUERY = 4000
# How many hits of each search are fused.
DEPTH = 30
# Candidates looked at for each passage wanted, since some repeat or continue others.
SPARE = 2


@dataclass(slots=True)
class _Legs:
    """What the searches found in the scope, which holds so many `passages`, and what it took."""

    terms: list[str]
    scope: Scope
    passages: int
    keyword: list[KeywordHit] = field(default_factory=list)
    vector: list[VectorHit] = field(default_factory=list)
    degraded: str = ""
    tokens: int = 0
    reranked: Reranked = field(default_factory=lambda: Reranked(()))
    unranked: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


class Search:
    """Searches the newest published index."""

    def __init__(
        self, index: PublishedIndex, embedder: Embedder | None, reranker: Reranker | None = None
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reranker = reranker
        self._links = LinkSearch()

    async def search(
        self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
    ) -> SearchResult:
        """The best passages in the scope, at most `limit`, and how far they are evidence. Nothing
        outside of it has a part in either.

        Hybrid search goes on without vectors when the embedder is away and says so in `degraded`,
        and in the order of the searches when the reranker is, which `unranked` says. Raises
        QuestionError, StoreError, and in vector mode ModelError.
        """
        query = query.strip()
        if not query:
            raise QuestionError("The question is empty.", "Ask in a few words or a sentence.")
        if len(query) > LONGEST_QUERY:
            raise QuestionError(
                f"The question has {len(query):,} characters; at most {LONGEST_QUERY:,} can be"
                " searched for.",
                "Ask it in a few sentences.",
            )
        try:
            return await self._search(query, scope, mode, limit)
        except IndexDamaged:
            self._index.forget()
            return await self._search(query, scope, mode, limit)

    async def _search(self, query: str, scope: Scope, mode: Mode, limit: int) -> SearchResult:
        snapshot = await self._index.snapshot()
        legs = _Legs(cut_terms(query), scope, await snapshot.count(scope))
        await self._run_legs(legs, snapshot, query, mode, max(DEPTH, SPARE * limit))
        most = SPARE * limit
        pool = max(most, READ) if self._reranker is not None and mode is Mode.HYBRID else most
        started = time.perf_counter()
        ranked = fuse(legs.terms, legs.keyword, legs.vector)[:pool]
        found = await snapshot.take([candidate.row for candidate in ranked])
        legs.seconds["fuse"] = time.perf_counter() - started
        if mode in (Mode.HYBRID, Mode.FUSED, Mode.GRAPH):
            ranked = await self._follow_links(snapshot, query, ranked, found, mode, legs)
        rated = _rate(ranked[:pool], found)
        shown = [passage for passage in rated if scope.shows(passage.source.path)]
        passages = merge_passages(shown[:most], limit)
        language = detect_language(query)
        features = measure(
            cut_subject_terms(query),
            legs.keyword,
            legs.vector,
            legs.passages,
            embedder=snapshot.manifest.configuration.embedder,
            foreign=is_foreign(language, [passage.text for passage in passages[:3]]),
            language=language,
        )
        evidence = judge(features)
        if self._reranker is not None and mode is Mode.HYBRID and evidence.enough:
            passages = merge_passages(await _rerank(self._reranker, query, shown, legs), limit)
        return SearchResult(
            passages=tuple(passages),
            evidence=evidence,
            index_version=snapshot.manifest.version,
            embedding_tokens=legs.tokens,
            price=self._price(legs),
            degraded=legs.degraded,
            seconds=legs.seconds,
            reranking_tokens=legs.reranked.tokens,
            unranked=legs.unranked,
        )

    async def _run_legs(
        self, legs: _Legs, snapshot: Snapshot, query: str, mode: Mode, depth: int
    ) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                if mode is not Mode.VECTOR and legs.terms:
                    group.create_task(_find_by_keyword(snapshot, depth, legs))
                if mode in (Mode.VECTOR, Mode.FUSED, Mode.HYBRID):
                    group.create_task(self._find_by_vector(snapshot, query, depth, legs, mode))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _find_by_vector(
        self, snapshot: Snapshot, query: str, depth: int, legs: _Legs, mode: Mode
    ) -> None:
        embedder = self._embedder
        if embedder is None:
            if mode is Mode.VECTOR:
                raise QuestionError(
                    "Vector search needs an embedder, and OPENBOOK_EMBEDDER is `none`.",
                    "Choose another embedder and run `openbook index`.",
                )
            return
        started = time.perf_counter()
        try:
            _check_embedder(snapshot, embedder)
            vector = await embedder.embed_query(query)
            _check_dimensions(snapshot, len(vector))
        except (ModelError, EmbedderMisfit) as error:
            if mode is Mode.VECTOR:
                raise
            legs.degraded = error.problem
            return
        embedded = time.perf_counter()
        legs.vector, legs.tokens = await asyncio.gather(
            _find_nearest(snapshot, vector, depth, legs), asyncio.to_thread(embedder.count, query)
        )
        legs.seconds["embed"] = embedded - started
        legs.seconds["vector"] = time.perf_counter() - embedded

    async def _follow_links(
        self,
        snapshot: Snapshot,
        query: str,
        ranked: Sequence[Candidate],
        found: dict[int, Passage],
        mode: Mode,
        legs: _Legs,
    ) -> list[Candidate]:
        """Adds what the links lead to, to `found` too. Graph search alone keeps nothing else but
        the hits it started from."""
        started = time.perf_counter()
        followed = await self._links.follow(snapshot, query, legs.scope, ranked, found)
        found |= followed.passages
        legs.seconds["graph"] = time.perf_counter() - started
        hits = ranked[:SEEDS] if mode is Mode.GRAPH else ranked
        if followed.named:
            about = {row for row in found if found[row].source.path in followed.named}
            hits = lower_beside(hits, about)
        return add_links(hits, followed.links)

    def _price(self, legs: _Legs) -> float | None:
        if self._embedder is None or not legs.tokens:
            return legs.reranked.price
        per_million = self._embedder.price_per_million
        if per_million is None or legs.reranked.price is None:
            return None
        return legs.tokens * per_million / 1e6 + legs.reranked.price


async def _rerank(
    reranker: Reranker, query: str, passages: Sequence[Passage], legs: _Legs
) -> list[Passage]:
    """Only where there is evidence: as with the model that answers, nothing is paid for a question
    that will be refused."""
    numbered = number(passages)
    texts = [passage.text_in_context for passage in passages[:READ]]
    started = time.perf_counter()
    try:
        legs.reranked = await reranker.rerank(query, texts)
    except ModelError as error:
        legs.unranked = error.problem
        return numbered
    finally:
        legs.seconds["rerank"] = time.perf_counter() - started
    return blend(numbered, legs.reranked)


async def _find_by_keyword(snapshot: Snapshot, depth: int, legs: _Legs) -> None:
    started = time.perf_counter()
    terms = " ".join(legs.terms)
    if legs.scope.is_everything:
        legs.keyword = await snapshot.keyword(terms, depth, legs.scope)
    else:
        pool = await snapshot.keyword(terms, max(POOL, depth), legs.scope)
        scored = await asyncio.to_thread(rescore, legs.terms, pool, legs.passages)
        legs.keyword = scored[:depth]
    legs.seconds["keyword"] = time.perf_counter() - started


async def _find_nearest(
    snapshot: Snapshot, vector: Vectors, depth: int, legs: _Legs
) -> list[VectorHit]:
    """In a scope that is not too large exactly: an index of vectors is trained on all passages,
    also on those outside, and finds little where few are inside."""
    if legs.scope.is_everything:
        return await snapshot.nearest(vector, depth, legs.scope)
    exact = legs.passages * len(vector) <= EXACT_NUMBERS
    hits = await snapshot.nearest(vector, depth, legs.scope, exact=exact)
    return sorted(hits, key=lambda hit: (-hit.similarity, hit.path))


def _rate(candidates: Sequence[Candidate], found: Mapping[int, Passage]) -> list[Passage]:
    return [
        replace(found[candidate.row], score=candidate.score, found_by=candidate.found_by)
        for candidate in candidates
    ]


def _check_embedder(snapshot: Snapshot, embedder: Embedder) -> None:
    """Vectors of different embedders cannot be compared. Raises EmbedderMisfit."""
    built_with = snapshot.manifest.configuration.embedder
    if built_with != embedder.identity:
        raise EmbedderMisfit(
            f"The index was built with another embedder ({built_with}), so it was searched by"
            " keyword only.",
            "Run `openbook index`.",
        )


def _check_dimensions(snapshot: Snapshot, given: int) -> None:
    built_with = snapshot.manifest.configuration.dimensions
    if given != built_with:
        raise EmbedderMisfit(
            f"The index holds vectors of {built_with} dimensions and the embedder gives {given}, so"
            " it was searched by keyword only.",
            "Run `openbook index --rebuild`.",
        )
