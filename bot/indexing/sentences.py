"""Finds where a text can be cut: after sentences, lines, clauses, words or characters."""

import re
from collections.abc import Iterator
from typing import Final

import regex

# After a Latin full stop must come space and no small letter. The look-behind keeps long rows of
# dots from being tried again at each dot.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_]*+\s++(?![a-z])"
    r"|[。！？；｡؟۔।॥።។]++[\"'”’»」』）】》〉*_]*+\s*+"
)
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|e\.g|i\.e|z\.B|d\.h|bzw|ca|vs|etc|cf|No|Nr|St|Mr|Mrs|Ms|Dr|Prof|Inc|Ltd|Co"
    r"|Jr|Sr|Fig|Abb|Art|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|pp?)\.$"
)
_JOINING = regex.compile(r"[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}\u200d]")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")

LINE_END: Final = re.compile(r"\n\s*+")
CLAUSE_END: Final = re.compile(r"[,;:،，、：|)）\]】/&?=–—]\s*+")
SPACE: Final = re.compile(r"\s++")


def find_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of one sentence each that cover the whole, with the space behind them."""
    for stop in find_ends(_SENTENCE_END, text, start, end):
        yield start, stop
        start = stop
    if start < end:
        yield start, end


def find_ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[int]:
    """Where matches of `pattern` end, save inside a character made of several code points and
    after an abbreviation."""
    for match in pattern.finditer(text, start, end):
        stop = match.end()
        if stop == end or joins(text, stop):
            continue
        if pattern is _SENTENCE_END and text[match.start()] == ".":
            before = max(start, match.start() - 6)
            if _ABBREVIATION.search(text, before, match.start() + 1):
                continue
        yield stop


def joins(text: str, position: int) -> bool:
    """Whether the code point there belongs to the one before it."""
    return text[position] > "\u02ff" and _JOINING.match(text, position) is not None


def take_characters(text: str, start: int, end: int, count: int) -> int:
    """Where the first `count` characters of the stretch end, as a reader counts them: an emoji or
    a letter with its accents is one."""
    match = regex.compile(rf"\X{{1,{count}}}").match(text, start, end)
    return match.end() if match else end


def find_sentence_rest(text: str, before: int, start: int, end: int) -> int:
    """Where the sentence ends that runs on from `before`, the end of a page's text, to `start`,
    the next page's; `start` if none does. `end` bounds the search."""
    tail = text[text.rfind("\n", 0, before) + 1 : before]
    first = text[start]
    runs_on = len(tail) >= 20 and (tail[-1].isalnum() or tail[-1] in ",，、;-–—")
    if not runs_on or not first.isalpha() or first.isupper():
        return start
    stops = (_SENTENCE_END.search(text, start, end), _PARAGRAPH_END.search(text, start, end))
    return min((stop.end() for stop in stops if stop), default=start)
