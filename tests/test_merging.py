"""Passages that repeat or continue one another become one."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from bot.indexing.sections import find_sections
from bot.indexing.splitting import split
from bot.models.tokens import estimate_tokens
from bot.nouns import Document, Passage, Source
from bot.search.merging import LONGEST_JOINED, merge_passages


def passage(
    text: str,
    ordinal: int = 0,
    *,
    path: str = "a.md",
    score: float = 1.0,
    heading: str = "Prices",
    start: int | None = None,
) -> Passage:
    begin = 1000 * ordinal if start is None else start
    source = Source(path, "Title", (heading,), None, begin, begin + len(text))
    return Passage(f"{path}#{ordinal}", text, source, ordinal, score, {"keyword": ordinal + 1})


def test_repetitions_are_left_out() -> None:
    first = passage("The  lamp is\nred.", path="a.md")
    again = passage("the lamp IS red. ", path="b.md")

    assert merge_passages([first, again], 10) == [first]


def test_neighbours_are_joined_in_the_order_of_the_text() -> None:
    later = replace(passage("Second half.", 1), found_by={"vector": 1})
    earlier = passage("First half.", 0, score=0.8)

    (joined,) = merge_passages([later, earlier], 10)

    assert joined.text == "First half.\n\nSecond half."
    assert (joined.source.start, joined.source.end) == (0, 1000 + len("Second half."))
    assert (joined.ordinal, joined.score) == (0, 1.0)
    assert joined.found_by == {"keyword": 1, "vector": 1}
    assert joined.id == "a.md#0+a.md#1"


def test_a_third_neighbour_is_joined_too() -> None:
    ranked = [passage("One.", 1), passage("Two.", 2, score=0.9), passage("Nil.", 0, score=0.9)]

    assert [one.text for one in merge_passages(ranked, 10)] == ["Nil.\n\nOne.\n\nTwo."]


def test_what_does_not_belong_together_stays_apart() -> None:
    best = passage("One.", 0)
    next_page = replace(best, source=replace(best.source, page=2), text="Two.", ordinal=1)
    for other in (
        passage("Two.", 1, path="b.md"),
        passage("Two.", 1, heading="Returns"),
        passage("Two.", 2),
        next_page,
        passage("Two.", 1, score=0.4),
        passage("word " * LONGEST_JOINED, 1),
    ):
        assert merge_passages([best, other], 10) == [best, other]


def test_the_repeated_header_of_a_table_is_dropped() -> None:
    header, first, second = "| Article | Price |\n", "| Lamp | 3 |", "| Kettle | 4 |"
    one = passage(header + first, 0, start=0)
    body = passage(second, 1, start=40)
    two = replace(body, text=header + second)

    (joined,) = merge_passages([one, two], 10)

    assert joined.text == f"{header}{first}\n\n{second}"


def test_what_is_joined_twice_loses_nothing() -> None:
    """The empty line between two must not be taken for words of the document."""
    ranked = [
        passage("Two.", 1, start=5),
        passage("Three.", 2, start=10, score=0.9),
        passage("One.", 0, start=0, score=0.8),
    ]

    (joined,) = merge_passages(ranked, 10)

    assert joined.text == "One.\n\nTwo.\n\nThree."


def test_joining_needs_no_place_of_its_own() -> None:
    ranked = [passage("One.", 0), passage("Else.", path="b.md"), passage("Two.", 1, score=0.9)]

    merged = merge_passages(ranked, 1)

    assert [one.text for one in merged] == ["One.\n\nTwo."]
    assert merge_passages(ranked, 0) == []


SENTENCES = some.lists(
    some.sampled_from(
        [
            "The lamp is red and stands in the hall. " * 12,
            "收到货物之后三十四天之内可以免费退货。" * 8,
            "\n\n",
            "\n\n## Another section\n\n",
            "\n\n| Article | Price |\n|---|---|\n" + "| Kettle | 12 |\n" * 90 + "\n",
            "A short one. ",
        ]
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(SENTENCES, some.randoms(use_true_random=False), some.integers(1, 8))
def test_no_text_is_lost_and_every_span_is_true(
    parts: list[str], chance: Random, limit: int
) -> None:
    text = "# Title\n\n" + "".join(parts)
    document = Document("a.md", "markdown", "", "Title", text, find_sections(text))
    passages = [replace(one, score=chance.random()) for one in split(document)]
    ranked = sorted(passages, key=lambda one: -one.score)

    everything = merge_passages(ranked, len(ranked))
    some_of_it = merge_passages(ranked, limit)

    found = " ".join(" ".join(one.text.split()) for one in everything)
    for one in passages:
        body = one.text[len(one.text) - (one.source.end - one.source.start) :]
        assert " ".join(body.split()) in found
    assert len(some_of_it) <= limit
    assert [one.score for one in everything] == sorted(
        (one.score for one in everything), reverse=True
    )
    for one in everything:
        assert "+" not in one.id or estimate_tokens(one.text) <= LONGEST_JOINED + 4
        tail = text[max(0, one.source.end - 20) : one.source.end]
        assert tail.split() == one.text[-20:].split()
