"""The looks that people give their words in Telegram, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence

from telegram import MessageEntity
from telegram.constants import MessageEntityType

_MARKS: Mapping[str, str] = {
    MessageEntityType.BOLD: "**",
    MessageEntityType.ITALIC: "_",
    MessageEntityType.STRIKETHROUGH: "~~",
    MessageEntityType.CODE: "`",
}


def to_markdown(text: str, entities: Sequence[MessageEntity]) -> str:
    """Looks that Markdown does not have are left out."""
    units = text.encode("utf-16-le")
    marks = [mark for entity in entities for mark in _read(entity, units)]
    marks.sort(key=lambda mark: mark[:2])
    pieces, done = [], 0
    for at, _, mark in marks:
        pieces += [_decode(units[2 * done : 2 * at]), mark]
        done = at
    return "".join((*pieces, _decode(units[2 * done :])))


def _read(entity: MessageEntity, units: bytes) -> Iterable[tuple[int, tuple[int, int], str]]:
    """Where marks go, in units of UTF-16, and in which order: at one place what ends comes before
    what begins, the inner ends first and the outer begins first."""
    start, end = _trim(entity.offset, entity.offset + entity.length, units)
    if start >= end:
        return
    match entity.type:
        case kind if kind in _MARKS:
            before = after = _MARKS[kind]
        case MessageEntityType.PRE:
            before, after = f"\n```{entity.language or ''}\n", "\n```\n"
        case MessageEntityType.TEXT_LINK:
            before, after = "[", f"]({entity.url})"
        case MessageEntityType.BLOCKQUOTE | MessageEntityType.EXPANDABLE_BLOCKQUOTE:
            yield start, (1, -end), "> "
            for at in range(start, end):
                if units[2 * at : 2 * at + 2] == b"\n\0":
                    yield at + 1, (1, -end), "> "
            return
        case _:
            return
    yield start, (1, -end), before
    yield end, (0, -start), after


def _trim(start: int, end: int, units: bytes) -> tuple[int, int]:
    """Markdown takes no mark that stands beside a space on its inner side."""
    while start < end and _decode(units[2 * start : 2 * start + 2]).isspace():
        start += 1
    while end > start and _decode(units[2 * end - 2 : 2 * end]).isspace():
        end -= 1
    return start, end


def _decode(units: bytes) -> str:
    return units.decode("utf-16-le", errors="replace")
