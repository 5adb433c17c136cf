"""Splits a document into passages: by headings, paragraphs and sentences, within a token limit."""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

from bot.indexing.groups import Group, find_groups, strip
from bot.indexing.sections import find_sections, find_title, line_start
from bot.indexing.units import Unit, find_units
from bot.models.tokens import count_pieces, find_room
from bot.nouns import Document, Passage, Source

__all__ = ["LIMIT", "SPLITTER", "find_sections", "find_title", "split"]

LIMIT = 400
SPLITTER = f"openbook-1/{LIMIT}"


def split(document: Document, limit: int = LIMIT) -> tuple[Passage, ...]:
    """Passages of at most `limit` tokens by `estimate_tokens`, in order, without overlap, that
    cover all text but blank space.

    A passage keeps to one section, save that very short sections are kept together, and to one
    page, save that a sentence is not cut at a page's end; its page is the one where it starts.
    An id depends on nothing but the passage's path, heading path and text, and on how many equal
    ones stand before it.
    """
    text, room = document.text, find_room(limit)
    passages: list[Passage] = []
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    section = 0
    for group in find_groups(text, document.sections, room):
        for start, end, header in _cut(text, group, room):
            content = text[slice(*header)] + text[start:end]
            seen[group.path, content] += 1
            identity = _identify(document.path, group.path, content, seen[group.path, content])
            while document.sections[section].end <= start:
                section += 1
            page = document.sections[section].page
            source = Source(document.path, document.title, group.path, page, start, end)
            passages.append(Passage(identity, content, source, len(passages)))
    return tuple(passages)


def _identify(path: str, heading_path: tuple[str, ...], text: str, occurrence: int) -> str:
    parts = (path, *heading_path, text, str(occurrence))
    exact = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(exact.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cut(text: str, group: Group, room: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """(start, end, header) of each passage of the group."""
    if group.cost <= room:
        yield group.start, group.end, (0, 0)
        return
    units = find_units(text, line_start(text, group.start), group.end, room)
    for first, last in _pack(text, units, room):
        start, end = strip(text, units[first].start, units[last - 1].end)
        if start < end:
            yield start, end, units[first].header


def _pack(text: str, units: list[Unit], room: int) -> Iterator[tuple[int, int]]:
    """(first, last) of the units that make a passage each, last not included."""
    rest = sum(unit.cost for unit in units)
    first = 0
    while first < len(units):
        front = count_pieces(text[slice(*units[first].header)])
        last, size = _choose(units, first, front, rest + front, room)
        yield first, last
        rest -= size - front
        first = last


def _choose(units: list[Unit], first: int, front: int, rest: int, room: int) -> tuple[int, int]:
    """Where best to end the passage that begins with unit `first`, and its size. `front` pieces
    stand before the unit; `rest` is the size of all that is left."""
    if rest <= room:
        return len(units), rest
    best, best_size, best_rating = first + 1, front + units[first].cost, float("-inf")
    size = front
    for last in range(first, len(units) - 1):
        size += units[last].cost
        if size > room:
            break
        # The last two passages share what is left evenly; those before them are to be full.
        smaller = min(size, rest - size) if rest <= 2 * room else size
        fill = 2 * smaller / rest if rest <= 2 * room else size / room
        rating = units[last + 1].ease + fill - (smaller < room // 8)
        if rating >= best_rating:
            best, best_size, best_rating = last + 1, size, rating
    return best, best_size
