"""Question files and the figures made of them."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QuestionFileError
from bot.evaluation import (
    Measured,
    all_hit,
    area_under_curve,
    detail,
    mean_reciprocal_rank,
    measure,
    percentile,
    recall,
    refusal,
    summarise,
)
from bot.nouns import Evidence, Mode, Passage, Scope, SearchResult, Source
from bot.question_file import EvalQuestion, Expected, read_questions, write_line

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=1, max_size=12)


def passage(path: str, text: str = "") -> Passage:
    return Passage(f"{path}/{text}", text, Source(path, "", (), None, 0, len(text)), score=0.5)


def one(
    expect: list[tuple[str, str]],
    found: list[Passage],
    *,
    score: float = 1.0,
    answerable: bool | None = None,
    seconds: float = 0.01,
) -> Measured:
    question = EvalQuestion("?", tuple(Expected(*item) for item in expect), answerable)
    return Measured(question, tuple(found), Evidence(score, 0.5), seconds)


A, B, C = passage("a.md", "apples are red"), passage("b.md", "bananas"), passage("c.md")


def test_an_item_is_hit_by_its_file_with_its_text() -> None:
    assert Expected("a.md", "red").is_hit_by(A)
    assert Expected("a.md", "").is_hit_by(A)
    assert not Expected("a.md", "green").is_hit_by(A)
    assert not Expected("b.md", "red").is_hit_by(A)


def test_recall_is_the_share_of_items_and_all_wants_each() -> None:
    measured = [
        one([("a.md", ""), ("b.md", "")], [A, C, B]),
        one([("c.md", "")], [C]),
        one([], [A]),
    ]

    assert recall(measured, 1) == pytest.approx((0.5 + 1) / 2)
    assert recall(measured, 3) == 1
    assert all_hit(measured, 2) == 0.5
    assert all_hit(measured, 3) == 1


def test_reciprocal_rank_is_of_the_first_hit_within_the_depth() -> None:
    measured = [one([("b.md", "")], [A, B]), one([("b.md", "")], [A]), one([("a.md", "")], [A])]

    assert mean_reciprocal_rank(measured, 10) == pytest.approx((1 / 2 + 0 + 1) / 3)
    assert mean_reciprocal_rank(measured, 1) == pytest.approx(1 / 3)


def test_refusal_counts_both_kinds_of_mistake() -> None:
    measured = [
        one([("a.md", ""), ("b.md", "")], [B, A], score=0.9, answerable=True),
        one([], [], score=0.4, answerable=True),
        one([], [], score=0.1, answerable=False),
        one([], [], score=0.5, answerable=False),
        one([], [], score=0.0),
    ]

    gate = refusal(measured)
    assert gate is not None
    assert (gate.answerable, gate.unanswerable, gate.threshold) == (2, 2, 0.5)
    assert (gate.refused_right, gate.refused_wrong) == (0.5, 0.5)
    assert gate.auc == 0.75
    assert gate.answered_right == 0.5
    assert refusal(measured[:2]) is None


@settings(deadline=None, max_examples=60)
@given(higher=SCORES, lower=SCORES)
def test_area_is_the_share_of_pairs_in_order(higher: list[float], lower: list[float]) -> None:
    pairs = [(h > low) + (h == low) / 2 for h in higher for low in lower]

    assert math.isclose(area_under_curve(higher, lower), sum(pairs) / len(pairs))


def test_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]

    assert (percentile(values, 0.5), percentile(values, 0.95)) == (50, 95)
    assert percentile([7.0], 0.95) == 7


def test_summary_has_the_agreed_keys() -> None:
    figures = summarise([one([("a.md", "")], [A], answerable=True)], Mode.KEYWORD)

    assert list(figures) == [
        *("mode", "questions", "recall@1", "recall@5", "recall@10", "all@5", "all@10", "mrr@10"),
        *("milliseconds", "refusal"),
    ]
    assert figures["mode"] == "keyword"
    assert figures["milliseconds"] == {"p50": 10.0, "p95": 10.0}
    assert figures["refusal"] is None

    both = [one([], [], answerable=True), one([], [], score=0.0, answerable=False)]
    assert summarise(both, Mode.HYBRID)["refusal"] == {
        "auc": 1.0,
        "threshold": 0.5,
        "answered_right": 1.0,
        "refused_right": 1.0,
        "refused_wrong": 0.0,
        "answerable": 1,
        "unanswerable": 1,
    }
    assert summarise(both, Mode.HYBRID)["recall@1"] is None


def test_details_name_passages_and_outcome() -> None:
    assert detail(one([], [A], score=0.2, seconds=0.5)) == {
        "question": "?",
        "passages": [{"path": "a.md", "text": "apples are red", "score": 0.5}],
        "seconds": 0.5,
        "outcome": "not_found",
    }


def test_an_answer_is_right_with_all_its_evidence_in_reach() -> None:
    unanswerable = one([], [], score=0.0, answerable=False)

    def share(found: list[Passage], score: float = 1.0) -> float:
        asked = one([("a.md", ""), ("b.md", "")], found, score=score, answerable=True)
        gate = refusal([asked, unanswerable])
        assert gate is not None
        return gate.answered_right

    assert share([A, C, B]) == 1
    assert share([A, C]) == 0
    assert share([A, *[C] * 6, B]) == 1
    assert share([A, *[C] * 7, B]) == 0
    assert share([A, B], score=0.4) == 0


async def test_measuring_asks_in_order_with_mode_and_limit() -> None:
    asked: list[tuple[str, Mode, int]] = []

    class Search:
        async def search(
            self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
        ) -> SearchResult:
            asked.append((query, mode, limit))
            return SearchResult((A,), Evidence(0.7, 0.5), "1")

    questions = [EvalQuestion("first", (), None), EvalQuestion("second", (), None)]
    measured = [item async for item in measure(Search(), questions, Mode.VECTOR, 3)]

    assert asked == [("first", Mode.VECTOR, 3), ("second", Mode.VECTOR, 3)]
    assert [item.question.text for item in measured] == ["first", "second"]
    assert measured[0].passages == (A,)


def test_question_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '\ufeff{"question": "红色？", "expect": [{"path": "a.md", "text": "red"}], '
        '"answerable": true, "answers": ["x"]}\n\n{"question": "?"}\n',
        encoding="utf-8",
    )

    assert read_questions(file) == [
        EvalQuestion("红色？", (Expected("a.md", "red"),), answerable=True),
        EvalQuestion("?", (), answerable=None),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[]",
        "{}",
        '{"question": 5}',
        '{"question": "  "}',
        '{"question": "?", "expect": "a.md"}',
        '{"question": "?", "expect": [{"text": "no path"}]}',
        '{"question": "?", "expect": [{"path": "a.md", "text": 5}]}',
        '{"question": "?", "answerable": "no"}',
    ],
)
def test_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "fine"}\n\n' + line + "\n")

    with pytest.raises(QuestionFileError, match="line 3") as caught:
        read_questions(file)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "question",
    [
        EvalQuestion(
            "红色？\n", (Expected("a.md", '"red"'), Expected("b.md", "")), answerable=True
        ),
        EvalQuestion("?", (), answerable=None),
    ],
)
def test_what_is_written_is_read(tmp_path: Path, question: EvalQuestion) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(write_line(question) * 2, encoding="utf-8")
    assert read_questions(file) == [question, question]


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe\x00"])
def test_unusable_file_is_said(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "questions.jsonl"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(QuestionFileError, match=r"questions\.jsonl"):
        read_questions(file)
