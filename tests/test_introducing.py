"""What a newcomer is told about the documents: titles, and questions that their headings give."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.nouns import EVERYTHING, Source
from bot.search.introducing import QUESTIONS, Introducer, choose_questions, choose_titles
from bot.store.published import PublishedIndex
from tests.libraries import Library


def at(path: str, title: str, *headings: str) -> Source:
    return Source(path, title, (title, *headings), None, 0, 1)


SHOP = (
    at("fees.md", "Fees", "What does shipping cost?"),
    at("fees.md", "Fees", "Can I pay by card?"),
    at("returns.md", "Returns", "How do I return a parcel?"),
    at("zh/fees.md", "运费", "运费是多少？"),
    at("hours.md", "Opening hours", "Weekends"),
    at("hours.md", "Opening hours", "?"),
    at("hours.md", "Opening hours", f"{'Why ' * 40}?"),
)


def test_questions_are_of_the_language_and_of_many_documents() -> None:
    assert choose_questions(SHOP, "en") == (
        "What does shipping cost?",
        "How do I return a parcel?",
        "Can I pay by card?",
    )
    assert choose_questions(SHOP, "zh-Hant")[0] == "运费是多少？"
    assert len(choose_questions(SHOP, "zh")) == QUESTIONS


def test_headings_that_ask_nothing_are_named_with_their_document() -> None:
    assert choose_questions(SHOP[4:5], "en") == ("Opening hours: Weekends",)
    assert choose_questions([at("plain.txt", "")], "en") == ()


def test_titles_of_the_language_come_first() -> None:
    assert choose_titles(SHOP, "zh")[0] == "运费"
    assert choose_titles(SHOP, "en") == ("Fees", "Returns", "Opening hours", "运费")
    assert choose_titles([Source("a/b.txt", "", (), None, 0, 1)], "en") == ("b.txt",)


@pytest.mark.parametrize("heading", ["Who is @everyone?", "See [this](https://evil.com)?"])
def test_headings_call_nobody(heading: str) -> None:
    (question,) = choose_questions([at("x.md", "X", heading)], "en")
    assert "@everyone" not in question
    assert "](" not in question


async def test_an_index_introduces_itself(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("shop/fees.md", "# Fees\n\n## What does shipping cost?\n\n17 euros.\n")
    await library.index()

    with closing(PublishedIndex(library.uri)) as index:
        known = await Introducer(index).introduce("en", EVERYTHING)
    assert known.documents == 1
    assert known.titles == ("Fees",)
    assert known.questions == ("What does shipping cost?",)
