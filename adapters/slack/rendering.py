"""Answers as Slack shows them: blocks, and the text that stands for them in a notification.

What a model wrote goes into `markdown` blocks; all words of ours and of documents go into blocks
that show text as it is, so that nothing in them calls anybody or links anywhere.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.buttons import RATE, SHARE, pack
from adapters.slack.commands import spell
from adapters.slack.cutting import cut, cut_markdown
from bot.nouns import Answer, Button, Excerpt
from bot.presenting import DOWN, UP

Block = dict[str, Any]

MARKDOWN = 11_000  # characters of Markdown in one message; Slack takes 12,000
PLAIN = 2_900  # of a section; Slack takes 3,000
TEXT = 3_000  # of the text that stands for the blocks; Slack takes 4,000
SECTIONS = 40  # of plain text in one message; Slack takes 50 blocks
SOURCES = 60  # that are shown under one answer
LABEL = 75  # characters of a button

# What calls somebody or hides an address behind other words; the engine leaves none, and nor does
# this if something else writes the text.
_CALLS = re.compile(r"<(?=[!@#])|<(?=[^<>\s|]+\|)")


@dataclass(frozen=True, slots=True)
class Post:
    """One message. `whole` is all that it says, for where its blocks are not taken."""

    text: str
    blocks: tuple[Block, ...]
    whole: str = ""

    def as_text(self) -> list["Post"]:
        """The same without blocks."""
        return [Post(escape(part), ()) for part in cut(self.whole or self.text, TEXT)]


def render(answer: Answer, thread: str = "", extra: Sequence[Block] = ()) -> list[Post]:
    """At least one message, unless the answer has nothing to show. What stands under an answer
    stands under the last, and `extra` buttons beside its own; `thread` is that of the conversation
    that they belong to."""
    bodies = list(_render_text(answer))
    foot = render_foot(answer, thread, extra)
    if not bodies and foot:
        bodies = [Post("…", ())]
    if bodies:
        listed = "\n".join(_list_excerpts(answer))
        whole = "\n\n".join(filter(None, (bodies[-1].whole, listed, answer.note)))
        bodies[-1] = replace(bodies[-1], blocks=(*bodies[-1].blocks, *foot), whole=whole)
    return bodies


def render_foot(answer: Answer, thread: str = "", extra: Sequence[Block] = ()) -> tuple[Block, ...]:
    """Sources with their quotes, note and buttons."""
    excerpts = answer.excerpts[:SOURCES]
    sources = [_render_sources(excerpts)] if excerpts else []
    note = [{"type": "context", "elements": [_plain(answer.note[:PLAIN])]}] if answer.note else []
    return (*sources, *note, *_render_buttons(answer.buttons, thread, extra))


def render_words(words: str) -> Post:
    """Our own words in one message."""
    words = words[:TEXT]
    return Post(escape(words), tuple(render_plain(words)), words)


def render_question(text: str, name: str) -> Post:
    """A question that somebody asks before all; their name is written, and calls nobody."""
    text = text[:TEXT]
    elements: list[Block] = [{"type": "text", "text": text}]
    if name:
        elements.insert(0, {"type": "text", "text": f"{name}: ", "style": {"bold": True}})
    section = {"type": "rich_text_section", "elements": elements}
    return Post(escape(text), ({"type": "rich_text", "elements": [section]},), text)


def render_plain(text: str) -> list[Block]:
    return [{"type": "section", "text": _plain(part)} for part in cut(text, PLAIN)]


def make_share_button(label: str, name: str, thread: str, question: str) -> Block:
    """Shows the answer of that name to all."""
    value = pack(Button(label, f"/again {name}"), thread, question)
    return {"type": "button", "action_id": SHARE, "text": _plain(label[:LABEL]), "value": value}


def escape(text: str) -> str:
    """Text as it is, where Slack would read markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def disarm(markdown: str) -> str:
    """Markdown that calls nobody."""
    return _CALLS.sub("‹", markdown)


def _render_text(answer: Answer) -> Iterator[Post]:
    text = answer.text.strip()
    if answer.is_markdown:
        for part in cut_markdown(disarm(text), MARKDOWN):
            yield Post(escape(part[:TEXT]), ({"type": "markdown", "text": part},), part)
        return
    sections = cut(spell(text), PLAIN)
    for start in range(0, len(sections), SECTIONS):
        parts = sections[start : start + SECTIONS]
        blocks = [{"type": "section", "text": _plain(part)} for part in parts]
        whole = "\n".join(parts)
        yield Post(escape(whole[:TEXT]), tuple(blocks), whole)


def _list_excerpts(answer: Answer) -> Iterator[str]:
    for one in answer.excerpts:
        yield f"{one.mark} {one.place}"
        yield from (f"  “{quote}”" for quote in one.quotes)


def _render_sources(excerpts: Iterable[Excerpt]) -> Block:
    elements = [element for one in excerpts for element in _render_excerpt(one)]
    return {"type": "rich_text", "elements": elements}


def _render_excerpt(excerpt: Excerpt) -> Iterator[Block]:
    mark = {"type": "text", "text": excerpt.mark, "style": {"bold": True}}
    place = {"type": "text", "text": f" {excerpt.place}"}
    yield {"type": "rich_text_section", "elements": [mark, place]}
    for quote in excerpt.quotes:
        yield {"type": "rich_text_quote", "elements": [{"type": "text", "text": quote}]}


def _render_buttons(
    buttons: Sequence[Button], thread: str, extra: Sequence[Block]
) -> Iterator[Block]:
    """Slack's own feedback buttons for the votes, others in a row of their own."""
    votes = {way: button for button in buttons for way in (UP, DOWN) if _votes(button, way)}
    if len(votes) == 2:
        sides = {
            side: {"text": _plain(label), "value": pack(votes[way], thread)}
            for side, label, way in (("positive_button", "👍", UP), ("negative_button", "👎", DOWN))
        }
        feedback = {"type": "feedback_buttons", "action_id": RATE, **sides}
        yield {"type": "context_actions", "elements": [feedback]}
    others = [button for button in buttons if button not in votes.values()]
    elements = [_render_button(number, button, thread) for number, button in enumerate(others)]
    if elements or extra:
        yield {"type": "actions", "elements": [*elements, *extra][:25]}


def _votes(button: Button, way: str) -> bool:
    return button.command.startswith(f"/rate {way} ")


def _render_button(number: int, button: Button, thread: str) -> Block:
    return {
        "type": "button",
        "action_id": f"press_{number}",
        "text": _plain(button.label[:LABEL]),
        "value": pack(button, thread),
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
