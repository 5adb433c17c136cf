"""Cuts a stretch of Markdown into units, and says how willingly the text may be cut before each."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.characters import is_boundary, skip_characters
from bot.indexing.blocks import Block, Kind, find_blocks, find_table_head
from bot.indexing.sentences import (
    CLAUSE_END,
    LINE_END,
    SPACE,
    find_ends,
    find_sentences,
)
from bot.models.tokens import count_pieces

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
    """`cost` is in pieces, `ease` is of cutting before it, `header` is the span to repeat in front
    of a passage that begins here, empty for none."""

    start: int
    end: int
    cost: int
    ease: float
    header: tuple[int, int] = (0, 0)


def find_units(text: str, start: int, end: int, room: int) -> list[Unit]:
    """Units that cover the stretch, none of more than `room` pieces with its header. `start` is
    at the beginning of a line."""
    blocks = find_blocks(text, start, end)
    cut = [_cut_block(text, block, room) for block in blocks]
    costs = [sum(unit.cost for unit in units) for units in cut]
    kept = _find_kept(text, blocks, costs, room)
    units: list[Unit] = []
    for index, (first, *others) in enumerate(cut):
        before = blocks[index - 1].kind if index else None
        ease = PARAGRAPH
        if index in kept:
            ease = KEPT
        elif before is Kind.HEADING and costs[index - 1] <= room // 4:
            ease = GLUED
        elif before is blocks[index].kind is Kind.ITEM:
            ease = ITEM
        units.append(first._replace(ease=ease))
        units += others
    return units


def _find_kept(text: str, blocks: list[Block], costs: list[int], room: int) -> set[int]:
    """Indices of blocks not to be cut off from the one before: what a lead-in announces, and the
    items of a list, where the whole fits."""
    kept: set[int] = set()
    first = 0
    while first < len(blocks):
        last = first + 1
        kind = blocks[first].kind
        if kind is Kind.TEXT and last < len(blocks) and _leads_in(text, blocks[first]):
            kind = blocks[last].kind
            last += kind in (Kind.ITEM, Kind.TABLE, Kind.FENCE)
        while kind is Kind.ITEM and last < len(blocks) and blocks[last].kind is Kind.ITEM:
            last += 1
        if sum(costs[first:last]) <= room:
            kept.update(range(first + 1, last))
        first = last
    return kept


def _leads_in(text: str, block: Block) -> bool:
    return _LEAD_IN.search(text, max(block.start, block.end - 8), block.end) is not None


def _cut_block(text: str, block: Block, room: int) -> list[Unit]:
    kind, start, end = block
    if kind in (Kind.TABLE, Kind.FENCE):
        return _cut_lines(text, block, room)
    whole = room // 4 if kind is Kind.HEADING else room // 2
    if end - start <= 5 * whole:  # a piece has hardly ever more than five characters
        cost = count_pieces(text[start:end])
        if cost <= whole:
            return [Unit(start, end, cost, PARAGRAPH)]
    return list(_cut_sentences(text, start, end, room))


def _cut_lines(text: str, block: Block, room: int) -> list[Unit]:
    """The block as one unit if it is short, else the head of a table and the lines."""
    cost = count_pieces(text[block.start : block.end])
    if cost <= room // 2:
        return [Unit(block.start, block.end, cost, PARAGRAPH)]
    ease = KEPT if cost <= room else ITEM
    header, header_cost = (0, 0), 0
    units: list[Unit] = []
    if block.kind is Kind.TABLE and (top := find_table_head(text, block.start, block.end)):
        header_cost = count_pieces(text[block.start : top])
        if header_cost <= room // 3:
            header = (block.start, top)
            units.append(Unit(block.start, top, header_cost, PARAGRAPH))
    for start, end in _find_lines(text, units[-1].end if units else block.start, block.end):
        cost = count_pieces(text[start:end])
        easy = GLUED if units and start == header[1] else ease
        if cost + header_cost <= room:
            units.append(Unit(start, end, cost, easy, header))
        else:
            head, *others = _cut_long(text, start, end, room)
            units.append(head._replace(ease=easy, header=header))
            units += [piece._replace(header=header) for piece in others]
    return units


def _find_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        yield start, stop
        start = stop


def _cut_sentences(text: str, start: int, end: int, room: int) -> Iterator[Unit]:
    for first, last in find_sentences(text, start, end):
        cost = count_pieces(text[first:last])
        if cost <= room * 3 // 4:
            yield Unit(first, last, cost, SENTENCE)
        else:
            head, *others = _cut_long(text, first, last, room)
            yield head._replace(ease=SENTENCE)
            yield from others


def _cut_long(text: str, start: int, end: int, room: int, level: int = 0) -> Iterator[Unit]:
    """Units of at most a quarter of `room`, cut at line ends, else after clauses, else after
    words, else between characters."""
    if level == len(_FINER):
        yield from _cut_hard(text, start, end, room)
        return
    pattern, ease = _FINER[level]
    for stop in [*find_ends(pattern, text, start, end), end]:
        if stop - start < room // 4 and stop < end:
            continue  # so that very short lines do not make very many units
        cost = count_pieces(text[start:stop])
        if cost <= room // 4:
            yield Unit(start, stop, cost, ease)
        else:
            yield from _cut_long(text, start, stop, room, level + 1)
        start = stop


def _cut_hard(text: str, start: int, end: int, room: int) -> Iterator[Unit]:
    """Units of about a quarter of `room`. A character is cut only if it does not fit alone."""
    most = room // 4 - 2
    while start < end:
        stop = skip_characters(text, start, min(end, start + room), max(1, most))
        stop = _find_boundary(text, start, stop)
        cost = count_pieces(text[start:stop]) + 1  # one more, as a word may be cut
        while cost > most and stop > start + 1:
            shorter = _find_boundary(text, start, start + max(1, (stop - start) * most // cost))
            if cost <= room and not is_boundary(text, shorter, start):
                break
            stop = shorter
            cost = count_pieces(text[start:stop]) + 1
        yield Unit(start, stop, cost, WORD)
        start = stop


def _find_boundary(text: str, start: int, position: int) -> int:
    """The last boundary between characters after `start` and not after `position`; `position`
    if none is near."""
    for stop in range(position, max(start, position - 64), -1):
        if is_boundary(text, stop, start):
            return stop
    return position
