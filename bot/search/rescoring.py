"""Scores keyword hits by themselves.

The scores of the full-text index count how many of all passages hold a term, also of those that
the asker may not see: what a score is would tell that a closed folder speaks of something. These
are BM25 with the same constants over the hits alone. All passages in the scope that hold a term of
the question are hits, so their counts are those of the scope; only where more match than are looked
at, common terms count as rarer than they are.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from bot.store.hits import KeywordHit

# Hits looked at: what is scored here is ranked by it and cut after that.
POOL = 300
_SATURATION, _LENGTH_SHARE = 1.2, 0.75  # k1 and b of BM25, as in the full-text index
_ENDINGS = ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e", "y")
_SHORTEST_STEM = 3


def rescore(terms: Sequence[str], hits: Sequence[KeywordHit], passages: int) -> list[KeywordHit]:
    """The hits of `terms` best first; `passages` is how many there are in the scope."""
    wanted = sorted({stem(term) for term in terms})
    counts = [{term: _count(term, f" {hit.terms} ") for term in wanted} for hit in hits]
    lengths = [1 + hit.terms.count(" ") for hit in hits]
    average = sum(lengths) / len(lengths) if lengths else 1.0
    weights = {term: _rarity(sum(count[term] > 0 for count in counts), passages) for term in wanted}
    scored = [
        replace(hit, score=sum(weights[term] * _weigh(count[term], share) for term in wanted))
        for hit, count, share in zip(hits, counts, (n / average for n in lengths), strict=True)
    ]
    return sorted(scored, key=lambda hit: (-hit.score, hit.path, hit.terms))


def stem(term: str) -> str:
    """A stand-in for the stemmer of the full-text index: without the commonest English endings."""
    if term.isascii():
        for ending in _ENDINGS:
            if term.endswith(ending) and len(term) - len(ending) >= _SHORTEST_STEM:
                return _undouble(term[: -len(ending)])
    return term


def _count(term: str, words: str) -> int:
    """How many words have that stem; a blank stands on each side of each. A word begins with its
    stem, so that few have to be looked at."""
    start, count = f" {term}", 0
    at = words.find(start)
    while at >= 0:
        end = words.find(" ", at + 1)
        count += stem(words[at + 1 : end]) == term
        at = words.find(start, end)
    return count


def _undouble(stem: str) -> str:
    """`shipp` of `shipped` as `ship`."""
    doubled = stem[-1] == stem[-2] and stem[-1] not in "lsz"
    return stem[:-1] if doubled and len(stem) > _SHORTEST_STEM else stem


def _rarity(holding: int, passages: int) -> float:
    return math.log(1 + (passages - holding + 0.5) / (holding + 0.5))


def _weigh(count: int, length: float) -> float:
    """`length` is that of the passage as a share of the average."""
    damping = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
    return count * (_SATURATION + 1) / (count + damping)
