"""Finds the blocks of Markdown: headings, fenced code, tables, list items and paragraphs."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from bot.indexing.sections import HEADING, find_fences


class Kind(StrEnum):
    HEADING = "heading"
    FENCE = "fence"
    TABLE = "table"
    ITEM = "item"
    TEXT = "text"


class Block(NamedTuple):
    """A block reaches to the next one's start."""

    kind: Kind
    start: int
    end: int


class _Line(NamedTuple):
    kind: Kind
    start: int
    end: int
    after_blank: bool


_BLANK = re.compile(r"(?:[ \t]*+(?:\n|\Z))+")
_LINE = re.compile(
    r"[ \t]*+(?:(?P<table>\|)"
    r"|(?P<item>(?:[-*+•‣◦]|\d{1,9}[.)])[ \t]|\d{1,9}、|[(（][\d一二三四五六七八九十]{1,3}[)）])"
    r"|)[^\n]*+\n?"
)
_SEPARATOR = re.compile(r"[ \t]*+\|?[ \t]*+:?-+[-:| \t]*+\n?")


def find_blocks(text: str, start: int, end: int) -> list[Block]:
    """Blocks that cover the stretch from its first line that is not blank. `start` is at the
    beginning of a line."""
    blocks: list[Block] = []
    before: _Line | None = None
    for line in _find_lines(text, start, end):
        if before and _continues(text, blocks[-1].kind, line):
            blocks[-1] = Block(blocks[-1].kind, blocks[-1].start, line.end)
        else:
            if blocks:
                blocks[-1] = Block(blocks[-1].kind, blocks[-1].start, line.start)
            blocks.append(Block(line.kind, line.start, line.end))
        before = line
    return blocks


def find_table_head(text: str, start: int, end: int) -> int | None:
    """Where the head of the table ends, its separator included, if it has one."""
    line = text.find("\n", start, end) + 1
    stop = text.find("\n", line, end) + 1
    return stop if line and stop and _is_separator(text, line, stop) else None


def _is_separator(text: str, start: int, end: int) -> bool:
    return "|" in text[start:end] and _SEPARATOR.fullmatch(text, start, end) is not None


def _continues(text: str, kind: Kind, line: _Line) -> bool:
    """Whether the line belongs to the block of that kind before it."""
    if line.after_blank:
        return kind is Kind.ITEM and line.kind is Kind.TEXT and text.startswith("  ", line.start)
    if line.kind is Kind.TABLE:
        return kind is Kind.TABLE
    if line.kind is not Kind.TEXT:
        return False
    if kind is Kind.TABLE:
        return text.find("|", line.start, line.end) >= 0
    return kind in (Kind.TEXT, Kind.ITEM)


def _find_lines(text: str, start: int, end: int) -> Iterator[_Line]:
    """The lines that are not blank; a fenced block, and a heading with its underline, is one."""
    fences = iter([*find_fences(text, start, end), (end, end)])
    fence = next(fences)
    after_blank = False
    while start < end:
        if start >= fence[0]:
            kind, stop = Kind.FENCE, fence[1]
            fence = next(fences)
        elif blank := _BLANK.match(text, start, end):
            after_blank, start = True, blank.end()
            continue
        else:
            kind, stop = _read_line(text, start, end)
        yield _Line(kind, start, stop, after_blank)
        after_blank, start = False, stop


def _read_line(text: str, start: int, end: int) -> tuple[Kind, int]:
    line = _LINE.match(text, start, end)
    stop = line.end() if line else end
    if line and line.lastgroup:
        return Kind(line.lastgroup), stop
    if heading := HEADING.match(text, start, end):
        return Kind.HEADING, min(end, heading.end() + 1)
    if text.find("|", start, stop) >= 0:
        after = text.find("\n", stop, end) + 1 or end
        if _is_separator(text, stop, after):
            return Kind.TABLE, stop
    return Kind.TEXT, stop
