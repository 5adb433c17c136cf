"""Cutting answers into messages, and keeping the end of one in the making."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.telegram.splitting import keep_end, split
from adapters.telegram.styling import Styled, bold, count_units, from_markdown, join, plain, quote
from tests.telegram_entities import find_violations, show
from tests.test_telegram_styling import MARKDOWN, SAMPLE

FAMILY = "👨‍👩‍👧‍👦"


def pack(text: str) -> str:
    return "".join(text.split())


def check(styled: Styled, parts: list[Styled], units: int, entities: int = 100) -> None:
    assert pack("".join(part.text for part in parts)) == pack(styled.text)
    for part in parts:
        assert part.text.strip()
        assert count_units(part.text) <= units
        assert len(part.entities) <= entities
        assert find_violations(part) == []


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("one two.\n\nthree four\nfive", 20, ["one two.", "three four\nfive"]),
        ("one two three\nfour five six", 20, ["one two three", "four five six"]),
        ("One two. Three four five", 16, ["One two.", "Three four five"]),
        ("One 3.14 and two more", 12, ["One 3.14 and", "two more"]),
        ("One two “three.” Four five", 20, ["One two “three.”", "Four five"]),
        ("一二三四。五六七八九十", 8, ["一二三四。", "五六七八九十"]),
        ("一二“三四。”五六七八九十", 10, ["一二“三四。”", "五六七八九十"]),
        ("一二三四，五六七八九十", 8, ["一二三四，", "五六七八九十"]),
        ("一二三四五六七八九十", 8, ["一二三四五六七八", "九十"]),
        ("some twoooooooooo", 10, ["some", "twoooooooo", "oo"]),
        ("👍🏽👍🏽👍🏽", 9, ["👍🏽👍🏽", "👍🏽"]),
        ("🇩🇪🇫🇷🇨🇳", 10, ["🇩🇪🇫🇷", "🇨🇳"]),
        (f"ab{FAMILY}", 12, ["ab", FAMILY]),
        ("e\u0301e\u0301", 3, ["e\u0301", "e\u0301"]),
        ("a\n\n\n\n\n\n\n\n\nb", 4, ["a", "b"]),
        ("one\n\n" + "two three four " * 3, 30, None),
    ],
    ids=[
        *("empty", "fits", "paragraph", "line", "sentence", "number", "quoted-sentence"),
        *("chinese-sentence", "chinese-quote", "chinese-comma", "ideographs", "long-word"),
        *("skin-tone", "flags", "family", "accents", "blank-lines", "paragraph-too-short"),
    ],
)
def test_the_cut_is_where_a_reader_would_make_it(
    text: str, units: int, parts: list[str] | None
) -> None:
    found = split(plain(text), units=units)
    check(plain(text), found, units)
    if parts is None:
        assert len(found[0].text) > units / 3
    else:
        assert [part.text for part in found] == parts


def test_a_list_moves_to_the_next_part_as_a_whole() -> None:
    styled = from_markdown("Some words to begin with.\n- one\n  - two\n- three\n\nThe end.")
    assert [part.text for part in split(styled, units=40)] == [
        "Some words to begin with.",
        "• one\n  • two\n• three\n\nThe end.",
    ]


@pytest.mark.parametrize(
    "kind", ["```py\nx = 1\ny = 2\n\nz = 3\n```", "> 一二三\n> 四五六\n> 七八九"]
)
def test_a_block_moves_to_the_next_part_as_a_whole(kind: str) -> None:
    block = from_markdown(kind)
    styled = join([plain("Words before it."), block], between="\n")
    first, second = split(styled, units=24)
    assert first.text == "Words before it."
    assert second == block


def test_a_block_is_cut_rather_than_that_a_part_is_absurdly_short() -> None:
    styled = from_markdown("Hi:\n\n- one two three\n- four five six\n- seven")
    assert [part.text for part in split(styled, units=42)] == [
        "Hi:\n\n• one two three\n• four five six",
        "• seven",
    ]


def test_long_code_goes_on_as_code_with_its_language_and_indentation() -> None:
    code = "\n".join(f"    line {number}" for number in range(30))
    parts = split(from_markdown(f"```py\nif a:\n{code}\n```"), units=100)
    assert len(parts) > 3
    for part in parts:
        assert show(part) == [("pre", part.text, "py")]
        assert part.text.startswith(("if a:", "    line"))


def test_a_long_quote_goes_on_as_a_quote() -> None:
    parts = split(quote("这是一句话。" * 30), units=50)
    assert all(show(part) == [("expandable_blockquote", part.text)] for part in parts)
    assert all(part.text.endswith("。") for part in parts)


def test_what_spans_a_cut_goes_on() -> None:
    styled = from_markdown("**one two [three four](https://x.io) five**")
    first, second = split(styled, units=14)
    assert show(first) == [("bold", "one two three"), ("text_link", "three", "https://x.io")]
    assert show(second)[1] == ("text_link", "four", "https://x.io")


@pytest.mark.parametrize("most", [1, 2, 7, 100])
def test_no_part_has_too_many_entities(most: int) -> None:
    styled = from_markdown(" ".join(f"**b{number}** _i{number}_" for number in range(120)))
    parts = split(styled, entities=most)
    check(styled, parts, 4096, most)
    assert sum(len(part.entities) for part in parts) == len(styled.entities)
    assert len(parts) <= 3 * len(styled.entities) // most + 1


def test_more_entities_in_one_place_than_allowed_are_left_out() -> None:
    styled = Styled("abc", (MessageEntity("bold", 0, 3), MessageEntity("italic", 0, 3)))
    assert [show(part) for part in split(styled, entities=1)] == [[("bold", "abc")]]


def test_the_limits_of_telegram_are_the_default() -> None:
    parts = split(plain("👍" * 5000))
    assert [count_units(part.text) for part in parts] == [4096, 4096, 1808]


@given(MARKDOWN, st.integers(16, 60), st.sampled_from([3, 100]))
@settings(max_examples=300, deadline=None)
def test_parts_are_valid_and_lose_nothing(markdown: str, units: int, entities: int) -> None:
    styled = from_markdown(markdown * 3)
    check(styled, split(styled, units=units, entities=entities), units, entities)


@given(st.integers(20, 700))
@settings(max_examples=60, deadline=None)
def test_a_long_answer_is_cut_well_at_any_length(units: int) -> None:
    styled = join([from_markdown(SAMPLE)] * 3, between="\n\n")
    parts = split(styled, units=units)
    check(styled, parts, units)
    assert len(parts) <= 3 * count_units(styled.text) // units + 1


CHARACTERS = st.text(alphabet=f"ab 。中\n\u0301👍🏽🇩🇪\u200d{FAMILY}", max_size=120)


@given(CHARACTERS, st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_no_character_is_cut_in_two(text: str, units: int) -> None:
    styled = plain(text)
    parts = split(styled, units=units + 40)
    position = 0
    for part in parts:
        position = text.index(part.text, position)
        edges = {position, position := position + len(part.text)}
        for match in regex.finditer(r"\X", text):
            if count_units(match[0]) <= units and not match[0][0].isspace():
                assert not any(match.start() < edge < match.end() for edge in edges)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "字" * 100_000,
        "a\u0301" + "\u0301" * 100_000,
        "👍\u200d" * 50_000,
        "🇩🇪" * 10_000,
        "a" + "\n" * 100_000 + "b",
        "a" + " " * 100_000 + "b",
        "• a\n" * 25_000,
        "。" * 100_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_hostile_text_is_cut_like_any_other(text: str) -> None:
    check(plain(text), split(plain(text)), 4096)


def test_thousands_of_entities_are_cut_like_any_other() -> None:
    styled = join([bold("字")] * 20_000, between=" ")
    assert len(split(styled)) == 200


@pytest.mark.parametrize(
    ("text", "units", "end"),
    [
        ("short", 5, "short"),
        ("", 5, ""),
        ("one two three\nfour five six", 16, "…four five six"),
        ("One. Two three four", 16, "…Two three four"),
        ("一二三。四五六七八九", 8, "…四五六七八九"),
        ("aaaa bbbb cccc", 11, "…bbbb cccc"),
        ("一二三四五六", 4, "…四五六"),
        ("👍🏽👍🏽", 7, "…👍🏽"),
        (f"a{FAMILY}b", 5, "…b"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_the_end_of_a_text_is_kept(text: str, units: int, end: str) -> None:
    assert keep_end(text, units) == end


@given(CHARACTERS, st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_the_kept_end_is_an_end_that_fits(text: str, units: int) -> None:
    end = keep_end(text, units)
    assert count_units(end) <= units
    assert text.endswith(end.removeprefix("…"))
    assert end == text or end.startswith("…")
