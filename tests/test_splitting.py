"""Splitting documents into passages, by examples in English and Chinese."""

from dataclasses import replace

import pytest
import regex

from bot.indexing.splitting import split
from bot.models.tokens import estimate_tokens
from tests.splits import make_document, split_text

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


@pytest.mark.parametrize("text", ["", " \n\n\t ", "\u3000\n"])
def test_blank_text_makes_no_passage(text: str) -> None:
    assert split_text(text) == ()
