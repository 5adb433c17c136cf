"""Markdown to Telegram: what is shown, and that Telegram takes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.telegram.styling import (
    Styled,
    bold,
    count_units,
    from_markdown,
    italic,
    join,
    plain,
    quote,
)
from tests.telegram_entities import find_violations, show

SAMPLE = """# Leave and sick days 🏖️

You have **28 days** a year [1], *five* of them in one row[1][2]. ~~Not~~ `code_x`, __bold2__.

| Kind | 天数 |
|---|---:|
| Annual **leave** | 28 |
| 病假（带薪） | 5 ✅ |

1. First item
   - nested **bold**
   - [x] task
   - [ ] open
2. Second: 2 * 3 = 6, a_b_c, 5 > 3 & <tag>

```python
def f(x):  # 👍🏽
    return x**2 or x || y
```

> 引用：**重点：**内容
> 第二行 `代码`

这是**“重点”**，见 [手册](https://ex.com/a_b?x=1&y=2) 和 https://ex.com/_under_ \\(a^2+b^2\\)。
"""

CASES = {
    "bold": ("a **b** c", "a b c", [("bold", "b")]),
    "chinese bold": ("这是**重点**内容", "这是重点内容", [("bold", "重点")]),
    "mark inside": ("这是**重点：**内容", "这是重点：内容", [("bold", "重点：")]),
    "quotes inside": ("这是**“重点”**内容", "这是“重点”内容", [("bold", "“重点”")]),
    "latin mark inside": ("约**100%**的人", "约100%的人", [("bold", "100%")]),
    "brackets inside": ("调用**f(x)**时", "调用f(x)时", [("bold", "f(x)")]),
    "italic brackets": ("的*（注）*，完", "的（注），完", [("italic", "（注）")]),
    "struck out": ("价~~（旧）~~新", "价（旧）新", [("strikethrough", "（旧）")]),
    "code in bold": ("用**`a`**的", "用a的", [("code", "a")]),
    "marks between": (
        "**甲：**乙，**丙。**丁",
        "甲：乙，丙。丁",
        [("bold", "甲："), ("bold", "丙。")],
    ),
    "bold around code": (
        "**use `x` now**",
        "use x now",
        [("bold", "use"), ("code", "x"), ("bold", "now")],
    ),
    "tag": ("a <tag> b </tag>", "a <tag> b </tag>", []),
    "html block": ("<div>\n**b**\n</div>", "<div>\nb\n</div>", [("bold", "b")]),
    "comment": ("a <!-- b --> c", "a <!-- b --> c", []),
    "tag in code": ("`<b>`", "<b>", [("code", "<b>")]),
    "comparison": ("a < b > c", "a < b > c", []),
    "bare address": ("https://x.io/_a_/*b*c", "https://x.io/_a_/*b*c", []),
    "bold address": (
        "**https://x.io/a_b_**，完",
        "https://x.io/a_b_，完",
        [("bold", "https://x.io/a_b_")],
    ),
    "address in brackets": (
        "<https://x.io/_a_>",
        "https://x.io/_a_",
        [("text_link", "https://x.io/_a_", "https://x.io/_a_")],
    ),
    "address in code": ("`https://x.io/_a_`", "https://x.io/_a_", [("code", "https://x.io/_a_")]),
    "link": (
        "[the *plan*](https://x.io/a_b)",
        "the plan",
        [("text_link", "the plan", "https://x.io/a_b"), ("italic", "plan")],
    ),
    "chinese link": (
        "见**[手册](https://x.cn/a_b_)**。",
        "见手册。",
        [("bold", "手册"), ("text_link", "手册", "https://x.cn/a_b_")],
    ),
    "link around code": (
        "[`x`](https://x.io)",
        "x",
        [("text_link", "x", "https://x.io")],
    ),
    "script link": ("[a](javascript:x)", "[a](javascript:x)", []),
    "telegram link": ("[a](tg://user?id=1)", "[a](tg://user?id=1)", []),
    "file link": ("[1](leave.md)", "[1](leave.md)", []),
    "neutralised link": ("[a] (https[:]//x[.]io)", "[a] (https[:]//x[.]io)", []),
    "link without words": ("[](https://x.io)", "[](https://x.io)", []),
    "custom emoji": (
        "![a](tg://emoji?id=5368324170671202286)",
        "![a](tg://emoji?id=5368324170671202286)",
        [],
    ),
    "citations": ("Yes [1][2], [3].", "Yes [1][2], [3].", []),
    "citation and source": ("Yes [1].\n\n[1]: leave.md", "Yes [1].\n\n[1]: leave.md", []),
    "definition": ("[a][b]\n\n[b]: https://x.io", "[a][b]\n\n[b]: https://x.io", []),
    "footnote": ("Yes[^1].\n\n[^1]: leave.md", "Yes[^1].\n\n[^1]: leave.md", []),
    "snake case": ("a snake_case_name b", "a snake_case_name b", []),
    "dunder": ("see __init__.py", "see __init__.py", []),
    "product": ("2*3*4", "2*3*4", []),
    "or": ("a || b || c", "a || b || c", []),
    "prices": ("$5 to $10", "$5 to $10", []),
    "variables": ("$HOME/$PATH", "$HOME/$PATH", []),
    "headings": (
        "# 一\n\n### 二",
        "一\n\n二",
        [("bold", "一"), ("underline", "一"), ("bold", "二")],
    ),
    "list": ("* a\n* b\n  - c", "• a\n• b\n  • c", []),
    "numbers": ("1. a\n2. **b**", "1. a\n2. b", [("bold", "b")]),
    "tasks": ("- [x] a\n- [ ] b", "☑ a\n☐ b", []),
    "fence": ("```sql\nx < y\n```", "x < y", [("pre", "x < y", "sql")]),
    "fence with chinese bold": (
        "```\n甲**乙：**丙\n```",
        "甲**乙：**丙",
        [("pre", "甲**乙：**丙")],
    ),
    "open fence": ("```py\nx = 1", "x = 1", [("pre", "x = 1", "py")]),
    "indented fence": ("```\n  a\n```", "  a", [("pre", "  a")]),
    "quote": ("> a\n> b\n\nc", "a\nb\n\nc", [("blockquote", "a\nb")]),
    "quote in quote": ("> a\n> > b", "a\nb", [("blockquote", "a\nb")]),
    "table": (
        "| a | b |\n|---|---|\n| cc | d |",
        "a  | b\n---+--\ncc | d",
        [("pre", "a  | b\n---+--\ncc | d")],
    ),
    "chinese table": (
        "| 项目 | b |\n|---|---|\n| **年：** | d |\n| ab | e |",
        "项目 | b\n-----+--\n年： | d\nab   | e",
        [("pre", "项目 | b\n-----+--\n年： | d\nab   | e")],
    ),
    "latex": ("\\(x \\le \\frac{1}{2}\\)", "x ≤ ½", [("code", "x ≤ ½")]),
    "plain latex": ("\\(a^2\\)", "(a^2)", []),
    "windows lines": ("a\r\n\r\n**b**\rc", "a\n\nb\nc", [("bold", "b")]),
    "blank around": ("\n\n  **b**  \n\n", "b", [("bold", "b")]),
    "emoji before": ("👍 **👍b**", "👍 👍b", [("bold", "👍b")]),
    "private character": ("\ue000 **a**\ue001", "\ue000 a\ue001", [("bold", "a")]),
    "nothing in it": ("```\n```", "```\n```", []),
    "empty": (" \n ", "", []),
}


@pytest.mark.parametrize(
    ("markdown", "text", "entities"), CASES.values(), ids=[name.replace(" ", "-") for name in CASES]
)
def test_markdown_is_shown_as_it_was_meant(
    markdown: str, text: str, entities: list[tuple[str, ...]]
) -> None:
    styled = from_markdown(markdown)
    assert styled.text == text
    assert sorted(show(styled)) == sorted(entities)
    assert find_violations(styled) == []


def test_every_beginning_of_an_answer_is_valid() -> None:
    for end in range(len(SAMPLE) + 1):
        assert find_violations(from_markdown(SAMPLE[:end])) == []


PIECES = st.sampled_from(
    [
        *"*_`~|[]()#>-+!\n 1.\\<>&$\"'abж中：，“”（）👍\ue000\ud800\r\t\x00",
        *("```", "**", "***", "\n\n", "https://e.com/_a_", "| a | 中 |\n|--|--|\n", "](http://x"),
        *(
            "- [ ] ",
            "\n> ",
            "\n    ",
            "[^1]: ",
            "$\\frac{1}{2}$",
            "\\[",
            "\\]",
            "\\sqrt{",
            "👍🏽",
            "$$",
        ),
    ]
)
MARKDOWN = st.builds("".join, st.lists(PIECES, max_size=60))


@given(st.one_of(MARKDOWN, st.text(max_size=200)))
@settings(max_examples=600, deadline=None)
def test_any_text_becomes_valid(markdown: str) -> None:
    styled = from_markdown(markdown)
    assert find_violations(styled) == []
    assert bool(styled.text) == bool(markdown.strip())
    assert all(one.url is None or one.url in markdown for one in styled.entities)


@given(st.text(alphabet="ab中。：“（）)%\n ", max_size=60))
@settings(max_examples=200, deadline=None)
def test_letters_and_marks_are_all_kept(text: str) -> None:
    kept = from_markdown(text).text
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "markdown",
    [
        "$" + "\\sqrt{" * 500 + "x" + "}" * 500 + "$",
        "$" + "{" * 5000 + "\\alpha" + "}" * 5000 + "$",
        "\\[" * 5000,
        "> " * 3000 + "a",
        "**a_" * 5000,
        "<div>\n" * 5000,
        "[" * 5000,
        "".join(map(chr, range(0xE000, 0xF900))) + "**a**",
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_is_shown_like_any_other(markdown: str) -> None:
    styled = from_markdown(markdown)
    assert styled.text
    assert find_violations(styled) == []
    assert len(styled.text) <= 100 * len(markdown)


@pytest.mark.parametrize(
    ("styled", "kind"),
    [
        (bold(" 👍 中 "), "bold"),
        (italic(" 👍 中 "), "italic"),
        (quote(" 👍 中 "), "expandable_blockquote"),
        (quote(" 👍 中 ", expandable=False), "blockquote"),
    ],
    ids=["bold", "italic", "expandable", "quote"],
)
def test_one_entity_covers_all_words(styled: Styled, kind: str) -> None:
    assert styled.text == " 👍 中 "
    assert show(styled) == [(kind, "👍 中")]
    assert find_violations(styled) == []


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_blank_text_has_no_entity(text: str) -> None:
    assert bold(text).entities == quote(text).entities == ()


def test_plain_text_stays_as_it_is() -> None:
    assert plain("**a** <b>\r\n_c_ \ud800") == Styled("**a** <b>\n_c_ \ufffd")


def test_joined_pieces_keep_their_entities() -> None:
    joined = join([bold("👍"), plain(""), from_markdown("a *中*"), quote("z")], between=" 👍 ")
    assert joined.text == "👍 👍 a 中 👍 z"
    assert show(joined) == [("bold", "👍"), ("italic", "中"), ("expandable_blockquote", "z")]
    assert find_violations(joined) == []


def test_nothing_joined_is_empty() -> None:
    assert join([]) == join([plain("")]) == Styled("")


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("abc", 3), ("中文", 2), ("👍🏽", 4), ("e\u0301", 2)]
)
def test_units_are_those_of_utf_16(text: str, units: int) -> None:
    assert count_units(text) == units


@pytest.mark.parametrize(
    "styled",
    [
        Styled("👍", (MessageEntity("bold", 0, 1),)),
        Styled("a", (MessageEntity("bold", 0, 2),)),
        Styled("a ", (MessageEntity("bold", 1, 1),)),
        Styled("abc", (MessageEntity("bold", 0, 2), MessageEntity("code", 0, 3))),
        Styled("abc", (MessageEntity("bold", 0, 2), MessageEntity("italic", 1, 2))),
        Styled("abc", (MessageEntity("blockquote", 0, 3), MessageEntity("blockquote", 1, 1))),
        Styled("abc", (MessageEntity("bold", 1, 1), MessageEntity("italic", 0, 1))),
        Styled("abc", (MessageEntity("text_link", 0, 1, url="tg://user?id=1"),)),
    ],
    ids=["pair", "outside", "blank", "in-code", "partial", "quotes", "order", "scheme"],
)
def test_the_rules_find_what_is_wrong(styled: Styled) -> None:
    try:
        assert find_violations(styled)
    except UnicodeDecodeError:
        assert styled.text == "👍"
