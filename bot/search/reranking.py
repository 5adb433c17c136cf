"""Puts passages in order by a model that reads each together with the question."""

from collections.abc import Sequence
from dataclasses import replace

from bot.nouns import Passage
from bot.seams import Reranked

# How many of the passages found it reads.
READ = 30
# What its judgement counts; the score of the searches has the rest. It knows nothing of what links
# lead to: on questions over several documents its order alone is worse than the order it is given.
WEIGHT = 0.5


def number(passages: Sequence[Passage]) -> list[Passage]:
    """The passages, best first, with the rank that they have before."""
    return [_note(passage, "fused", rank) for rank, passage in enumerate(passages, start=1)]


def blend(passages: Sequence[Passage], reranked: Reranked) -> list[Passage]:
    """The passages, of which the model has read the first, in their new order, best first."""
    shares = _spread(reranked.scores)
    order = sorted(range(len(shares)), key=lambda place: -shares[place])
    blended = [replace(passage, score=(1 - WEIGHT) * passage.score) for passage in passages]
    for rank, place in enumerate(order, start=1):
        passage = _note(blended[place], "reranker", rank)
        blended[place] = replace(passage, score=passage.score + WEIGHT * shares[place])
    return sorted(blended, key=lambda passage: -passage.score)


def _note(passage: Passage, name: str, rank: int) -> Passage:
    return replace(passage, found_by={**passage.found_by, name: rank})


def _spread(scores: Sequence[float]) -> list[float]:
    """From 0 to 1, since each model has a scale of its own."""
    best, worst = max(scores) / 2, min(scores) / 2  # halved: what lies between stays finite
    span = best - worst
    return [(score / 2 - worst) / span if span > 0 else 1.0 for score in scores]
