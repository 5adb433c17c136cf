"""Decides which sections of a document are kept together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.indexing.sections import HEADING, line_start
from bot.indexing.sentences import find_sentence_rest
from bot.models.tokens import count_pieces
from bot.nouns import Section

_REACH = 500  # characters into the next page that a sentence may run on


@dataclass(slots=True)
class Group:
    """Sections kept together, without the blank space around them. `bare`: headings without text
    below. `cost` is in pieces, and not exact where it is more than the room."""

    start: int
    end: int
    path: tuple[str, ...]
    page: int | None
    cost: int
    bare: bool


def find_groups(text: str, sections: Sequence[Section], room: int) -> list[Group]:
    """Groups that cover all of `text` but blank space. A heading without text goes with what
    follows on its page; small neighbours below the same heading are joined."""
    groups = _join_bare(text, _measure(text, _finish_sentences(text, sections), room), room)
    joined: list[Group] = []
    for index, group in enumerate(groups):
        if joined and _are_small(joined[-1], group, room):
            following = groups[index + 1] if index + 1 < len(groups) else None
            tiny = room // 12
            alone = following is None or not _are_small(group, following, room)
            if joined[-1].cost <= tiny or (group.cost <= tiny and alone):
                _join(text, joined[-1], group, group.path[:-1], room)
                continue
        joined.append(group)
    return joined


def strip(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the blank space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _finish_sentences(text: str, sections: Sequence[Section]) -> list[Section]:
    """The sections, with a sentence that runs on to the next page moved to where it begins."""
    moved: list[Section] = []
    for section in sections:
        start, end = strip(text, section.start, section.end)
        if start == end:
            continue
        before = moved[-1] if moved else None
        if before and before.page != section.page and before.heading_path == section.heading_path:
            reach = min(end, start + _REACH)
            _, stop = strip(text, before.start, before.end)
            rest = find_sentence_rest(text, stop, start, reach)
            if rest > start:
                moved[-1] = replace(before, end=rest)
                start = strip(text, rest, end)[0]
        if start < end:
            moved.append(replace(section, start=start, end=end))
    return moved


def _measure(text: str, sections: Sequence[Section], room: int) -> Iterator[Group]:
    for section in sections:
        start, end = strip(text, section.start, section.end)
        heading = HEADING.match(text, line_start(text, start), end)
        bare = heading is not None and heading.end() >= end
        cost = _weigh(text, start, end, room)
        yield Group(start, end, section.heading_path, section.page, cost, bare)


def _join_bare(text: str, groups: Iterator[Group], room: int) -> list[Group]:
    """Headings without text joined to what follows, or to what stands before where the next
    heading is higher."""
    joined: list[Group] = []
    for group in groups:
        if joined and len(group.path) < len(joined[-1].path):
            _join_back(text, joined, room)
        before = joined[-1] if joined else None
        if before and before.bare and before.page == group.page and before.cost <= room // 4:
            _join(text, before, group, group.path, room)
        else:
            joined.append(group)
    _join_back(text, joined, room)
    return joined


def _join_back(text: str, groups: list[Group], room: int) -> None:
    """Joins the last group to the one before it if it is bare."""
    if len(groups) > 1 and groups[-1].bare and groups[-1].page == groups[-2].page:
        last = groups.pop()
        _join(text, groups[-1], last, groups[-1].path, room)


def _are_small(before: Group, after: Group, room: int) -> bool:
    return (
        before.page == after.page
        and before.cost + after.cost <= room // 3
        and after.path[:-1] in (before.path, before.path[:-1])
    )


def _weigh(text: str, start: int, end: int, room: int) -> int:
    """The pieces of the stretch; more than `room`, and nothing exact, for one that is long."""
    return count_pieces(text[start:end]) if end - start <= 5 * room else room + 1


def _join(text: str, before: Group, after: Group, path: tuple[str, ...], room: int) -> None:
    before.path = path
    before.end = after.end
    before.cost = _weigh(text, before.start, before.end, room)
    before.bare = before.bare and after.bare
