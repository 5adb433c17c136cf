"""Answers as Slack shows them: blocks, and the plain text that stands for them in a notification.

What a model wrote goes into `markdown` blocks; all words of ours and of documents go into blocks
that show text as it is, so that nothing in them calls anybody or links anywhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.cutting import cut, cut_markdown
from adapters.slack.reading import SHARE
from bot.nouns import Answer, Button, Excerpt, Outcome
from bot.presenting import DOWN, UP, pack_button
from bot.texts import Words

Block = dict[str, Any]

MARKDOWN = 11_000  # characters of Markdown in one message; Slack takes 12,000
PLAIN = 2_900  # of a section; Slack takes 3,000
NOTIFICATION = 300  # characters that stand for the blocks elsewhere
SECTIONS = 40  # of plain text in one message; Slack takes 50 blocks


@dataclass(frozen=True, slots=True)
class Post:
    """One message."""

    text: str
    blocks: tuple[Block, ...]


def render(answer: Answer, extra: Sequence[Button] = ()) -> list[Post]:
    """At least one message, unless the answer has nothing to show. What stands under an answer
    stands under the last; `extra` buttons go beside its own."""
    bodies = _render_text(answer)
    foot = render_foot(answer, extra)
    if not bodies and not foot:
        return []
    *firsts, last = bodies or [()]
    text = make_notification(answer)
    return [Post(text, blocks) for blocks in firsts] + [Post(text, (*last, *foot))]


def render_foot(answer: Answer, extra: Sequence[Button] = ()) -> tuple[Block, ...]:
    """Sources, note and buttons."""
    quotes = answer.outcome is Outcome.NOTICE
    sources = [_render_sources(answer.excerpts, quotes=quotes)] if answer.excerpts else []
    note = [{"type": "context", "elements": [_plain(answer.note[:PLAIN])]}] if answer.note else []
    return (*sources, *note, *_render_buttons((*answer.buttons, *extra)))


def make_notification(answer: Answer) -> str:
    """Slack reads markup in this text, so that it must have none."""
    text = " ".join((answer.text or answer.note).split()) or "…"
    text = text if len(text) <= NOTIFICATION else f"{text[:NOTIFICATION]}…"
    return escape(text)


def escape(text: str) -> str:
    """Text as it is, where Slack would read markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render_question(text: str, user: str) -> Post:
    """A question that somebody asks before all, in their name."""
    person = {"type": "user", "user_id": user}
    elements = [person, {"type": "text", "text": f": {text}"}]
    section = {"type": "rich_text_section", "elements": elements}
    return Post(escape(text[:NOTIFICATION]), ({"type": "rich_text", "elements": [section]},))


def render_markdown(text: str) -> Block:
    return {"type": "markdown", "text": text}


def render_plain(text: str) -> list[Block]:
    return [{"type": "section", "text": _plain(part)} for part in cut(text, PLAIN)]


def make_share_button(name: str, words: Words) -> Button:
    return Button(words.share_label, f"/again {name}")


def _render_text(answer: Answer) -> list[tuple[Block, ...]]:
    text = answer.text.strip()
    if not text:
        return []
    if answer.is_markdown:
        return [(render_markdown(part),) for part in cut_markdown(text, MARKDOWN)]
    sections = render_plain(text)
    starts = range(0, len(sections), SECTIONS)
    return [tuple(sections[start : start + SECTIONS]) for start in starts]


def _render_sources(excerpts: Iterable[Excerpt], *, quotes: bool) -> Block:
    elements = [element for one in excerpts for element in _render_excerpt(one, quotes=quotes)]
    return {"type": "rich_text", "elements": elements}


def _render_excerpt(excerpt: Excerpt, *, quotes: bool) -> Iterator[Block]:
    mark = {"type": "text", "text": excerpt.mark, "style": {"bold": True}}
    place = {"type": "text", "text": f" {excerpt.place}\n"}
    yield {"type": "rich_text_section", "elements": [mark, place]}
    for quote in excerpt.quotes if quotes else ():
        yield {"type": "rich_text_quote", "elements": [{"type": "text", "text": quote}]}


def _render_buttons(buttons: Sequence[Button]) -> Iterator[Block]:
    """Slack's own feedback buttons for the votes, others in a row of their own."""
    votes = [button for button in buttons if button.command.startswith("/rate ")]
    if len(votes) == 2:
        yield {"type": "context_actions", "elements": [_render_feedback(votes)]}
    others = [button for button in buttons if button not in votes]
    if others:
        elements = [_render_button(number, button) for number, button in enumerate(others)]
        yield {"type": "actions", "elements": elements[:25]}


def _render_feedback(votes: Sequence[Button]) -> Block:
    sides = {
        side: {"text": _plain(label), "value": pack_button(vote)}
        for side, label, way in (("positive_button", "👍", UP), ("negative_button", "👎", DOWN))
        for vote in votes
        if vote.command.startswith(f"/rate {way} ")
    }
    return {"type": "feedback_buttons", "action_id": "rate", **sides}


def _render_button(number: int, button: Button) -> Block:
    shared = button.command.startswith("/again ") and not button.in_place
    return {
        "type": "button",
        "action_id": SHARE if shared else f"press_{number}",
        "text": _plain(button.label[:75]),
        "value": pack_button(button),
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
