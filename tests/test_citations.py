"""Marks of an answer against the passages they point to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.citations import Checked, check
from bot.nouns import Passage, Source


def make_passage(text: str) -> Passage:
    return Passage("1", text, Source("a.md", "Handbook", (), None, 0, len(text)))


PASSAGES = [
    make_passage("Refunds take 14 days. They go to your card. A fee of $5 applies."),
    make_passage("Shipping to Canada costs $12. Orders above $99 ship free."),
    make_passage("国内运费为12元。满99元免运费，加急另付20元。"),
]


def list_quotes(checked: Checked) -> list[tuple[int, str]]:
    return [(citation.number, citation.quote) for citation in checked.citations]


def test_quotes_the_sentence_that_carries_each_claim() -> None:
    checked = check(
        "Refunds take 14 days [1]. Shipping costs $12 [2], free above $99 [2].", PASSAGES
    )
    assert list_quotes(checked) == [
        (1, "Refunds take 14 days."),
        (2, "Shipping to Canada costs $12."),
        (2, "Orders above $99 ship free."),
    ]
    assert checked.citations[0].passage is PASSAGES[0]


def test_chinese_claims_are_matched_by_pairs_and_numbers() -> None:
    checked = check("运费12元[3]。满99元包邮[3]，加急要20元[3]。", PASSAGES)
    assert list_quotes(checked) == [
        (3, "国内运费为12元。"),
        (3, "满99元免运费，加急另付20元。"),
    ]


def test_numbers_weigh_more_than_words() -> None:
    passage = make_passage("The refund fee for the card was waived. It is $5 now.")
    assert list_quotes(check("The fee is $5 [1].", [passage]))[0][1] == "It is $5 now."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Refunds take 14 days [1, 1].", "Refunds take 14 days [1]."),
        ("Refunds take 14 days【1】.", "Refunds take 14 days[1]."),
        ("Refunds take 14 days【1†source】.", "Refunds take 14 days[1]."),
        ("退款14天［1］。", "退款14天[1]。"),
        ("Refunds take 14 days [^1].", "Refunds take 14 days [1]."),
        ("Refunds take 14 days. [1]", "Refunds take 14 days. [1]"),
        ("Refunds cost $5, shipping $12 [1][2].", "Refunds cost $5, shipping $12 [1][2]."),
        ("Refunds cost $5, shipping $12 [1-2].", "Refunds cost $5, shipping $12 [1][2]."),
        ("Refunds cost $5, shipping $12 [1, 2]", "Refunds cost $5, shipping $12 [1][2]"),
    ],
)
def test_reads_the_marks_that_models_write(text: str, shown: str) -> None:
    assert check(text, PASSAGES).text == shown


@pytest.mark.parametrize(
    "text",
    [
        "[1] Refunds take 14 days.\n[2] Shipping to Canada costs $12.",
        "- [1]: Refunds take 14 days.\n- [2]: Shipping to Canada costs $12.",
        "1. [1] Refunds take 14 days.\n2. [2] Shipping to Canada costs $12.",
        "According to [1], refunds take 14 days. According to [2], shipping to Canada costs $12.",
    ],
)
def test_a_mark_may_stand_before_its_claim(text: str) -> None:
    checked = check(text, PASSAGES)
    assert checked.text == text
    assert list_quotes(checked) == [
        (1, "Refunds take 14 days."),
        (2, "Shipping to Canada costs $12."),
    ]


def test_a_second_mark_of_a_line_stands_behind_its_claim() -> None:
    checked = check("Refunds take 14 days [1] and [1] whales live in deep oceans.", PASSAGES)
    assert checked.text == "Refunds take 14 days [1] and [1] whales live in deep oceans."


@pytest.mark.parametrize("text", ["[1] [2]", "[1] Whales live in deep oceans.", "- [1]\n- [2]"])
def test_a_mark_before_nothing_of_its_passage_is_dropped(text: str) -> None:
    assert not check(text, PASSAGES).citations


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Refunds take weeks or months [7].", "Refunds take weeks or months."),
        ("Refunds take 14 days [7].", "Refunds take 14 days. [1]"),
        ("Refunds take 14 days [0][1][99].", "Refunds take 14 days [1]."),
        ("Whales live in deep oceans [1].", "Whales live in deep oceans."),
        ("Refunds take 14 days [1][2].", "Refunds take 14 days [1]."),
    ],
)
def test_drops_marks_that_do_not_hold(text: str, shown: str) -> None:
    assert check(text, PASSAGES[:2]).text == shown


def test_marks_across_languages_stay_since_they_cannot_be_judged() -> None:
    checked = check("Das Geld kommt auf die Karte, und es wird eine Gebühr fällig [1].", PASSAGES)
    assert [citation.number for citation in checked.citations] == [1]


@pytest.mark.parametrize(
    "text", ["`list[1]` is the second.", "```python\nx = y[1]\n```", "``a`[1]``", "~~~\n[1]\n~~~"]
)
def test_marks_in_code_are_untouched(text: str) -> None:
    checked = check(text, [make_passage("Nothing of the kind.")])
    assert checked.text == text
    assert not checked.citations


@pytest.mark.parametrize("text", ["See [2024] and [a] and [sic].", "Press (1) or 2."])
def test_other_brackets_are_no_marks(text: str) -> None:
    assert check(text, PASSAGES).text == text


def test_an_uncited_answer_gets_marks_where_the_support_is_strong() -> None:
    checked = check("Shipping to Canada costs $12. Whales are large.", PASSAGES)
    assert checked.text == "Shipping to Canada costs $12. [2] Whales are large."
    assert list_quotes(checked) == [(2, "Shipping to Canada costs $12.")]


@pytest.mark.parametrize("text", ["Shipping to Canada costs $15.", "Whales are large.", ""])
def test_what_no_passage_supports_stays_uncited(text: str) -> None:
    checked = check(text, PASSAGES)
    assert checked.text == text
    assert not checked.citations


MARKS = ["[1]", "[2, 3]", "[1-3]", "【2】", "［3］", "[^1]", "[9]", "[1][2]", "[", "]"]
WORDS = [
    "Refunds take 14 days",
    "Shipping costs $12",
    "运费12元。",
    "Whales. ",
    "`x[1]`",
    "```\n[1]\n```\n",
    "\n\n",
    "- ",
    ". ",
    " ",
    "`",
]
TEXTS = st.lists(st.sampled_from(MARKS + WORDS) | st.text(max_size=5), max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 3))
def test_what_always_holds(text: str, count: int) -> None:
    passages = PASSAGES[:count]
    checked = check(text, passages)
    for citation in checked.citations:
        assert 1 <= citation.number <= count
        assert citation.passage is passages[citation.number - 1]
        assert citation.quote in citation.passage.text
        assert f"[{citation.number}]" in checked.text
    assert check(checked.text, passages) == checked


def test_a_mark_at_another_passage_than_its_figures_is_corrected() -> None:
    checked = check("Orders above $99 ship free [1].", PASSAGES)
    assert checked.text == "Orders above $99 ship free [2]."
    assert list_quotes(checked) == [(2, "Orders above $99 ship free.")]
    assert check(checked.text, PASSAGES).text == checked.text


def test_figures_that_no_passage_has_leave_a_mark_where_it_is() -> None:
    assert check("Refunds take two weeks, 2 [1].", PASSAGES).text.endswith("[1].")
