"""Splits a document into passages: by headings, paragraphs and sentences, within a token limit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from bot.indexing.sections import HEADING, find_sections, find_title
from bot.indexing.units import Unit, find_units
from bot.models.tokens import estimate_tokens
from bot.nouns import Document, Passage, Section, Source

__all__ = ["LIMIT", "SPLITTER", "find_sections", "find_title", "split"]

SPLITTER = "openbook-1"
LIMIT = 400


@dataclass(slots=True)
class _Group:
    """Sections kept together. `bare`: headings without text below."""

    start: int
    end: int
    path: tuple[str, ...]
    page: int | None
    cost: int
    bare: bool


def split(document: Document, limit: int = LIMIT) -> tuple[Passage, ...]:
    """Passages of at most `limit` tokens by `estimate_tokens`, in order, without overlap, that
    cover all text but blank space. A passage keeps to one section, save that very short sections
    are kept together, and to one page, save that a sentence is not cut at a page's end; its page
    is the one where it starts. A passage's id depends on its path, heading path and text alone.
    """
    text = document.text
    passages: list[Passage] = []
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for group in _group(text, document.sections, limit):
        for start, end, header in _cut(text, group, limit):
            content = text[slice(*header)] + text[start:end]
            seen[group.path, content] += 1
            passages.append(
                Passage(
                    _identify(document.path, group.path, content, seen[group.path, content]),
                    content,
                    Source(document.path, document.title, group.path, group.page, start, end),
                    len(passages),
                )
            )
    return tuple(passages)


def _identify(path: str, heading_path: tuple[str, ...], text: str, occurrence: int) -> str:
    parts = (path, *heading_path, text, str(occurrence))
    exact = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(exact.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _group(text: str, sections: tuple[Section, ...], limit: int) -> list[_Group]:
    groups: list[_Group] = []
    for section in sections:
        start, end = _strip(text, section.start, section.end)
        if start == end:
            continue
        heading = HEADING.match(text, start, end)
        group = _Group(
            start,
            end,
            section.heading_path,
            section.page,
            estimate_tokens(text[start:end]),
            heading is not None and heading.end() >= end,
        )
        if groups and _belong_together(groups[-1], group, limit):
            _join(groups[-1], group)
        else:
            groups.append(group)
    return groups


def _belong_together(before: _Group, after: _Group, limit: int) -> bool:
    if before.page != after.page:
        return False
    if before.bare:
        return before.cost <= limit // 4
    if before.cost + after.cost > limit or min(before.cost, after.cost) > limit // 12:
        return False
    return after.path[:-1] in (before.path, before.path[:-1])


def _join(before: _Group, after: _Group) -> None:
    if before.bare:
        before.path = after.path
    elif not after.bare:
        before.path = after.path[:-1]
    before.end = after.end
    before.cost += after.cost + 1
    before.bare = before.bare and after.bare


def _cut(text: str, group: _Group, limit: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """(start, end, header) of each passage of the group."""
    if group.cost <= limit:
        yield group.start, group.end, (0, 0)
        return
    units = find_units(text, group.start, group.end, limit)
    for first, last in _pack(text, units, limit):
        start, end = _strip(text, units[first].start, units[last - 1].end)
        if start < end:
            yield start, end, units[first].header


def _pack(text: str, units: list[Unit], limit: int) -> Iterator[tuple[int, int]]:
    """Ranges of units that make a passage each."""
    rest = sum(unit.cost for unit in units)
    first = 0
    while first < len(units):
        size = estimate_tokens(text[slice(*units[first].header)])
        rest += size
        best, best_score, best_size = first + 1, float("-inf"), size
        for last in range(first, len(units)):
            size += units[last].cost
            if size > limit:
                break
            score = _rate(units, last + 1, size, rest, limit)
            if score >= best_score:
                best, best_score, best_size = last + 1, score, size
        yield first, best
        rest -= best_size
        first = best


def _rate(units: list[Unit], cut: int, size: int, rest: int, limit: int) -> float:
    """How good it is to end a passage of `size` tokens before unit `cut`, when `rest` tokens were
    left before it."""
    if cut == len(units):
        return 10.0
    if rest <= 2 * limit:
        smaller = min(size, rest - size)
        fill = 2 * smaller / rest
    else:
        smaller, fill = size, size / limit
    return units[cut].ease + fill - (smaller < limit // 8)


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
