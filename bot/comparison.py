"""Compares a run on a question file with an earlier one, question by question."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import QuestionFileError
from bot.evaluation import Measured
from bot.json_lines import read_objects
from bot.nouns import Outcome, Passage, Source
from bot.question_file import EvalQuestion

DEPTH = 10
FORMAT = "A file to compare with is one that `openbook eval --details FILE` has written."


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run found for a question."""

    mode: str
    question: str
    passages: tuple[Passage, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """How a question came out: `found` is the mean of 1 / rank of its expected items, 0 for one
    that was not found, and None where nothing is expected; `right` tells whether it was refused or
    not as it should be, None where the question file does not say."""

    found: float | None
    right: bool | None
    outcome: Outcome

    @property
    def order(self) -> tuple[bool, float]:
        """The better, the larger: refusal decides, then the ranks."""
        return bool(self.right), self.found or 0.0


@dataclass(frozen=True, slots=True)
class Change:
    question: str
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of one mode. `new` questions were not in the earlier run."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    same: int
    new: int


def read_earlier(path: Path, mode: str) -> list[Earlier]:
    """`mode` is that of the lines that do not say theirs, as a run of one mode writes them; "" if
    it would have to be guessed. Raises QuestionFileError that names the line."""
    lines = read_objects(path, "file of an earlier run", FORMAT)
    earlier = [_read_line(value, mode, where) for where, value in lines]
    if not earlier:
        raise QuestionFileError(f"The file of an earlier run {path} holds no question.", FORMAT)
    if not all(one.mode for one in earlier):
        raise QuestionFileError(
            f"The earlier run {path} was of one mode, and the file does not say of which.",
            "Name that mode with --mode.",
        )
    return earlier


def compare(measured: Sequence[Measured], earlier: Sequence[Earlier]) -> Comparison:
    """Both are judged by what the question file expects now, and as deep as both have looked."""
    depth = min(DEPTH, _find_depth(measured), _find_depth(earlier))
    before: dict[str, list[Earlier]] = defaultdict(list)
    for old in reversed(earlier):
        before[old.question].append(old)
    better, worse, same, new = [], [], 0, 0
    for one in measured:
        if not before[one.question.text]:
            new += 1
            continue
        old = before[one.question.text].pop()
        change = Change(
            one.question.text,
            judge(one.question, old.passages[:depth], old.outcome),
            judge(one.question, one.passages[:depth], one.outcome),
        )
        if change.after.order > change.before.order:
            better.append(change)
        elif change.after.order < change.before.order:
            worse.append(change)
        else:
            same += 1
    return Comparison(tuple(better), tuple(worse), same, new)


def judge(question: EvalQuestion, passages: Sequence[Passage], outcome: Outcome) -> Standing:
    ranks = [
        next((rank for rank, one in enumerate(passages, start=1) if item.is_hit_by(one)), None)
        for item in question.expect
    ]
    found = sum(1 / rank for rank in ranks if rank) / len(ranks) if ranks else None
    right = None
    if question.answerable is not None:
        right = question.answerable == (outcome is Outcome.ANSWERED)
    return Standing(found, right, outcome)


def shape_comparison(comparison: Comparison) -> dict[str, Any]:
    """The JSON of `openbook eval --compare` under `compared`."""
    return {
        "better": [_shape_change(change) for change in comparison.better],
        "worse": [_shape_change(change) for change in comparison.worse],
        "same": comparison.same,
        "new": comparison.new,
    }


def _shape_change(change: Change) -> dict[str, Any]:
    sides = {"before": change.before, "after": change.after}
    return {"question": change.question} | {
        name: {"found": side.found, "outcome": side.outcome.value} for name, side in sides.items()
    }


def _find_depth(runs: Iterable[Measured | Earlier]) -> int:
    return max((len(one.passages) for one in runs), default=0)


def _read_line(value: Mapping[str, Any], mode: str, where: str) -> Earlier:
    try:
        return Earlier(
            mode=_text(value.get("mode", mode)),
            question=_text(value["question"]),
            passages=tuple(
                _make_passage(_text(one["path"]), _text(one["text"])) for one in value["passages"]
            ),
            outcome=Outcome(value["outcome"]),
        )
    except (KeyError, TypeError, ValueError):
        raise QuestionFileError(f"{where} is no line of an earlier run.", FORMAT) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _make_passage(path: str, text: str) -> Passage:
    return Passage("", text, Source(path, "", (), None, 0, len(text)))
