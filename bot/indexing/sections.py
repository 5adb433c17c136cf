"""Finds the outline of a Markdown text: headings, fenced blocks, and the sections they make."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.nouns import Section

# A `#` heading, or a line of its own underlined with === or ---. Possessive, so that no line can
# make the search slow.
HEADING = re.compile(
    r"^ {0,3}(?:(?P<marks>#{1,6})[ \t]++(?P<title>#?[^\s#][^\n]*)"
    r"|(?:(?<=\n\n)|\A)(?P<underlined>[^\s#>|`~*+=-][^\n]*)\n"
    r" {0,3}(?P<line>={3,}+|-{3,}+)[ \t]*+$)",
    re.MULTILINE,
)
_FENCE = re.compile(r"^[ \t]*+(?P<marks>`{3,}+(?![^\n]*`)|~{3,}+)(?P<info>[^\n]*)\n?", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[^\n]+\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
# A longer heading is a paragraph by mistake.
_LONGEST_TITLE = 200
_ANCHOR = re.compile(r"\{#[^{}\s]*\}$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")


class _Heading(NamedTuple):
    start: int
    level: int
    title: str


class _Fence(NamedTuple):
    """A line that opens a fenced block, or closes one of at most `closes` marks."""

    start: int
    end: int
    mark: str
    size: int
    closes: int


def find_title(text: str) -> str:
    """The first heading if it is of level 1, else ""."""
    first = next(_find_headings(text), None)
    return first.title if first and first.level == 1 else ""


def find_sections(text: str, page_starts: Sequence[tuple[int, int]] = ()) -> tuple[Section, ...]:
    """Sections that cover `text`. A heading outside code begins one and is part of it; so does
    each page of `page_starts`, (page number, offset) pairs in order."""
    page = page_starts[0][0] if page_starts else None
    marks: list[tuple[int, int | _Heading]] = [(offset, number) for number, offset in page_starts]
    marks += [(heading.start, heading) for heading in _find_headings(text)]
    marks.sort(key=lambda mark: mark[0])
    sections: list[Section] = []
    above: list[_Heading] = []
    start = 0
    for offset, mark in [*marks, (len(text), 0)]:
        if offset > start:
            sections.append(Section(start, offset, tuple(each.title for each in above), page))
            start = offset
        if isinstance(mark, _Heading):
            above = [each for each in above if each.level < mark.level] + [mark]
        else:
            page = mark
    return tuple(sections)


def find_fences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(start, end) of each fenced block, its fence lines included, and of YAML front matter. A
    fence that is never closed makes no block."""
    front = _FRONT_MATTER.match(text, 0, end) if start == 0 else None
    blocks = [front.span()] if front else []
    position = front.end() if front else start
    lines = _fence_lines(text, start, end)
    closable = _closable(lines)
    for index, line in enumerate(lines):
        if line.start >= position and closable[index]:
            rest = (lines[other] for other in range(index + 1, len(lines)))
            last = next(
                each for each in rest if each.mark == line.mark and each.closes >= line.size
            )
            position = last.end
            blocks.append((line.start, position))
    return blocks


def _fence_lines(text: str, start: int, end: int) -> list[_Fence]:
    return [
        _Fence(*line.span(), line["marks"][0], size, 0 if line["info"].strip() else size)
        for line in _FENCE.finditer(text, start, end)
        for size in [len(line["marks"])]
    ]


def _closable(lines: list[_Fence]) -> list[bool]:
    """For each line, whether a later one can close it. From the end, so that a text full of
    open fences takes no longer than another."""
    longest = {"`": 0, "~": 0}
    closable = []
    for line in reversed(lines):
        closable.append(longest[line.mark] >= line.size)
        longest[line.mark] = max(longest[line.mark], line.closes)
    return closable[::-1]


def _find_headings(text: str) -> Iterator[_Heading]:
    fences = iter([*find_fences(text, 0, len(text)), (len(text), len(text))])
    fence = next(fences)
    for match in HEADING.finditer(text):
        while fence[1] <= match.start():
            fence = next(fences)
        if match.start() < fence[0]:
            level = len(match["marks"]) if match["marks"] else 1 + match["line"].startswith("-")
            yield _Heading(match.start(), level, _plain(match["title"] or match["underlined"]))


def _plain(title: str) -> str:
    """A heading's words without Markdown's marks."""
    title = title.rstrip()
    unmarked = title.rstrip("#")
    if unmarked.endswith((" ", "\t")):
        title = unmarked.rstrip()
    title = _LINK.sub(r"\1", _ANCHOR.sub("", title))
    title = title.replace("**", "").replace("`", "").strip()
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def line_start(text: str, position: int) -> int:
    """Where the line begins, if only blanks stand between there and `position`."""
    start = position
    while start and text[start - 1] in " \t":
        start -= 1
    return start
