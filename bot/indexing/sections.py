"""Finds the outline of a Markdown text: headings, fenced blocks, and the sections they make."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.nouns import Section

# A `#` heading, or a line of its own underlined with === or ---.
HEADING = re.compile(
    r"^(?: {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]*[^\s#][^\n]*)"
    r"|(?:(?<=\n\n)|\A) {0,3}(?P<underlined>[^\s#>|`~*+=-][^\n]*)\n {0,3}(?P<line>={3,}|-{3,})[ \t]*$)",
    re.MULTILINE,
)
_FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)\n?", re.MULTILINE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:[^\n]+\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_CLOSING_MARKS = re.compile(r"(?:[ \t]+#+|[ \t]*\{#[^{}]*\})[ \t]*$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")


class _Heading(NamedTuple):
    start: int
    level: int
    title: str


def find_title(text: str) -> str:
    """The first heading if it is of level 1, else ""."""
    first = next(iter(_find_headings(text, stop_after=1)), None)
    return first.title if first and first.level == 1 else ""


def find_sections(text: str, page_starts: Sequence[tuple[int, int]] = ()) -> tuple[Section, ...]:
    """Sections that cover `text`. A heading outside code begins one and is part of it; so does
    each page of `page_starts`, (page number, offset) pairs in order."""
    page = page_starts[0][0] if page_starts else None
    marks: list[tuple[int, int, _Heading | None]] = [
        (offset, number, None) for number, offset in page_starts
    ]
    marks += [(heading.start, 0, heading) for heading in _find_headings(text)]
    marks.sort(key=lambda mark: (mark[0], mark[2] is not None))
    sections: list[Section] = []
    above: list[_Heading] = []
    start = 0
    for offset, number, heading in [*marks, (len(text), 0, None)]:
        if offset > start:
            path = tuple(each.title for each in above)
            sections.append(Section(start, offset, path, page))
            start = offset
        if heading:
            above = [each for each in above if each.level < heading.level] + [heading]
        elif number:
            page = number
    return tuple(sections)


def find_fences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(start, end) of each fenced block, its fence lines included, and of YAML front matter. A
    fence that is never closed is none."""
    lines = list(_FENCE.finditer(text, start, end))
    kinds = [line["fence"][0] for line in lines]
    sizes = [len(line["fence"]) for line in lines]
    closing = [0 if line["info"].strip() else size for line, size in zip(lines, sizes, strict=True)]
    longest = {"`": 0, "~": 0}
    closable: list[bool] = []
    for kind, size, close in zip(reversed(kinds), reversed(sizes), reversed(closing), strict=True):
        closable.append(longest[kind] >= size)
        longest[kind] = max(longest[kind], close)
    closable.reverse()
    front = _FRONT_MATTER.match(text, 0, end) if start == 0 else None
    blocks = [front.span()] if front else []
    position = front.end() if front else start
    for index, line in enumerate(lines):
        if line.start() >= position and closable[index]:
            last = next(
                other
                for other in range(index + 1, len(lines))
                if kinds[other] == kinds[index] and closing[other] >= sizes[index]
            )
            position = lines[last].end()
            blocks.append((line.start(), position))
    return blocks


def _find_headings(text: str, stop_after: int | None = None) -> list[_Heading]:
    fences = find_fences(text, 0, len(text))
    headings: list[_Heading] = []
    fence = 0
    for match in HEADING.finditer(text):
        while fence < len(fences) and fences[fence][1] <= match.start():
            fence += 1
        if fence < len(fences) and fences[fence][0] <= match.start():
            continue
        if match["marks"]:
            headings.append(_Heading(match.start(), len(match["marks"]), _plain(match["title"])))
        else:
            level = 1 if match["line"].startswith("=") else 2
            headings.append(_Heading(match.start(), level, _plain(match["underlined"])))
        if len(headings) == stop_after:
            break
    return headings


def _plain(title: str) -> str:
    """A heading's words without Markdown's marks."""
    title = _LINK.sub(r"\1", _CLOSING_MARKS.sub("", title))
    return title.replace("**", "").replace("`", "").strip()
