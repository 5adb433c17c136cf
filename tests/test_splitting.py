"""Splitting documents into passages: what must hold for any text, and examples for people."""

from dataclasses import replace

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.indexing.splitting import find_sections, find_title, split
from bot.models.tokens import estimate_tokens
from bot.nouns import Document, Passage


def make_document(text: str, pages: tuple[tuple[int, int], ...] = ()) -> Document:
    sections = find_sections(text, pages)
    return Document("guide/a.md", "markdown", "0" * 40, find_title(text), text, sections)


def split_text(text: str, limit: int = 400) -> tuple[Passage, ...]:
    return split(make_document(text), limit)


def read_headings(text: str) -> list[tuple[str, ...]]:
    return [section.heading_path for section in find_sections(text)]


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


@pytest.mark.parametrize("text", ["", " \n\n\t ", "\u3000\n"])
def test_blank_text_makes_no_passage(text: str) -> None:
    assert split_text(text) == ()


# The outline.


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 使用手册 #\n\n## One", "使用手册"),
        ("intro\n\n# **Bold** [link](http://x) `code` {#anchor}", "Bold link code"),
        ("Handbook\n========\n", "Handbook"),
        ("## Two\n# One", ""),
        ("```\n# not this\n```\ntext", ""),
        ("---\n# comment in front matter\ntitle: x\n---\n# Real\n", "Real"),
        ("#hashtag", ""),
        ("# C#", "C#"),
        ("# " + "long " * 100, "long " * 39 + "long…"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert find_title(text) == title


def test_heading_paths_follow_the_levels() -> None:
    text = "a\n# A\n### C\nc\n## B\nb\n# D\n"
    assert read_headings(text) == [(), ("A",), ("A", "C"), ("A", "B"), ("D",)]


@pytest.mark.parametrize(
    ("fence", "closing"), [("```", "```"), ("~~~", "~~~~"), ("````", "````"), ("  ```sh", "  ```")]
)
def test_comments_in_code_are_no_headings(fence: str, closing: str) -> None:
    assert read_headings(f"# A\n{fence}\n# b\n{closing}\n# C\n") == [("A",), ("C",)]


def test_a_fence_that_is_never_closed_hides_nothing() -> None:
    assert read_headings("# A\n```\n# B\n") == [("A",), ("B",)]


def test_underlined_headings() -> None:
    text = "Title\n=====\n\ntext\n\nBelow\n-----\n\n- a\n---\n| a |\n|---|\n"
    assert read_headings(text) == [("Title",), ("Title", "Below")]


def test_pages_and_headings_both_begin_sections() -> None:
    sections = find_sections("# A\none\ntwo\n# B\n", [(1, 0), (2, 8)])
    assert [(one.start, one.heading_path, one.page) for one in sections] == [
        (0, ("A",), 1),
        (8, ("A",), 2),
        (12, ("B",), 2),
    ]


# Passages.

SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank today."


def test_a_passage_knows_where_it_stands() -> None:
    text = f"# Handbook\n\n## Leave\n\n{SENTENCE * 4}\n\n## Pay\n\n{SENTENCE * 4}\n"
    first, second = split_text(text)
    assert first.text.startswith("# Handbook\n\n## Leave\n\nThe quick")
    assert first.source.heading_path == ("Handbook", "Leave")
    assert second.source.heading == "Handbook › Pay"
    assert (second.source.path, second.source.title) == ("guide/a.md", "Handbook")
    assert second.source.page is None


def test_passages_end_with_paragraphs() -> None:
    paragraphs = [" ".join([f"Paragraph {n}.", *[SENTENCE] * 6]) for n in range(9)]
    passages = split_text("# Long\n\n" + "\n\n".join(paragraphs))
    assert "\n\n".join(passage.text for passage in passages) == "# Long\n\n" + "\n\n".join(
        paragraphs
    )
    assert len(passages) == 5


def test_chinese_is_cut_after_sentences_and_their_quotes() -> None:
    text = "他说：“年假可以结转。”请先问经理！可以吗？当然（见附件）。" * 30
    passages = split_text(text, 100)
    assert len(passages) > 5
    assert all(passage.text[0] in "他请可当" for passage in passages)
    assert all(passage.text.endswith(("。”", "！", "？", "。")) for passage in passages)


def test_a_text_without_any_mark_is_cut_between_characters() -> None:
    passages = split_text("👨‍👩‍👧‍👦" * 200, 100)
    assert "".join(passage.text for passage in passages) == "👨‍👩‍👧‍👦" * 200
    assert all(set(regex.findall(r"\X", passage.text)) == {"👨‍👩‍👧‍👦"} for passage in passages)


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    text = "We met Dr. Smith at 3.14 p.m. in St. Petersburg, i.e. far away, with Mr. Jones there. "
    assert all(passage.text.startswith("We met") for passage in split_text(text * 12, 64))


def test_no_passage_is_tiny_at_the_end() -> None:
    text = " ".join([SENTENCE] * 21)
    sizes = [estimate_tokens(passage.text) for passage in split_text(text)]
    assert len(sizes) == 2
    assert min(sizes) > 200


def test_a_short_table_and_a_code_block_stay_whole() -> None:
    table = "| a | b |\n|---|---|\n" + "| one | two |\n" * 12
    code = "```python\n" + "def f(x):\n    return x\n\n" * 10 + "```"
    filler = f"{SENTENCE} " * 8
    passages = split_text(f"# T\n\n{filler}\n\n{table}\n{filler}\n\n{code}\n\n{filler}")
    assert sum(table.strip() in passage.text for passage in passages) == 1
    assert sum(code in passage.text for passage in passages) == 1


def test_a_long_table_repeats_its_head_in_every_passage() -> None:
    head = "| 城市 | 运费 |\n|------|-----:|\n"
    rows = [f"| 第{n}区 | {n}.00 元 |\n" for n in range(200)]
    passages = split_text("# 运费\n\n各区运费如下：\n\n" + head + "".join(rows))
    assert len(passages) > 5
    assert all(passage.text.count(head) == 1 for passage in passages)
    assert all(passage.text.startswith(head + "| 第") for passage in passages[1:])
    assert [row for row in rows if not any(row.strip() in one.text for one in passages)] == []


def test_a_head_that_is_longer_than_its_rows_is_not_repeated() -> None:
    head = f"| {SENTENCE * 12} |\n|---|\n"
    passages = split_text(head + "| a row |\n" * 200)
    assert sum("|---|" in passage.text for passage in passages) == 1


def test_a_table_without_outer_bars_is_a_table() -> None:
    head = "name | price\n--- | ---\n"
    passages = split_text(head + "".join(f"thing {n} | {n}\n" for n in range(300)))
    assert all(passage.text.startswith(head) for passage in passages)


def test_a_row_over_the_limit_is_cut_and_keeps_the_head() -> None:
    head = "| a |\n|---|\n"
    passages = split_text(head + f"| {SENTENCE * 60} |\n| b |\n")
    assert all(passage.text.startswith(head) for passage in passages)


def test_a_list_stays_with_the_line_that_leads_in() -> None:
    items = "\n".join(f"- Step {n}: {SENTENCE}" for n in range(8))
    filler = f"{SENTENCE} " * 9
    text = f"# L\n\n{filler}\n\nDo the following:\n\n{items}\n\n{filler}"
    assert sum(f"Do the following:\n\n{items}" in one.text for one in split_text(text)) == 1


def test_very_short_sections_with_one_parent_are_kept_together() -> None:
    text = "# FAQ\n\n## 运费？\n\n包邮。\n\n## 多久？\n\n三天。\n\n## 发票？\n\n有。\n"
    (passage,) = split_text(text)
    assert passage.source.heading_path == ("FAQ",)
    assert passage.text == text.strip()


def test_sections_of_some_length_stand_alone() -> None:
    text = f"# FAQ\n\n## One?\n\n{SENTENCE} {SENTENCE}\n\n## Two?\n\n{SENTENCE} {SENTENCE}\n"
    assert [one.source.heading_path for one in split_text(text)] == [
        ("FAQ", "One?"),
        ("FAQ", "Two?"),
    ]


def test_short_sections_with_other_parents_are_not_joined() -> None:
    text = "# A\n\n## B\n\none\n\n# C\n\n## D\n\ntwo\n"
    assert [one.source.heading_path for one in split_text(text)] == [("A", "B"), ("C", "D")]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("# A\n## B\n### C\ntext", [("A", "B", "C")]),
        (f"# A\n{SENTENCE * 5}\n## B\n", [("A",)]),
        (f"# A\n## B\n{SENTENCE * 5}\n### C\n## D\n{SENTENCE * 5}\n", [("A", "B"), ("A", "D")]),
        ("# A\n## B\n", [("A", "B")]),
    ],
)
def test_a_heading_is_never_alone(text: str, paths: list[tuple[str, ...]]) -> None:
    passages = split_text(text)
    assert [passage.source.heading_path for passage in passages] == paths
    assert "".join(passage.text.replace("\n", "") for passage in passages) == text.replace("\n", "")


