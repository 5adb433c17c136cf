"""Decides, before a model is paid, whether the documents hold evidence for a question.

A logistic model over figures that the searches give anyway. tests/benchmarks/gate.py fits its
numbers and shows how they carry over to question sets they were not fitted to.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.languages import detect_language
from bot.nouns import Evidence
from bot.search.terms import leave_telling
from bot.store.hits import KeywordHit, VectorHit

# Below this probability the reply is a refusal.
THRESHOLD = 0.12

# How far an embedder spreads its similarities, compared with the `local` one, and how similar it
# finds what has nothing in common; others count as `local`.
SPREADS = {"e5": 0.28}
UNRELATED = {"e5": 0.78}

# The languages that an embedder was made for; one that is not named here knows all. Those of the
# `local` one are the 16 of the Multilingual Universal Sentence Encoder (Yang et al. 2019).
LANGUAGES = {
    "local": frozenset(
        (
            *("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr"),
            *("zh", "zh-Hant"),
        )
    )
}

# Words are compared by their beginning: a stand-in for stemming that needs no language.
STEM = 6


@dataclass(frozen=True, slots=True)
class Features:
    """`strength`: BM25 score of the best keyword hit, as a share of what a passage with all of the
    question's terms would have. `coverage`: the largest weighted share of the terms that one of
    the best ten keyword hits holds; `reach`: that any hit holds. `lead`: how much more similar the
    best vector hit is than the bulk of the hits, None without vectors. `foreign`: the question is
    in another language than the passages. `known`: it is in one that the embedder was made for."""

    strength: float
    coverage: float
    reach: float
    lead: float | None
    foreign: bool
    known: bool = True


def judge(features: Features) -> Evidence:
    """The calibrated probability that the documents hold the answer."""
    shown = {
        "strength": round(features.strength, 4),
        "coverage": round(features.coverage, 4),
        "reach": round(features.reach, 4),
    }
    keyword = (math.log(features.strength + 0.02), math.log(features.coverage + 0.05))
    by_words = 8.1 + 3.9 * keyword[0] + 2.85 * keyword[1]
    if features.lead is None:
        return Evidence(_logistic(by_words), THRESHOLD, shown)
    shown["lead"] = round(features.lead, 4)
    by_both = 3.3 + 3.0 * keyword[0] + 2.6 * keyword[1] + 19.0 * features.lead
    if not features.known:  # then the lead is small whatever was asked, and counts half
        return Evidence(_logistic((by_words + by_both) / 2), THRESHOLD, shown)
    # A question may share its sense with a passage and hardly a word. Across languages it must, so
    # there less of a lead counts.
    by_sense = _logistic(22.4 * features.lead - (4.8 if features.foreign else 6.4))
    return Evidence(max(_logistic(by_both), by_sense), THRESHOLD, shown)


def measure(
    terms: Sequence[str],
    keyword: Sequence[KeywordHit],
    vector: Sequence[VectorHit],
    passages: int,
    *,
    embedder: str = "",
    foreign: bool = False,
    language: str = "",
) -> Features:
    """Figures of a question from the hits of its searches, each best first.

    `terms` are those that say what the question is about, `passages` is the size of the index,
    `embedder` the identity of what it was embedded with, `language` that of the question.
    """
    kind = embedder.partition(" ")[0]
    similarities = [hit.similarity for hit in vector]
    lead = _lead(similarities, passages, UNRELATED.get(kind, 0.0)) if vector else None
    wanted = {_stem(term) for term in leave_telling(terms)}
    held = [_find(wanted, hit.terms) for hit in keyword]
    weights = _weights(wanted, held)
    total = sum(weights.values())
    reachable = set().union(*held)
    return Features(
        strength=keyword[0].score / total / math.log(1 + passages) if total and keyword else 0.0,
        coverage=max((_share(weights, found) for found in held[:10]), default=0.0),
        reach=_share(weights, reachable),
        lead=None if lead is None else lead / SPREADS.get(kind, 1.0),
        foreign=foreign,
        known=language in LANGUAGES.get(kind, (language,)),
    )


def is_foreign(language: str, passages: Sequence[str]) -> bool:
    """Whether the passages are in another language than the question, so that only the vectors
    can tell whether they answer it."""
    if not passages:
        return False
    other = detect_language("\n".join(passage[:120] for passage in passages), language)
    return language[:2] != other[:2]


def _find(stems: set[str], terms: str) -> set[str]:
    """The stems that some of the blank-separated terms begin with."""
    padded = f" {terms}"
    return {stem for stem in stems if f" {stem}" in padded}


def _weights(wanted: set[str], held: Sequence[set[str]]) -> dict[str, float]:
    """Rare terms weigh more. How rare a term is shows in how few of the hits hold it: hits are
    ranked by rare terms first."""
    depth = max(1, len(held))
    return {
        term: math.log(1 + 50 / (1 + 50 / depth * sum(term in one for one in held)))
        for term in wanted
    }


def _share(weights: dict[str, float], found: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0


def _lead(similarities: Sequence[float], passages: int, unrelated: float) -> float:
    """How far the best hit is ahead of the bulk: of the hits behind the first few in a hundred of
    all passages, so that it means the same in a small folder. A hit that is alone has no bulk."""
    first = max(1, min(5, round(0.04 * passages)))
    last = max(5, round(0.25 * passages))
    bulk = similarities[first:last] or [unrelated]
    return similarities[0] - sum(bulk) / len(bulk)


def _stem(term: str) -> str:
    return term[:STEM]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
