"""A run beside an earlier one: what is better, what worse."""

import json
from pathlib import Path

import pytest

from bot.comparison import Change, Earlier, Standing, compare, judge, read_earlier, shape_comparison
from bot.errors import QuestionFileError
from bot.evaluation import Measured, detail
from bot.nouns import Evidence, Outcome, Passage, Source
from bot.question_file import EvalQuestion, Expected

FOUND, REFUSED = Outcome.ANSWERED, Outcome.NOT_FOUND


def passage(path: str) -> Passage:
    return Passage("", "words", Source(path, "", (), None, 0, 5))


A, B, C = passage("a.md"), passage("b.md"), passage("c.md")


def ask(text: str, *paths: str, answerable: bool | None = None) -> EvalQuestion:
    return EvalQuestion(text, tuple(Expected(path, "") for path in paths), answerable)


def now(question: EvalQuestion, *found: Passage, score: float = 1.0) -> Measured:
    return Measured(question, found, Evidence(score, 0.5), 0.01)


def before(text: str, *found: Passage, outcome: Outcome = FOUND) -> Earlier:
    return Earlier("hybrid", text, found, outcome)


def names(changes: tuple[Change, ...]) -> list[str]:
    return [change.question for change in changes]


def test_ranks_and_refusals_are_judged() -> None:
    assert judge(ask("?", "a.md", "b.md"), (C, A, B), FOUND).found == pytest.approx(5 / 12)
    assert judge(ask("?", "a.md", "b.md"), (C, A), FOUND).found == 0.25
    assert judge(ask("?"), (A,), FOUND) == Standing(None, None, FOUND)
    assert judge(ask("?", answerable=False), (), FOUND).right is False
    assert judge(ask("?", answerable=False), (), REFUSED).right is True
    assert judge(ask("?", answerable=True), (), REFUSED).right is False


def test_better_worse_same_and_new() -> None:
    measured = [
        now(ask("up", "a.md"), A, B),
        now(ask("down", "a.md"), B, A),
        now(ask("same", "a.md"), A, C),
        now(ask("new", "a.md"), A),
        now(ask("refused", "a.md", answerable=True), A, score=0.1),
        now(ask("silent", answerable=False), B, score=0.1),
    ]
    earlier = [
        before("down", A, B),
        before("up", B, A),
        before("same", A, B),
        before("refused", B, A),
        before("silent", A),
        before("gone", A),
    ]
    compared = compare(measured, earlier)
    assert names(compared.better) == ["up", "silent"]
    assert names(compared.worse) == ["down", "refused"]
    assert (compared.same, compared.new) == (1, 1)
    assert shape_comparison(compared)["worse"][1] == {
        "question": "refused",
        "before": {"found": 0.5, "outcome": "answered"},
        "after": {"found": 1.0, "outcome": "not_found"},
    }


def test_both_runs_are_judged_as_deep_as_both_have_looked() -> None:
    compared = compare([now(ask("?", "a.md"), B, C)], [before("?", B, C, A)])
    assert (compared.same, compared.worse) == (1, ())


def test_a_question_that_is_asked_twice_is_compared_in_order() -> None:
    measured = [now(ask("?", "a.md"), A, B), now(ask("?", "a.md"), B, A)]
    compared = compare(measured, [before("?", A, B), before("?", B, A)])
    assert compared.same == 2


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_details_are_read_again(tmp_path: Path) -> None:
    shape = detail(now(ask("?", "a.md"), A, score=0.1))
    file = write(tmp_path / "run.jsonl", shape, {"mode": "vector"} | shape)
    first, second = read_earlier(file, "hybrid")
    assert (first.mode, second.mode) == ("hybrid", "vector")
    assert (first.question, first.outcome, first.passages) == ("?", REFUSED, (A,))


def test_a_mode_is_not_guessed(tmp_path: Path) -> None:
    file = write(tmp_path / "run.jsonl", detail(now(ask("?"))))
    with pytest.raises(QuestionFileError, match="--mode"):
        read_earlier(file, "")


@pytest.mark.parametrize(
    "change",
    [
        {"question": None},
        {"passages": 5},
        {"passages": [{"path": "a"}]},
        {"passages": ["a"]},
        {"outcome": "good"},
        {"mode": 7},
    ],
)
def test_a_line_of_another_kind_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    shape = detail(now(ask("?"), A))
    with pytest.raises(QuestionFileError, match="line 2"):
        read_earlier(write(tmp_path / "run.jsonl", shape, shape | change), "hybrid")


def test_an_empty_file_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match="no question"):
        read_earlier(write(tmp_path / "run.jsonl"), "hybrid")
