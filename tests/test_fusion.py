"""One ranking out of three."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.search.fusion import Candidate, Link, add_links, coverage, fuse, lower_beside
from bot.store.hits import KeywordHit, VectorHit

WORDS = ("red", "green", "blue", "lamp", "kettle")


@some.composite
def keyword_hits(draw: some.DrawFn) -> list[KeywordHit]:
    rows = draw(some.lists(some.integers(0, 40), unique=True, max_size=20))
    scores = draw(some.lists(some.floats(0.01, 30), min_size=len(rows), max_size=len(rows)))
    terms = some.lists(some.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
    return [
        KeywordHit(row, score, draw(terms))
        for row, score in zip(rows, sorted(scores, reverse=True), strict=True)
    ]


@some.composite
def vector_hits(draw: some.DrawFn) -> list[VectorHit]:
    rows = draw(some.lists(some.integers(0, 40), unique=True, max_size=20))
    near = draw(some.lists(some.integers(-1000, 1000), min_size=len(rows), max_size=len(rows)))
    ranked = zip(rows, sorted(near, reverse=True), strict=True)
    return [VectorHit(row, similarity / 1000) for row, similarity in ranked]


@settings(max_examples=300, deadline=None)
@given(some.lists(some.sampled_from(WORDS), max_size=5), keyword_hits(), vector_hits())
def test_every_hit_is_a_candidate_once_best_first(
    terms: list[str], keyword: list[KeywordHit], vector: list[VectorHit]
) -> None:
    fused = fuse(terms, keyword, vector)

    scores = [candidate.score for candidate in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in scores)
    rows = [candidate.row for candidate in fused]
    assert sorted(rows) == sorted({hit.row for hit in keyword} | {hit.row for hit in vector})
    for candidate in fused:
        ranks = {
            name: [hit.row for hit in hits].index(candidate.row) + 1
            for name, hits in (("keyword", keyword), ("vector", vector))
            if candidate.row in [hit.row for hit in hits]
        }
        assert candidate.found_by == ranks


@settings(max_examples=200, deadline=None)
@given(vector_hits())
def test_one_search_alone_keeps_its_order(vector: list[VectorHit]) -> None:
    fused = fuse([], [], vector)

    near = {hit.row: hit.similarity for hit in vector}
    order = [near[candidate.row] for candidate in fused]
    assert order == sorted(order, reverse=True)
    assert not fused or fused[0].score == 1


def test_keyword_counts_as_far_as_it_covers_the_question() -> None:
    terms = ["what", "does", "the", "red", "lamp", "cost", "now", "7"]
    stray = [KeywordHit(1, 9.0, "chapter 7")]
    good = [KeywordHit(1, 9.0, "the red lamp cost 7")]
    vector = [VectorHit(2, 0.6), VectorHit(3, 0.1)]

    assert fuse(terms, stray, vector)[0].row == 2
    assert fuse(terms, good, vector)[0].row == 1


def test_found_by_both_beats_found_by_one() -> None:
    keyword = [KeywordHit(1, 5.0, "red lamp"), KeywordHit(2, 5.0, "red lamp")]
    vector = [VectorHit(2, 0.9), VectorHit(3, 0.1)]

    assert fuse(["red", "lamp"], keyword, vector)[0] == Candidate(
        2, 1.0, {"keyword": 2, "vector": 1}
    )


def test_coverage_is_of_distinct_terms_in_the_best_three() -> None:
    hits = [KeywordHit(n, 9.0 - n, text) for n, text in enumerate(["red", "red lamp", "x", "blue"])]

    assert coverage(["red", "red", "lamp", "blue"], hits) == pytest.approx(2 / 3)
    assert coverage(["blue"], hits) == 0
    assert coverage([], hits) == coverage(["red"], []) == 0
    assert fuse([], [], []) == []


def test_links_lift_and_lower_nobody() -> None:
    found = [Candidate(1, 0.9, {"keyword": 1}), Candidate(2, 0.3, {"vector": 4})]

    ranked = add_links(found, [Link(3, 1.0, 0.0), Link(2, 0.5, 1.0), Link(1, 0.1, 0.0)])

    assert [(one.row, round(one.score, 3)) for one in ranked] == [(1, 0.9), (3, 0.7), (2, 0.475)]
    assert ranked[0].found_by == {"keyword": 1, "graph": 3}
    assert ranked[1].found_by == {"graph": 1}
    assert ranked[2].found_by == {"vector": 4, "graph": 2}
    assert add_links(found, []) == found


def test_hits_behind_the_first_are_lowered_unless_they_are_about_it() -> None:
    found = [Candidate(row, 1 - row / 10) for row in range(6)]

    lowered = lower_beside(found, {4})

    assert [round(one.score, 3) for one in lowered] == [1, 0.9, 0.8, 0.35, 0.6, 0.25]
