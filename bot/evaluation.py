"""Measures search and refusal on a file of questions whose right passages are known."""

import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.nouns import EVERYTHING, Evidence, Mode, Outcome, Passage
from bot.question_file import EvalQuestion
from bot.seams import PassageSearch

# The names of the figures of finding that are shares; None where a file says nothing about them.
SHARES = ("recall@1", "recall@5", "recall@10", "all@5", "all@10", "mrr@10")
ANSWER_PASSAGES = 8  # what an answer rests on, at most: the limit of bot.answering.engine


@dataclass(frozen=True, slots=True)
class Measured:
    """What search gave for a question; `seconds` is the time it took."""

    question: EvalQuestion
    passages: tuple[Passage, ...]
    evidence: Evidence
    seconds: float

    @property
    def outcome(self) -> Outcome:
        return Outcome.ANSWERED if self.evidence.enough else Outcome.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gate: `auc` is the probability that an answerable question scores above an
    unanswerable one. `answered_right` is the share of answerable questions that were not refused
    and whose every expected item is among the passages that the answer would rest on;
    `refused_right` is the share of unanswerable questions that were refused, `refused_wrong` that
    of answerable ones; the last two are counts."""

    auc: float
    threshold: float
    answered_right: float
    refused_right: float
    refused_wrong: float
    answerable: int
    unanswerable: int


async def measure(
    search: PassageSearch, questions: Sequence[EvalQuestion], mode: Mode, limit: int
) -> AsyncIterator[Measured]:
    """One after the other, so that the times are those of a lone asker."""
    for question in questions:
        started = time.perf_counter()
        result = await search.search(question.text, scope=EVERYTHING, mode=mode, limit=limit)
        seconds = time.perf_counter() - started
        yield Measured(question, result.passages, result.evidence, seconds)


def recall(measured: Sequence[Measured], depth: int) -> float | None:
    """The mean share of a question's expected items among its first `depth` passages."""
    return _mean([sum(hits) / len(hits) for hits in _hits(measured, depth)])


def all_hit(measured: Sequence[Measured], depth: int) -> float | None:
    """The share of questions with every expected item among their first `depth` passages."""
    return _mean([float(all(hits)) for hits in _hits(measured, depth)])


def mean_reciprocal_rank(measured: Sequence[Measured], depth: int) -> float | None:
    """The mean of 1 / rank of the first passage that hits any item, 0 where none does."""
    return _mean([_reciprocal_rank(one, depth) for one in measured if one.question.expect])


def refusal(measured: Sequence[Measured]) -> Refusal | None:
    """None where the file has no unanswerable questions or no answerable ones."""
    answerable = [one for one in measured if one.question.answerable is True]
    right = [one.evidence for one in answerable]
    wrong = [one.evidence for one in measured if one.question.answerable is False]
    if not right or not wrong:
        return None
    return Refusal(
        auc=area_under_curve([e.score for e in right], [e.score for e in wrong]),
        threshold=measured[0].evidence.threshold,
        answered_right=sum(map(_is_answered_right, answerable)) / len(answerable),
        refused_right=sum(not evidence.enough for evidence in wrong) / len(wrong),
        refused_wrong=sum(not evidence.enough for evidence in right) / len(right),
        answerable=len(right),
        unanswerable=len(wrong),
    )


def area_under_curve(higher: Sequence[float], lower: Sequence[float]) -> float:
    """The probability that one of `higher` exceeds one of `lower`; a tie counts half."""
    labelled = sorted([(score, True) for score in higher] + [(score, False) for score in lower])
    wins, below = 0.0, 0
    for _, tied in groupby(labelled, key=lambda pair: pair[0]):
        labels = [is_higher for _, is_higher in tied]
        lowers = labels.count(False)
        wins += (len(labels) - lowers) * (below + lowers / 2)
        below += lowers
    return wins / (len(higher) * len(lower))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def summarise(measured: Sequence[Measured], mode: Mode) -> dict[str, Any]:
    """The JSON of `openbook eval`; a figure that the file says nothing about is None."""
    seconds = [one.seconds for one in measured]
    gate = refusal(measured)
    return {
        "mode": mode.value,
        "questions": len(measured),
        "recall@1": recall(measured, 1),
        "recall@5": recall(measured, 5),
        "recall@10": recall(measured, 10),
        "all@5": all_hit(measured, 5),
        "all@10": all_hit(measured, 10),
        "mrr@10": mean_reciprocal_rank(measured, 10),
        "milliseconds": {
            "p50": 1000 * percentile(seconds, 0.5),
            "p95": 1000 * percentile(seconds, 0.95),
        },
        "refusal": {name: getattr(gate, name) for name in Refusal.__slots__} if gate else None,
    }


def detail(one: Measured) -> dict[str, Any]:
    """A line of the details file."""
    return {
        "question": one.question.text,
        "passages": [
            {"path": passage.source.path, "text": passage.text, "score": passage.score}
            for passage in one.passages
        ],
        "seconds": one.seconds,
        "outcome": one.outcome.value,
    }


def _is_answered_right(one: Measured) -> bool:
    offered = one.passages[:ANSWER_PASSAGES]
    return one.evidence.enough and all(
        any(item.is_hit_by(passage) for passage in offered) for item in one.question.expect
    )


def _hits(measured: Sequence[Measured], depth: int) -> list[list[bool]]:
    """For each question that expects something, which of its items were hit."""
    return [
        [
            any(item.is_hit_by(passage) for passage in one.passages[:depth])
            for item in one.question.expect
        ]
        for one in measured
        if one.question.expect
    ]


def _reciprocal_rank(one: Measured, depth: int) -> float:
    for rank, passage in enumerate(one.passages[:depth], start=1):
        if any(item.is_hit_by(passage) for item in one.question.expect):
            return 1 / rank
    return 0.0


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
