"""The outline of a text: title, headings, pages, sections."""

import pytest

from bot.indexing.splitting import find_sections, find_title


def read_headings(text: str) -> list[tuple[str, ...]]:
    return [section.heading_path for section in find_sections(text)]


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
