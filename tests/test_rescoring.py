"""Keyword hits scored by themselves."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.search.rescoring import rescore, stem
from bot.store.hits import KeywordHit

WORDS = ("ship", "shipping", "shipped", "carpet", "car", "cars", "运", "运费", "费", "a", "as")
texts = some.lists(some.sampled_from(WORDS), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("words", "shared"),
    [
        ("return returns returned returning", "return"),
        ("ship shipped shipping ships", "ship"),
        ("company companies", "compan"),
        ("call calls called calling", "call"),
        ("bus", "bus"),
        ("运费", "运费"),
    ],
)
def test_forms_of_a_word_share_a_stem(words: str, shared: str) -> None:
    assert {stem(word) for word in words.split()} == {shared}


@given(some.lists(texts, min_size=1, max_size=6), texts)
def test_scores_are_bm25_over_the_hits(passages: list[list[str]], terms: list[str]) -> None:
    hits = [KeywordHit(row, 0.0, " ".join(words), str(row)) for row, words in enumerate(passages)]
    counts = [Counter(map(stem, words)) for words in passages]
    average = sum(map(len, passages)) / len(passages)

    def score(row: int) -> float:
        total = 0.0
        for term in {stem(one) for one in terms}:
            holding = sum(term in count for count in counts)
            rarity = math.log(1 + (50 - holding + 0.5) / (holding + 0.5))
            frequency = counts[row][term]
            length = 0.25 + 0.75 * len(passages[row]) / average
            total += rarity * frequency * 2.2 / (frequency + 1.2 * length)
        return total

    scored = rescore(terms, hits, 50)
    assert {hit.row: hit.score for hit in scored} == pytest.approx(
        {row: score(row) for row in range(len(passages))}
    )
    assert [hit.score for hit in scored] == sorted((hit.score for hit in scored), reverse=True)
