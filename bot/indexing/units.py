"""Cuts a stretch of Markdown into units, and says how willingly the text may be cut before each."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import regex

from bot.indexing.sections import HEADING, find_fences
from bot.models.tokens import estimate_tokens

# How willingly the text is cut before a unit: higher is better; each is worth that share of a
# full passage.
PARAGRAPH = 1.0
ITEM = 0.5
SENTENCE = 0.2
LINE = 0.1
CLAUSE = 0.0
KEPT = -1.0  # inside what should stay whole: a table, a code block, a list with its lead-in
GLUED = -3.0  # between a heading and its text

_LINE = re.compile(
    r"[ \t]*(?:(?P<blank>(?:\n[ \t]*)*(?:\n|\Z))"
    r"|(?P<row>\|)"
    r"|(?P<separator>:?-+:?[ \t]*\|[-:| \t]*$)"
    r"|(?P<item>(?:[-*+•‣◦]|\d{1,9}[.)])[ \t]|\d{1,9}、|[(（][\d一二三四五六七八九十]{1,3}[)）])"
    r"|)[^\n]*\n?",
    re.MULTILINE,
)
_SEPARATOR = re.compile(r"[ \t]*\|?[ \t]*:?-+[-:| \t]*\n?")
_SENTENCE_END = re.compile(
    r"[.!?…]+[\"'”’»)\]*_]*\s+(?![a-z\s])|[。！？；｡؟۔।॥።။។]+[\"'”’」』）】》〉*_]*\s*"
)
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|bzw|ca|vs|etc|cf|No|Nr|St|Mr|Mrs|Ms|Dr|Prof|Inc|Ltd|Co"
    r"|Jr|Sr|Fig|Abb|Art|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|pp?)\.$"
)
_LINE_END = re.compile(r"\n\s*")
_CLAUSE_END = re.compile(r"[,;:、，：；|)）\]】/&?-]\s*|\s+")
_JOINING = regex.compile(r"[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}\u200d]")
_LEAD_IN = re.compile(r"[:：][*_]*\s*$")


class Unit(NamedTuple):
    """`ease` is of cutting before it; `header` is the span to repeat when a passage starts here,
    empty for none."""

    start: int
    end: int
    cost: int
    ease: float
    header: tuple[int, int] = (0, 0)


class _Block(NamedTuple):
    kind: str
    start: int
    end: int


def find_units(text: str, start: int, end: int, limit: int) -> list[Unit]:
    """Units that cover the stretch, none of more than `limit` tokens. `start` is at a line's
    beginning."""
    units: list[Unit] = []
    ease = PARAGRAPH
    blocks = list(_find_blocks(text, start, end))
    costs = [estimate_tokens(text[block.start : block.end]) for block in blocks]
    whole = _lists_that_fit(text, blocks, costs, limit)
    for index, block in enumerate(blocks):
        inner, ease_after = _cut_block(text, block, costs[index], limit)
        first = inner[0]
        if index in whole:
            ease = min(ease, KEPT)
        elif block.kind == "item" and index and blocks[index - 1].kind == "item":
            ease = min(ease, ITEM)
        units.append(first._replace(ease=ease))
        units += inner[1:]
        ease = ease_after
    return units


def _lists_that_fit(text: str, blocks: list[_Block], costs: list[int], limit: int) -> set[int]:
    """Indices of blocks not to be cut off from the block before: items and tables from their
    lead-in, and items from each other, where all of it fits."""
    kept: set[int] = set()
    index = 0
    while index < len(blocks):
        first = index
        lead_in = blocks[first].kind == "text" and _LEAD_IN.search(
            text, max(blocks[first].start, blocks[first].end - 8), blocks[first].end
        )
        index += 1
        if lead_in and index < len(blocks) and blocks[index].kind in ("table", "fence"):
            index += 1
        elif lead_in or blocks[first].kind == "item":
            while index < len(blocks) and blocks[index].kind == "item":
                index += 1
        if sum(costs[first:index]) <= limit:
            kept.update(range(first + 1, index))
    return kept


def _find_blocks(text: str, start: int, end: int) -> Iterator[_Block]:
    """Headings, fenced blocks, tables, list items and paragraphs, each to the next one's start."""
    fences = iter([*find_fences(text, start, end), (end, end)])
    fence = next(fences)
    kind, opened, previous, position, broken = "", start, start, start, True
    while position < end:
        line = _LINE.match(text, position, end)
        assert line is not None
        found = line.lastgroup or "text"
        stop = line.end()
        if position >= fence[0]:
            found, stop = "fence", fence[1]
            fence = next(fences)
        elif found == "blank":
            broken, position = True, stop
            continue
        elif found == "text" and (heading := HEADING.match(text, position, end)):
            found, stop = "heading", min(end, heading.end() + 1)
        begins = position
        if found == "separator":
            found = "table" if kind == "text" and not broken else "text"
            begins = previous if found == "table" else position
            broken = broken or found == "table"
        elif found == "row" or (
            found == "text" and kind == "table" and not broken and "|" in line[0]
        ):
            found = "table"
        if broken or not _continues(kind, found):
            if kind and begins > opened:
                yield _Block(kind, opened, begins)
            kind, opened = found, begins
        previous, position, broken = position, stop, False
    if kind:
        yield _Block(kind, opened, end)


