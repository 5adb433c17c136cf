"""Answers with a thumb up become questions of an eval file."""

from pathlib import Path

import pytest

from bot.feedback import make_questions
from bot.ledger.opening import open_ledger
from bot.nouns import Answer, Citation, Kept, Outcome, Passage, Source
from bot.question_file import EvalQuestion, Expected
from tests.ledgers import KINDS, make_address


def cite(path: str, text: str, quote: str) -> Citation:
    return Citation(1, Passage("p", text, Source(path, "", (), None, 0, len(text))), quote)


def keep(question: str, *citations: Citation, query: str = "") -> Kept:
    return Kept(question, Answer("Yes.", Outcome.ANSWERED, citations, query=query), "c", "a", "e")


A, B = cite("a.md", "One. Two.", "Two."), cite("b.md", "Three\nfour.", "Three four.")


def test_what_was_quoted_is_expected() -> None:
    assert make_questions([keep("When?", A, B, A)]) == [
        EvalQuestion(
            "When?",
            (Expected("a.md", "Two."), Expected("b.md", "Three\nfour.")),
            answerable=True,
        )
    ]


def test_what_was_searched_for_is_asked_once() -> None:
    made = make_questions(
        [
            keep("And then?", A, query="What then?"),
            keep("What then?", B),
            keep("Hello"),
            keep(" ", A),
        ]
    )
    assert [(one.text, one.expect[0].path) for one in made] == [("What then?", "b.md")]


@pytest.mark.parametrize("kind", KINDS)
async def test_only_undisputed_thumbs_up_count(kind: str, tmp_path: Path) -> None:
    async with make_address(kind, tmp_path) as address, open_ledger(address) as ledger:
        names = {
            text: await ledger.archive.keep(keep(text, A), remembered=True)
            for text in ("good", "bad", "disputed", "silent", "better")
        }
        for text, asker, way in (
            ("good", "ada", "up"),
            ("bad", "ada", "down"),
            ("disputed", "ada", "up"),
            ("disputed", "bob", "down"),
            ("better", "ada", "up"),
            ("better", "bob", "up"),
        ):
            await ledger.archive.vote(names[text], asker, way)
        liked = await ledger.archive.read_liked()
        assert [kept.question for kept in liked] == ["good", "better"]
        assert liked[0].answer.citations == (A,)
        await ledger.forget_asker("a")
        assert await ledger.archive.read_liked() == []
