"""Cuts a stretch of Markdown into units, and says how willingly the text may be cut before each."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.indexing.blocks import Block, Kind, find_blocks, is_separator
from bot.indexing.sentences import (
    CLAUSE_END,
    LINE_END,
    SPACE,
    find_ends,
    find_sentences,
    take_characters,
)
from bot.models.tokens import estimate_tokens

# How willingly the text is cut before a unit. 1 weighs as much as the difference between an
# empty and a full passage.
PARAGRAPH = 1.0
ITEM = 0.5
SENTENCE = 0.2
LINE = 0.1
CLAUSE = 0.0
WORD = -0.2
KEPT = -1.0  # inside what is best kept whole: a table, a code block, a list with its lead-in
GLUED = -3.0  # between a heading and its text

_FINER = ((LINE_END, LINE), (CLAUSE_END, CLAUSE), (SPACE, WORD))
_LEAD_IN = re.compile(r"[:：][*_]*\s*\Z")


class Unit(NamedTuple):
    """`ease` is of cutting before it; `header` is the span to repeat in front of a passage that
    begins here, empty for none."""

    start: int
    end: int
    cost: int
    ease: float
    header: tuple[int, int] = (0, 0)


def find_units(text: str, start: int, end: int, limit: int) -> list[Unit]:
    """Units that cover the stretch, none of more than `limit` tokens with its header. `start` is
    at the beginning of a line."""
    blocks = find_blocks(text, start, end)
    costs = [estimate_tokens(text[block.start : block.end]) for block in blocks]
    kept = _find_kept(text, blocks, costs, limit)
    units: list[Unit] = []
    before: Block | None = None
    for index, block in enumerate(blocks):
        first, *others = _cut_block(text, block, costs[index], limit)
        ease = PARAGRAPH
        if index in kept:
            ease = KEPT
        elif before and before.kind is Kind.HEADING and costs[index - 1] <= limit // 4:
            ease = GLUED
        elif before and before.kind is block.kind is Kind.ITEM:
            ease = ITEM
        units.append(first._replace(ease=ease))
        units += others
        before = block
    return units


def _find_kept(text: str, blocks: list[Block], costs: list[int], limit: int) -> set[int]:
    """Indices of blocks not to be cut off from the one before: what a lead-in announces, and the
    items of a list, where the whole fits."""
    kept: set[int] = set()
    first = 0
    while first < len(blocks):
        last = first + 1
        kind = blocks[first].kind
        if kind is Kind.TEXT and _leads_in(text, blocks[first]) and last < len(blocks):
            kind = blocks[last].kind
            last += kind in (Kind.ITEM, Kind.TABLE, Kind.FENCE)
        while kind is Kind.ITEM and last < len(blocks) and blocks[last].kind is Kind.ITEM:
            last += 1
        if sum(costs[first:last]) <= limit:
            kept.update(range(first + 1, last))
        first = last
    return kept


def _leads_in(text: str, block: Block) -> bool:
    return _LEAD_IN.search(text, max(block.start, block.end - 8), block.end) is not None


def _cut_block(text: str, block: Block, cost: int, limit: int) -> list[Unit]:
    if cost <= limit // 8 or (block.kind is Kind.HEADING and cost <= limit // 4):
        return [Unit(block.start, block.end, cost, PARAGRAPH)]
    if block.kind in (Kind.TABLE, Kind.FENCE):
        return list(_cut_lines(text, block, KEPT if cost <= limit else ITEM, limit))
    return list(_cut_sentences(text, block, limit))


def _cut_lines(text: str, block: Block, ease: float, limit: int) -> Iterator[Unit]:
    lines = list(_find_line_spans(text, block.start, block.end))
    header, header_cost = (0, 0), 0
    if block.kind is Kind.TABLE and len(lines) > 2 and is_separator(text, *lines[1]):
        top = (block.start, lines[1][1])
        header_cost = estimate_tokens(text[slice(*top)])
        if header_cost <= limit // 3:
            header = top
            lines[:3] = [(block.start, lines[2][1])]
    for start, end in lines:
        front = header if start > block.start else (0, 0)
        cost = estimate_tokens(text[start:end])
        if cost + header_cost <= limit:
            yield Unit(start, end, cost, ease, front)
        else:
            for piece in _cut_long(text, start, end, limit):
                yield piece._replace(header=front)


def _find_line_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        yield start, stop
        start = stop


def _cut_sentences(text: str, block: Block, limit: int) -> Iterator[Unit]:
    for start, end in find_sentences(text, block.start, block.end):
        cost = estimate_tokens(text[start:end])
        if cost <= limit * 3 // 4:
            yield Unit(start, end, cost, SENTENCE)
        else:
            first, *others = _cut_long(text, start, end, limit)
            yield first._replace(ease=SENTENCE)
            yield from others


def _cut_long(text: str, start: int, end: int, limit: int, level: int = 0) -> Iterator[Unit]:
    """Pieces of at most a quarter of `limit`, cut at line ends, else after clauses, else after
    words, else between characters."""
    if level == len(_FINER):
        yield from _cut_hard(text, start, end, limit // 4)
        return
    pattern, ease = _FINER[level]
    for stop in [*find_ends(pattern, text, start, end), end]:
        if stop - start < limit // 4 and stop < end:
            continue  # so that very short lines do not make very many units
        cost = estimate_tokens(text[start:stop])
        if cost <= limit // 4:
            yield Unit(start, stop, cost, ease)
        else:
            yield from _cut_long(text, start, stop, limit, level + 1)
        start = stop


def _cut_hard(text: str, start: int, end: int, room: int) -> Iterator[Unit]:
    while start < end:
        count = room
        stop = take_characters(text, start, end, count)
        while (cost := estimate_tokens(text[start:stop])) > room and stop - start > 1:
            count //= 2
            stop = take_characters(text, start, end, count) if count else (start + stop) // 2
        yield Unit(start, stop, cost, WORD)
        start = stop