def _continues(kind: str, found: str) -> bool:
    return (kind, found) in {("text", "text"), ("item", "text"), ("table", "table")}


def _cut_block(text: str, block: _Block, cost: int, limit: int) -> tuple[list[Unit], float]:
    """The block's units, and the ease of cutting after it."""
    start, end = block.start, block.end
    if block.kind == "heading" and cost <= limit // 4:
        return [Unit(start, end, cost, PARAGRAPH)], GLUED
    if block.kind in ("table", "fence"):
        return _cut_lines(text, block, cost, limit), PARAGRAPH
    if cost <= limit // 8:
        return [Unit(start, end, cost, PARAGRAPH)], PARAGRAPH
    return list(_cut_sentences(text, start, end, limit)), PARAGRAPH


def _cut_lines(text: str, block: _Block, cost: int, limit: int) -> list[Unit]:
    start, end = block.start, block.end
    if cost <= limit // 2:
        return [Unit(start, end, cost, PARAGRAPH)]
    ease = KEPT if cost <= limit else ITEM
    header = (0, 0)
    lines = _line_spans(text, start, end)
    if block.kind == "table" and len(lines) > 2 and _SEPARATOR.fullmatch(text, *lines[1]):
        top = (start, lines[1][1])
        if estimate_tokens(text[slice(*top)]) <= limit // 3:
            header = top
            lines[:3] = [(start, lines[2][1])]
    units: list[Unit] = []
    for first, last in lines:
        size = estimate_tokens(text[first:last])
        room = limit - (estimate_tokens(text[slice(*header)]) if units else 0)
        if size <= room:
            units.append(Unit(first, last, size, ease, header if units else (0, 0)))
            continue
        for piece in _cut_long(text, first, last, limit // 2, 0):
            units.append(
                piece._replace(ease=CLAUSE if units else ease, header=header if units else (0, 0))
            )
    return units


def _line_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        spans.append((start, stop))
        start = stop
    return spans


def _cut_sentences(text: str, start: int, end: int, limit: int) -> Iterator[Unit]:
    for first, last in _sentence_spans(text, start, end):
        cost = estimate_tokens(text[first:last])
        if cost <= limit * 3 // 4:
            yield Unit(first, last, cost, SENTENCE)
        else:
            ease = SENTENCE
            for piece in _cut_long(text, first, last, limit // 4, 0):
                yield piece._replace(ease=ease if piece.start == first else piece.ease)


def _sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE_END.finditer(text, start, end):
        stop = match.end()
        if match[0][0] == "." and _ABBREVIATION.search(
            text, max(start, match.start() - 6), match.start() + 1
        ):
            continue
        if stop < end and not _joins(text, stop):
            yield start, stop
            start = stop
    if start < end:
        yield start, end


def _joins(text: str, position: int) -> bool:
    """Whether the character there belongs to the one before it."""
    return text[position] > "\u02ff" and _JOINING.match(text, position) is not None


_FINER = ((_LINE_END, LINE), (_CLAUSE_END, CLAUSE))


def _cut_long(text: str, start: int, end: int, room: int, level: int) -> Iterator[Unit]:
    """Pieces of at most `room` tokens: at line ends, at the ends of clauses and words, and only
    then between characters."""
    if level == len(_FINER):
        yield from _cut_hard(text, start, end, room)
        return
    pattern, ease = _FINER[level]
    first = start
    stops = (match.end() for match in pattern.finditer(text, start, end))
    for stop in [*stops, end]:
        if stop <= first or (stop < end and _joins(text, stop)):
            continue
        cost = estimate_tokens(text[first:stop])
        if cost <= room:
            yield Unit(first, stop, cost, ease)
        else:
            yield from _cut_long(text, first, stop, room, level + 1)
        first = stop


def _cut_hard(text: str, start: int, end: int, room: int) -> Iterator[Unit]:
    while start < end:
        count = max(1, room)
        while True:
            match = regex.compile(r"\X{1,%d}" % count).match(text, start, end)
            assert match is not None
            stop = match.end()
            cost = estimate_tokens(text[start:stop])
            if cost <= room or count == 1:
                break
            count = max(1, count // 2)
        while cost > room and stop - start > 1:
            stop = start + (stop - start) // 2
            cost = estimate_tokens(text[start:stop])
        yield Unit(start, stop, cost, CLAUSE)
        start = stop
