"""Cuts long texts into messages at the places where a reader would."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from telegram.constants import MessageLimit

from adapters.telegram.spans import BLOCKS, Ruler, Span, count_units, to_entities, to_spans, trim
from adapters.telegram.styling import Styled
from bot.characters import find_boundary, is_boundary, skip_characters

_SHORTEST = 1 / 3  # of what fits into a part; for a better place no more room is given up

_FAR_ENOUGH = 1000  # from where characters are counted, on a line longer than that

# A cut is where a match ends; blank space behind it is dropped.
_PARAGRAPH = re.compile(r"(?=\n[ \t]*\n)")
_LINE = re.compile(r"(?=\n)")
_SENTENCE = re.compile(r"[。！？；…]+[”’」』）)\]]*|[.!?]+[\"'”’)\]]*(?=\s)")
_WORD = re.compile(r"(?=\s)|[，、：）」』】》]+")
_BLANK = re.compile(r"\s*")
# From best to worst, with whether the cut must be outside of blocks that are kept whole.
_PLACES = ((_PARAGRAPH, True), (_LINE, True), (_LINE, False), (_SENTENCE, False), (_WORD, False))

_ITEM = re.compile(r"[ \t]*(?:[•☑☐]|\d{1,9}\.)[ \t]")
_MORE = re.compile(r"[ \t]+\S")


def split(
    styled: Styled, *, units: int = MessageLimit.MAX_TEXT_LENGTH, entities: int = 100
) -> list[Styled]:
    """Parts of at most so many UTF-16 units and entities each, none of them blank. Only white
    space at the cuts is lost. Code blocks, quotes and lists stay whole where one part holds them,
    else they go on in the next; a character is cut only if it is longer than a part."""
    parts = _Cutter(styled, units, entities).cut()
    return [part for part in parts if part.text]


def keep_end(text: str, units: int) -> str:
    """The end of a text in the making, behind "…" if something is cut off: from the beginning of
    a line or a sentence on if one is near, else from that of a word or a character."""
    if count_units(text) <= units:
        return text
    if units < 1:
        return ""
    ruler = Ruler(text)
    first = ruler.to_index(ruler.to_units(len(text)) - units + 1)
    since = max(text.rfind("\n", 0, first) + 1, first - _FAR_ENOUGH)
    near = first + (len(text) - first) // 3
    for pattern in (_LINE, _SENTENCE, _WORD):
        for match in pattern.finditer(text, first - 1, near):
            start = _skip_blank(text, match.end())
            if first <= start < len(text) and is_boundary(text, start, since):
                return "…" + text[start:]
    while since < first:
        since = skip_characters(text, since, first + _FAR_ENOUGH, 1)
    return "…" + text[since:]


def _skip_blank(text: str, start: int) -> int:
    blank = _BLANK.match(text, start)
    return blank.end() if blank else start


class _Cutter:
    """Goes once through the text from left to right."""

    def __init__(self, styled: Styled, units: int, entities: int) -> None:
        self._text = styled.text
        self._ruler = Ruler(styled.text)
        self._units = units
        self._most = entities
        spans = to_spans(styled.entities, self._ruler)
        self._spans = sorted(spans, key=lambda span: (span.start, -span.end))
        self._starts = [span.start for span in self._spans]
        self._blocks = [*self._find_blocks()]
        self._block_starts = [start for start, _ in self._blocks]

    def cut(self) -> Iterator[Styled]:
        start = 0
        running: list[Span] = []  # what began in an earlier part
        while (start := self._find_words(start)) < len(self._text):
            running = [span for span in running if span.end > start]
            end = self._choose_end(start, self._find_limit(start, len(running)))
            begun = self._spans[self._count_begun(start) : self._count_begun(end)]
            yield self._make_part(start, end, running + begun)
            running = [span for span in running + begun if span.end > end]
            start = end

    def _find_words(self, start: int) -> int:
        """Where the next part begins. Indentation stays: it may be that of code."""
        words = _skip_blank(self._text, start)
        line = self._text.rfind("\n", start, words) + 1
        indented = words < len(self._text) and (line or start == 0)
        return line if indented else words

    def _find_limit(self, start: int, running: int) -> int:
        """How far a part from `start` can reach."""
        limit = self._ruler.to_last_index(self._ruler.to_units(start) + self._units)
        next_start = bisect_right(self._starts, start)
        surplus = max(self._count_begun(start) + self._most - running, next_start)
        if surplus < len(self._starts):
            limit = min(limit, self._starts[surplus])
        return max(limit, start + 1)

    def _choose_end(self, start: int, limit: int) -> int:
        if limit >= len(self._text):
            return len(self._text)
        earliest = start + int((limit - start) * _SHORTEST) + 1
        for pattern, outside in _PLACES:
            end = self._find_last(pattern, earliest, limit, outside=outside)
            if end is not None and is_boundary(self._text, end, start):
                return end
        return find_boundary(self._text, start, limit)

    def _find_last(
        self, pattern: re.Pattern[str], earliest: int, limit: int, *, outside: bool
    ) -> int | None:
        last = None
        for match in pattern.finditer(self._text, earliest - 1, limit + 2):
            end = match.end()
            if earliest <= end <= limit and not (outside and self._is_within_block(end)):
                last = end
        return last

    def _is_within_block(self, position: int) -> bool:
        before = bisect_left(self._block_starts, position) - 1
        return before >= 0 and position < self._blocks[before][1]

    def _find_blocks(self) -> Iterator[tuple[int, int]]:
        """What is to stay whole and fits into a part, the outermost only, in order."""
        quotes_and_code = (
            (span.start, span.end) for span in self._spans if span.entity.type in BLOCKS
        )
        last = 0
        for start, end in sorted([*quotes_and_code, *_find_lists(self._text)]):
            if start >= last and self._fits(start, end):
                yield start, end
                last = end

    def _fits(self, start: int, end: int) -> bool:
        units = self._ruler.to_units(end) - self._ruler.to_units(start)
        spans = self._count_begun(end) - self._count_begun(start)
        return units <= self._units and spans <= self._most

    def _count_begun(self, position: int) -> int:
        return bisect_left(self._starts, position)

    def _make_part(self, start: int, end: int, spans: Iterable[Span]) -> Styled:
        inside = [
            Span(max(span.start, start) - start, min(span.end, end) - start, span.entity)
            for span in spans
        ]
        text, kept = trim(self._text[start:end], inside[: self._most])
        return Styled(text, to_entities(kept, Ruler(text)))


def _find_lists(text: str) -> Iterator[tuple[int, int]]:
    """Lines of items in a row, with the indented lines that belong to them."""
    begin, position = None, 0
    for line in text.splitlines(keepends=True):
        if _ITEM.match(line):
            begin = position if begin is None else begin
        elif begin is not None and not _MORE.match(line):
            yield begin, position
            begin = None
        position += len(line)
    if begin is not None:
        yield begin, position
