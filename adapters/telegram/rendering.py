"""Answers as Telegram shows them: parts with entities, and what stands under the last."""

import re
from collections.abc import Iterable, Sequence

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
)

from adapters.telegram.spans import count_units, place
from adapters.telegram.splitting import split
from adapters.telegram.styling import Styled, bold, from_markdown, italic, join, plain, quote
from bot.nouns import Answer, Button, Excerpt, Outcome
from bot.presenting import pack_button

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup

# Endings of documents that are top-level domains too.
_NAME = re.compile(r"\S*\w\.(?P<ending>md)(?!\w)", re.IGNORECASE)
_JOINER = "\u2060"

ROW = 4  # buttons beside one another
ROW_CHARACTERS = 28  # of their labels, as a phone shows


def render(answer: Answer) -> list[Styled]:
    """At least one part, unless the answer has nothing to show. Sources stand under an answer by
    their places alone; where they are what was asked for, with their quotes."""
    text = answer.text.strip()
    body = from_markdown(text) if answer.is_markdown else plain(text)
    sources = _list(answer.excerpts, quotes=answer.outcome is Outcome.NOTICE)
    note = italic(answer.note) if answer.note else plain("")
    return split(unlink_names(join((body, sources, note), "\n\n")))


def unlink_names(styled: Styled) -> Styled:
    """An invisible joiner in names of files that Telegram would take for sites: `fees.md` is one
    in Moldova. Code stays as it is, to be copied; in an address nothing is changed."""
    code = [
        (entity.offset, entity.offset + entity.length)
        for entity in styled.entities
        if entity.type in (MessageEntity.CODE, MessageEntity.PRE)
    ]
    text, entities = styled.text, styled.entities
    for match in reversed(list(_NAME.finditer(text))):
        dot = count_units(text[: match.end() - len(match["ending"])])
        if "://" in match[0] or any(start <= dot < end for start, end in code):
            continue
        at = match.end() - len(match["ending"])
        text = f"{text[:at]}{_JOINER}{text[at:]}"
        entities = tuple(_make_room(entity, dot) for entity in entities)
    return Styled(text, entities)


def _make_room(entity: MessageEntity, unit: int) -> MessageEntity:
    """The entity after one unit was put in there."""
    begins_behind = unit <= entity.offset
    holds = not begins_behind and unit < entity.offset + entity.length
    return place(entity, entity.offset + begins_behind, entity.length + holds)


def _list(excerpts: Sequence[Excerpt], *, quotes: bool) -> Styled:
    return join((_show(excerpt, quotes=quotes) for excerpt in excerpts), "\n")


def _show(excerpt: Excerpt, *, quotes: bool) -> Styled:
    where = join((bold(excerpt.mark), plain(excerpt.place)), " ")
    return join((where, *(quote(text) for text in excerpt.quotes if quotes)), "\n")


def make_keyboard(answer: Answer, *, private: bool) -> Keyboard | None:
    """Buttons under the answer; else, in a private chat, questions that a press sends."""
    if answer.buttons:
        return make_buttons(answer.buttons)
    if answer.suggestions and private:
        rows = [[KeyboardButton(question)] for question in answer.suggestions]
        return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
    return None


def make_buttons(buttons: Iterable[Button]) -> InlineKeyboardMarkup:
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        shown = InlineKeyboardButton(button.label, callback_data=pack_button(button))
        if rows and _fits(rows[-1], button.label):
            rows[-1].append(shown)
        else:
            rows.append([shown])
    return InlineKeyboardMarkup(rows)


def _fits(row: Sequence[InlineKeyboardButton], label: str) -> bool:
    taken = sum(len(button.text) for button in row)
    return len(row) < ROW and taken + len(label) <= ROW_CHARACTERS
