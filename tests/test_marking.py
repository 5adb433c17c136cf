"""What people write with looks, as Markdown that the other platform shows the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.slack.marking import to_markdown as from_slack
from adapters.slack.rendering import render as render_slack
from adapters.telegram.marking import to_markdown as from_telegram
from adapters.telegram.styling import from_markdown
from bot.nouns import Answer, Outcome


def mark(kind: str, offset: int, length: int, **more: str) -> MessageEntity:
    return MessageEntity(kind, offset, length, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "entities", "markdown"),
    [
        ("plain", [], "plain"),
        ("It costs 4 euros", [mark("bold", 9, 1)], "It costs **4** euros"),
        ("一二 bold", [mark("bold", 3, 4)], "一二 **bold**"),
        ("👍 yes", [mark("italic", 3, 3)], "👍 _yes_"),
        ("a b c", [mark("bold", 0, 5), mark("italic", 2, 1)], "**a _b_ c**"),
        ("ab", [mark("bold", 0, 1), mark("italic", 1, 1)], "**a**_b_"),
        ("word next", [mark("bold", 0, 5)], "**word** next"),
        ("gone", [mark("strikethrough", 0, 4)], "~~gone~~"),
        ("run x", [mark("code", 4, 1)], "run `x`"),
        ("x = 1", [mark("pre", 0, 5, language="python")], "\n```python\nx = 1\n```\n"),
        ("here", [mark("text_link", 0, 4, url="https://ok.com/")], "[here](https://ok.com/)"),
        ("a\nb\nc", [mark("blockquote", 0, 3)], "> a\n> b\nc"),
        ("@ada", [mark("mention", 0, 4)], "@ada"),
        ("  ", [mark("bold", 0, 2)], "  "),
    ],
)
def test_telegram(text: str, entities: list[MessageEntity], markdown: str) -> None:
    assert from_telegram(text, entities) == markdown


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain", "plain"),
        ("It costs *4 euros* now", "It costs **4 euros** now"),
        ("_so_ ~not~ 2*3*4", "_so_ ~~not~~ 2*3*4"),
        ("`*x*` and ```~y~```", "`*x*` and ```~y~```"),
        (
            "see <https://ok.com/|here> or <https://ok.com/>",
            "see [here](https://ok.com/) or https://ok.com/",
        ),
        ("<@U1|ada> in <#C1|general> <!here>", "@ada in #general here"),
        ("<@U1> a &lt; b &amp; c", "a < b & c"),
        ("&gt; quoted", "> quoted"),
    ],
)
def test_slack(text: str, markdown: str) -> None:
    assert from_slack(text) == markdown


PIECES = st.lists(st.sampled_from(["a", "👍", "一", " ", "\n", "*", "_"]), min_size=1, max_size=12)


@given(PIECES, st.data())
def test_any_looks_leave_the_words(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    units = len(text.encode("utf-16-le")) // 2
    starts = [len("".join(pieces[:n]).encode("utf-16-le")) // 2 for n in range(len(pieces))]
    kinds = st.sampled_from(["bold", "italic", "strikethrough"])
    start = data.draw(st.sampled_from(starts))
    entity = mark(data.draw(kinds), start, units - start)
    written = from_telegram(text, [entity])
    assert [letter for letter in written if letter in "a👍一"] == [
        letter for letter in text if letter in "a👍一"
    ]


def test_looks_cross_from_each_to_the_other() -> None:
    styled = from_markdown(from_slack("It costs *4 euros*"))
    assert styled.text == "It costs 4 euros"
    assert [one.type for one in styled.entities] == ["bold"]
    markdown = from_telegram("It costs 4 euros", [mark("bold", 9, 7)])
    (post,) = render_slack(Answer(markdown, Outcome.RELAYED))
    assert post.blocks == ({"type": "markdown", "text": "It costs **4 euros**"},)
