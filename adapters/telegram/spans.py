"""Entities by characters, which slices count, instead of UTF-16 units, which Telegram counts."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from telegram import MessageEntity

BLOCKS = frozenset(
    {MessageEntity.PRE, MessageEntity.BLOCKQUOTE, MessageEntity.EXPANDABLE_BLOCKQUOTE}
)
_QUOTES = BLOCKS - {MessageEntity.PRE}
_CODE = frozenset({MessageEntity.PRE, MessageEntity.CODE})
_EMPHASES = frozenset(
    {
        MessageEntity.BOLD,
        MessageEntity.ITALIC,
        MessageEntity.UNDERLINE,
        MessageEntity.STRIKETHROUGH,
        MessageEntity.SPOILER,
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """`entity` from character `start` to `end`, wherever it stood before."""

    start: int
    end: int
    entity: MessageEntity


def count_units(text: str) -> int:
    """UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Ruler:
    """Translates between characters and UTF-16 units of one text."""

    def __init__(self, text: str) -> None:
        self._units = [0, *accumulate(1 + (character > "\uffff") for character in text)]

    def to_units(self, index: int) -> int:
        return self._units[index]

    def to_index(self, units: int) -> int:
        """The first character at or behind that unit."""
        return min(bisect_left(self._units, units), len(self._units) - 1)

    def to_last_index(self, units: int) -> int:
        """The last character at or before that unit."""
        return bisect_right(self._units, units) - 1


def to_spans(entities: Iterable[MessageEntity], ruler: Ruler) -> Iterator[Span]:
    for entity in entities:
        start = ruler.to_index(entity.offset)
        yield Span(start, ruler.to_index(entity.offset + entity.length), entity)


def to_entities(spans: Iterable[Span], ruler: Ruler) -> tuple[MessageEntity, ...]:
    """In Telegram's order: by offset, the longer first."""
    ordered = sorted(spans, key=_rank)
    return tuple(
        place(span.entity, start, ruler.to_units(span.end) - start)
        for span in ordered
        for start in (ruler.to_units(span.start),)
    )


def place(entity: MessageEntity, offset: int, length: int) -> MessageEntity:
    """The same entity elsewhere."""
    return MessageEntity(
        entity.type,
        offset,
        length,
        url=entity.url,
        user=entity.user,
        language=entity.language,
        custom_emoji_id=entity.custom_emoji_id,
        date_time_format=entity.date_time_format,
        unix_time=entity.unix_time,
    )


def trim(text: str, spans: Iterable[Span]) -> tuple[str, list[Span]]:
    """Without blank space at both ends, save the indentation of a code block."""
    whole = text.rstrip()
    start = len(whole) - len(whole.lstrip())
    line = whole.rfind("\n", 0, start) + 1
    spans = list(spans)
    for span in spans:
        if span.entity.type == MessageEntity.PRE and span.start < start < span.end:
            start = max(line, span.start)
            break
    moved = [
        Span(max(span.start - start, 0), min(span.end, len(whole)) - start, span.entity)
        for span in spans
        if span.end > start  # others were over what is trimmed
    ]
    return whole[start:], [*_shrink(whole[start:], moved)]


def tidy(text: str, spans: Iterable[Span]) -> list[Span]:
    """Spans of which each lies within another or apart, as Telegram wants them: nothing twice,
    no quote in a quote, nothing within code and code in no link, none over blank space alone."""
    kept = [*_drop_nested(sorted(_shrink(text, spans), key=_rank))]
    code = [span for span in kept if span.entity.type in _CODE]
    whole = [span for span in kept if span.entity.type not in _EMPHASES]
    emphases = [span for span in kept if span.entity.type in _EMPHASES]
    pieces = [piece for span in emphases for piece in _cut_out(span, code)]
    return [*whole, *_shrink(text, pieces)]


def _shrink(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Without blank space at their ends, which code keeps, and without spans over nothing else."""
    for span in spans:
        covered = text[span.start : span.end]
        if not covered.strip():
            continue
        if span.entity.type in _CODE:
            yield span
            continue
        start = span.start + len(covered) - len(covered.lstrip())
        yield replace(span, start=start, end=span.start + len(covered.rstrip()))


def _drop_nested(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that lie in none of their own family; links, code and mentions are one."""
    ends: dict[str, int] = {}
    for span in spans:
        family = _name_family(span.entity.type)
        if span.start >= ends.get(family, 0):
            ends[family] = span.end
            yield span


def _rank(span: Span) -> tuple[int, int, bool, str]:
    """Outer spans before inner ones."""
    return span.start, -span.end, span.entity.type in _CODE, span.entity.type


def _name_family(kind: str) -> str:
    if kind in _QUOTES:
        return "quote"
    return kind if kind in _EMPHASES else "other"


def _cut_out(span: Span, code: Sequence[Span]) -> Iterator[Span]:
    """What of `span` is outside `code`, which is in order."""
    start = span.start
    first = bisect_left(code, span.start, key=lambda one: one.end)
    for one in code[first:]:
        if one.start >= span.end:
            break
        if start < one.start:
            yield replace(span, start=start, end=one.start)
        start = max(start, one.end)
    if start < span.end:
        yield replace(span, start=start)
