"""Fuses the rankings of several searches into one.

Reciprocal rank fusion and min-max fusion both collapse when question and passages differ in
language: a stray digit that keyword search matched gets full weight. Here the keyword score counts
as far as the best keyword hits cover the question's terms.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.store.hits import KeywordHit, VectorHit

# Weight of the vector search; the keyword search has the rest. Chosen on several question sets
# together (tests/benchmarks/quality.py).
VECTOR_WEIGHT = 0.25
# What a passage gets for its links, and for what it says of the question itself; the same way.
LINK_WEIGHT = 0.7
RELEVANCE_WEIGHT = 0.3
# Where the question names what it asks about, so many hits keep their score, and those behind them
# that say nothing of it so much of theirs: they share the question's words and not its subject.
FIRST = 3
BESIDE_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that some search found: `row` names it in the snapshot."""

    row: int
    score: float
    found_by: Mapping[str, int] = field(default_factory=dict)


def fuse(
    terms: Sequence[str], keyword: Sequence[KeywordHit], vector: Sequence[VectorHit]
) -> list[Candidate]:
    """Candidates by score from 0 to 1, best first; both rankings are best first, and decide between
    equals: what a row's number is depends on all passages there are."""
    weight = VECTOR_WEIGHT if vector and keyword else float(bool(vector))
    scores: dict[int, float] = {}
    found_by: dict[int, dict[str, int]] = {}
    for rank, (hit, share) in enumerate(
        zip(keyword, _keyword_shares(terms, keyword), strict=True), 1
    ):
        scores[hit.row] = (1 - weight) * share
        found_by.setdefault(hit.row, {})["keyword"] = rank
    for rank, (near, share) in enumerate(zip(vector, _vector_shares(vector), strict=True), 1):
        scores[near.row] = scores.get(near.row, 0.0) + weight * share
        found_by.setdefault(near.row, {})["vector"] = rank
    ranked = sorted(scores, key=lambda row: -scores[row])
    return [Candidate(row, scores[row], found_by[row]) for row in ranked]


@dataclass(frozen=True, slots=True)
class Link:
    """A passage found along links: `strength` is that of the best of them, `relevance` the share
    of the question's terms that the passage holds, both from 0 to 1."""

    row: int
    strength: float
    relevance: float

    @property
    def score(self) -> float:
        """Squared, as the links of a middling hit say little, and there are many of them."""
        return LINK_WEIGHT * self.strength**2 + RELEVANCE_WEIGHT * self.relevance


def lower_beside(candidates: Sequence[Candidate], about: Container[int]) -> list[Candidate]:
    """The candidates, best first, with less for those behind the first few whose rows are not among
    `about`, which say something of what the question names."""
    return [
        one if place < FIRST or one.row in about else replace(one, score=BESIDE_WEIGHT * one.score)
        for place, one in enumerate(candidates)
    ]


def add_links(candidates: Sequence[Candidate], links: Sequence[Link]) -> list[Candidate]:
    """The candidates and the links from them in one ranking, best first. A passage found both
    ways counts as the better of them, so that a link lowers nobody's score."""
    found = {candidate.row: candidate for candidate in candidates}
    for rank, link in enumerate(links, 1):
        before = found.get(link.row, Candidate(link.row, 0.0))
        found_by = {**before.found_by, "graph": rank}
        found[link.row] = Candidate(link.row, max(before.score, link.score), found_by)
    return sorted(found.values(), key=lambda one: -one.score)


def coverage(terms: Sequence[str], hits: Sequence[KeywordHit]) -> float:
    """The largest share of the distinct terms that one of the best three hits holds."""
    wanted = set(terms)
    if not wanted:
        return 0.0
    return max((len(wanted & set(hit.terms.split())) for hit in hits[:3]), default=0) / len(wanted)


def _keyword_shares(terms: Sequence[str], hits: Sequence[KeywordHit]) -> list[float]:
    trust = min(1.0, 2 * coverage(terms, hits))
    return [trust * hit.score / hits[0].score for hit in hits]


def _vector_shares(hits: Sequence[VectorHit]) -> list[float]:
    if not hits:
        return []
    best, worst = hits[0].similarity, hits[-1].similarity
    span = best - worst
    return [(hit.similarity - worst) / span if span > 0 else 1.0 for hit in hits]