def test_a_heading_stays_with_its_text_when_the_section_is_long() -> None:
    text = "## Long\n\n" + "\n\n".join(f"{SENTENCE} " * 12 for _ in range(4))
    first = split_text(text)[0]
    assert len(first.text) > 500


def test_a_passage_keeps_to_its_page() -> None:
    one, two = f"{SENTENCE}\n", f"{SENTENCE} Again.\n"
    passages = split(make_document(one + two, ((1, 0), (2, len(one)))))
    assert [(passage.text, passage.source.page) for passage in passages] == [
        (one.strip(), 1),
        (two.strip(), 2),
    ]


@pytest.mark.parametrize(
    ("one", "two", "rest"),
    [
        (
            "Unused days of leave are carried over to\n\n",
            "the next year. Ask your manager.",
            "year.",
        ),
        (
            "未使用的年假在得到所在部门经理的书面批准之后可以\n",
            "结转到下一年。请先问经理。",
            "下一年。",
        ),
    ],
)
def test_a_sentence_that_runs_over_a_page_is_not_cut(one: str, two: str, rest: str) -> None:
    first, second = split(make_document(one + two, ((3, 0), (4, len(one)))))
    assert first.text.endswith(rest)
    assert (first.source.page, second.source.page) == (3, 4)


def test_ids_tell_equal_passages_apart_and_depend_on_the_path() -> None:
    document = make_document(f"# A\n\n{SENTENCE * 5}\n\n# A\n\n{SENTENCE * 5}\n")
    first, second = split(document)
    assert first.text == second.text
    assert first.id != second.id
    assert len(first.id) == 32
    assert split(replace(document, path="b.md"))[0].id != first.id
    assert split(replace(document, title="Other"))[0].id == first.id


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
