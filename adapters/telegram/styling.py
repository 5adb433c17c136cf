"""Text as Telegram shows it: GPT's Markdown becomes plain text with entities."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from telegram import MessageEntity
from telegramify_markdown import MessageEntity as Found
from telegramify_markdown import RenderConfig, convert

from adapters.telegram.preparing import Prepared, prepare
from adapters.telegram.spans import Ruler, Span, count_units, place, tidy, to_entities, trim

__all__ = ["Styled", "bold", "count_units", "from_markdown", "italic", "join", "plain", "quote"]

_KINDS = frozenset(
    {
        MessageEntity.BLOCKQUOTE,
        MessageEntity.BOLD,
        MessageEntity.CODE,
        MessageEntity.ITALIC,
        MessageEntity.PRE,
        MessageEntity.STRIKETHROUGH,
        MessageEntity.TEXT_LINK,
        MessageEntity.UNDERLINE,
    }
)
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Styled:
    """Text with Telegram's entities; offsets and lengths count UTF-16 units."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def _configure() -> RenderConfig:
    config = RenderConfig.isolated()
    config.cite_expandable = False  # what the model quotes is a part of its answer
    symbols = config.markdown_symbol
    symbols.heading_level_1 = symbols.heading_level_2 = ""
    symbols.heading_level_3 = symbols.heading_level_4 = ""
    symbols.unordered_list_item = "•"
    symbols.task_completed, symbols.task_uncompleted = "☑", "☐"
    symbols.image += " "
    return config


_CONFIG = _configure()


def from_markdown(markdown: str) -> Styled:
    """Takes any string, half-written Markdown too. Raw HTML, links to no web address and what
    else cannot be shown as Markdown means it is shown as it is written."""
    if not markdown.strip():
        return Styled("")
    text = _clean(markdown)
    prepared = prepare(text)
    if prepared is None:
        return plain(text.strip())
    try:
        converted, found = convert(prepared.text, config=_CONFIG)
    except RecursionError:  # formulas nested beyond reason
        return plain(text.strip())
    restored = prepared.restore(converted)
    spans = tidy(restored, _restore_spans(converted, found, prepared))
    styled = _style(*trim(restored, spans))
    return styled if styled.text else plain(text.strip())


def plain(text: str) -> Styled:
    return Styled(_clean(text))


def bold(text: str) -> Styled:
    return _wrap(text, MessageEntity.BOLD)


def italic(text: str) -> Styled:
    return _wrap(text, MessageEntity.ITALIC)


def quote(text: str, expandable: bool = True) -> Styled:
    """Telegram shows the first lines of an expandable quote, and the rest at a tap."""
    kind = MessageEntity.EXPANDABLE_BLOCKQUOTE if expandable else MessageEntity.BLOCKQUOTE
    return _wrap(text, kind)


def join(pieces: Iterable[Styled], between: str = "\n") -> Styled:
    """One text of all pieces that are not empty."""
    texts: list[str] = []
    entities: list[MessageEntity] = []
    offset = 0
    for piece in pieces:
        if not piece.text:
            continue
        if texts:
            offset += count_units(between)
        entities += (place(one, one.offset + offset, one.length) for one in piece.entities)
        texts.append(piece.text)
        offset += count_units(piece.text)
    return Styled(between.join(texts), tuple(entities))


def _clean(text: str) -> str:
    """With plain line ends, and without what no message can hold."""
    return _UNSENDABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _wrap(text: str, kind: str) -> Styled:
    text = _clean(text)
    whole = Span(0, len(text), MessageEntity(kind, 0, 0))
    return _style(text, tidy(text, [whole]))


def _style(text: str, spans: Iterable[Span]) -> Styled:
    return Styled(text, to_entities(spans, Ruler(text)))


def _restore_spans(converted: str, found: Iterable[Found], prepared: Prepared) -> Iterator[Span]:
    """The library's entities as they lie in the restored text."""
    ruler = Ruler(converted)
    places = [0, *accumulate(character != prepared.joint for character in converted)]
    for one in found:
        start = places[ruler.to_index(one.offset)]
        end = places[ruler.to_index(one.offset + one.length)]
        if start < end and (entity := _restore_entity(one, prepared)):
            yield Span(start, end, entity)


def _restore_entity(found: Found, prepared: Prepared) -> MessageEntity | None:
    """None for what is nobody's Markdown, and for links that lead to no web address."""
    if found.type not in _KINDS:
        return None
    url = prepared.restore(found.url or "") or None
    if found.type == MessageEntity.TEXT_LINK and not _ADDRESS.fullmatch(url or ""):
        return None
    language = prepared.restore(found.language or "") or None
    return MessageEntity(found.type, 0, 0, url=url, language=language)
