"""What must hold of the passages of any text, also of one made to do harm."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.indexing.splitting import find_sections, split
from bot.models.tokens import estimate_tokens
from bot.nouns import Document
from tests.splits import make_document, split_text

# Texts as hypothesis makes them: lines of all kinds in any order, and characters that are easily
# cut in two.
WORDS = st.sampled_from(
    [
        *(
            "the",
            "vacation",
            "days",
            "e.g.",
            "Dr.",
            "3.14",
            "(see",
            "below).",
            "!",
            "”",
            "|",
            "`a`",
        ),
        *(
            "年假",
            "政策。",
            "可以！”",
            "です。",
            "하다.",
            "नमस्ते।",
            "e\u0301.",
            "\u00a0",
            "👨‍👩‍👧‍👦",
            "🇩🇪🇫🇷",
        ),
        *("https://a.example/b?c=d", "x" * 300, "字" * 200),
    ]
)
SENTENCES = st.builds(" ".join, st.lists(WORDS, min_size=1, max_size=25))
LINES = st.one_of(
    SENTENCES,
    st.just(""),
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###", "   ####"]), SENTENCES),
    st.builds("{} {}".format, st.sampled_from(["-", "1.", "  *", "2)"]), SENTENCES),
    st.builds("| {} | {} |".format, WORDS, WORDS),
    st.sampled_from(
        ["|---|---|", "```", "~~~~", "```python", "----", "===", "---", " \t ", "#", "# "]
    ),
    st.builds("{}:".format, SENTENCES),
)
MARKDOWN = st.builds("\n".join, st.lists(LINES, max_size=25))
TEXTS = st.one_of(
    MARKDOWN,
    st.text(max_size=300),
    st.text(alphabet="ab。！ \n|#-`\u0301👍🏽\u200d🇩🇪", max_size=400),
)
LIMITS = st.sampled_from([64, 120, 400])

check = settings(max_examples=100, deadline=None)


@given(TEXTS, LIMITS)
@check
def test_spans_are_exact_in_order_and_apart(text: str, limit: int) -> None:
    end = 0
    for passage in split_text(text, limit):
        source = passage.source
        assert end <= source.start < source.end <= len(text)
        body = text[source.start : source.end]
        assert passage.text.endswith(body)
        assert body == body.strip()
        header = passage.text.removesuffix(body)
        assert not header or (header in text[: source.start] and "-" in header.splitlines()[1])
        end = source.end


@given(TEXTS, LIMITS)
@check
def test_all_but_blank_text_is_covered(text: str, limit: int) -> None:
    left = list(text)
    for passage in split_text(text, limit):
        left[passage.source.start : passage.source.end] = " " * (
            passage.source.end - passage.source.start
        )
    assert "".join(left).strip() == ""


@given(TEXTS, LIMITS)
@check
def test_no_passage_is_over_the_limit(text: str, limit: int) -> None:
    assert all(estimate_tokens(passage.text) <= limit for passage in split_text(text, limit))


@given(TEXTS, LIMITS)
@check
def test_same_text_same_passages_and_all_ids_differ(text: str, limit: int) -> None:
    passages = split_text(text, limit)
    assert passages == split_text(text, limit)
    assert len({passage.id for passage in passages}) == len(passages)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))


@given(TEXTS, LIMITS)
@check
def test_no_character_is_cut_in_two(text: str, limit: int) -> None:
    starts = [passage.source.start for passage in split_text(text, limit)]
    for match in regex.finditer(r"\X", text):
        assert not any(match.start() < start < match.end() for start in starts) or (
            match[0][0].isspace()  # blank space that carries an accent is still no text
        )


@given(TEXTS, st.lists(st.integers(0, 400), max_size=4))
@check
def test_passages_follow_pages(text: str, cuts: list[int]) -> None:
    offsets = sorted({min(cut, len(text)) for cut in cuts} | {0})
    pages = tuple(enumerate(offsets, start=1))
    for passage in split(make_document(text, pages)):
        page = max(number for number, offset in pages if offset <= passage.source.start)
        assert passage.source.page == page


@given(MARKDOWN)
@check
def test_sections_cover_the_text(text: str) -> None:
    sections = find_sections(text)
    assert "".join(text[section.start : section.end] for section in sections) == text


PARAGRAPHS = st.builds("\n\n".join, st.lists(SENTENCES, min_size=3, max_size=8))


@given(st.lists(PARAGRAPHS, min_size=2, max_size=5), PARAGRAPHS, st.data())
@check
def test_ids_outside_a_changed_section_stay(
    bodies: list[str], changed: str, data: st.DataObject
) -> None:
    padding = "This section is long enough to stand on its own and not be joined to another. " * 3

    def build(texts: list[str]) -> Document:
        parts = [f"## Part {n}\n\n{padding}\n\n{body}\n" for n, body in enumerate(texts)]
        return make_document("\n".join(parts))

    index = data.draw(st.integers(0, len(bodies) - 1))
    before = split(build(bodies))
    after = split(build([*bodies[:index], changed, *bodies[index + 1 :]]))
    heading = (f"Part {index}",)
    assert [one.id for one in before if one.source.heading_path != heading] == [
        one.id for one in after if one.source.heading_path != heading
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "字" * 100_000,
        "# heading\n" * 20_000,
        "#\n" * 50_000,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20_000,
        "```\n" + "code\n" * 20_000,
        "```x\n" * 20_000,
        "\n".join("`" * count for count in range(600, 3, -1)),
        "a" + "\n" * 200_000 + "b",
        "a" + " " * 200_000 + "b",
        "#" + " " * 200_000,
        "." * 200_000,
        "a\u0301" + "\u0301" * 100_000,
        "🇩🇪" * 20_000,
        "[" * 100_000,
        "# " + "[a](" * 50_000,
        "- x\n" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_is_split_like_any_other(text: str) -> None:
    passages = split_text(text)
    assert passages
    assert all(estimate_tokens(passage.text) <= 400 for passage in passages)
