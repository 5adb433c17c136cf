"""Finds where a text can be cut: after sentences, lines, clauses, words or characters."""

import re
from collections.abc import Iterator
from typing import Final

from bot.characters import is_boundary

_SENTENCE_END = re.compile(r"[.!?…。！？；｡؟۔।॥።។]++[\"'”’»」』)）\]】》〉*_]*+\s*+")
_LATIN = frozenset(".!?…")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|bzw|ca|vs|etc|cf|No|Nr|St|Mr|Mrs|Ms|Dr|Prof|Inc|Ltd|Co"
    r"|Jr|Sr|Fig|Abb|Art|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|pp?)\.$"
)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")

LINE_END: Final = re.compile(r"\n\s*+")
CLAUSE_END: Final = re.compile(r"[,;:،，、：|)）\]】/&?=–—]\s*+")
SPACE: Final = re.compile(r"\s++")


def find_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of one sentence each that cover the whole, with the space behind them."""
    for match in _SENTENCE_END.finditer(text, start, end):
        stop = match.end()
        if stop < end and _ends_sentence(text, match.start(), stop):
            yield start, stop
            start = stop
    if start < end:
        yield start, end


def find_ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[int]:
    """Where matches of `pattern` end, save at `end` and inside a character."""
    for match in pattern.finditer(text, start, end):
        stop = match.end()
        if stop < end and is_boundary(text, stop):
            yield stop


def _ends_sentence(text: str, mark: int, stop: int) -> bool:
    """Whether the marks at `mark`, followed by space up to `stop`, end a sentence."""
    if text[mark] not in _LATIN:
        return is_boundary(text, stop)
    if not text[stop - 1].isspace() or text[stop].islower() or not is_boundary(text, stop):
        return False
    return text[mark] != "." or not _ABBREVIATION.search(text, max(0, mark - 6), mark + 1)


def find_sentence_rest(text: str, before: int, start: int, end: int) -> int:
    """Where the sentence ends that runs on from `before`, the end of a page's text, to `start`,
    the next page's; `start` if none does. `end` bounds the search."""
    tail = text[text.rfind("\n", 0, before) + 1 : before]
    first = text[start]
    runs_on = len(tail) >= 20 and (tail[-1].isalnum() or tail[-1] in ",，、;-–—")
    if not runs_on or not first.isalpha() or first.isupper():
        return start
    paragraph = _PARAGRAPH_END.search(text, start, end)
    _, stop = next(find_sentences(text, start, paragraph.end() if paragraph else end))
    return stop if paragraph or stop < end else start
