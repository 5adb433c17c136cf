"""Text as Telegram has it: lengths in UTF-16 units, marked ranges, links it finds by itself."""

import re
from collections.abc import Iterable

from tests.peers.telegram.refusal import JSON

_TYPES = """mention hashtag cashtag bot_command url email phone_number bold italic underline
    strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention
    custom_emoji date_time"""
TYPES = frozenset(_TYPES.split())
_OPAQUE = frozenset(("code", "pre", "text_link", "text_mention", "url", "email"))
_FOUND = {
    "url": re.compile(
        r"https?://[^\s<>\"'，。]+|(?<![\w@./-])(?:[a-z0-9-]+\.)+"
        r"(?:com|org|net|edu|gov|io|ai|dev|app|me|md|py|rs|sh|co|cn|de|uk|eu|info|link|to|ru)"
        r"(?![\w.-]*@)(?:/[^\s<>\"'，。]*)?(?!\w)",
        re.IGNORECASE,
    ),
    "email": re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])"),
    "mention": re.compile(r"(?<!\w)@[A-Za-z]\w{2,31}"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}


def count_units(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_units(text: str, offset: int, length: int) -> str:
    """A range given in UTF-16 units."""
    data = text.encode("utf-16-le", "surrogatepass")[2 * offset : 2 * (offset + length)]
    return data.decode("utf-16-le", "surrogatepass")


def list_edges(text: str) -> set[int]:
    """Where an entity may begin or end: between characters, not inside a surrogate pair."""
    edges, offset = {0}, 0
    for character in text:
        offset += count_units(character)
        edges.add(offset)
    return edges


def strip(text: str, entities: Iterable[JSON]) -> tuple[str, tuple[JSON, ...]]:
    """Without white space around, as Telegram keeps messages; entities move along."""
    kept = text.strip()
    before = count_units(text[: len(text) - len(text.lstrip())])
    end = count_units(kept)
    moved = []
    for entity in entities:
        first = min(max(entity["offset"] - before, 0), end)
        last = min(max(entity["offset"] + entity["length"] - before, 0), end)
        if last > first:
            moved.append(entity | {"offset": first, "length": last - first})
    return kept, tuple(moved)


def add_found(text: str, entities: Iterable[JSON]) -> tuple[JSON, ...]:
    """With the links, mentions and commands that Telegram marks by itself, outside code and
    links."""
    marked = list(entities)
    taken = [
        range(one["offset"], one["offset"] + one["length"])
        for one in marked
        if one["type"] in _OPAQUE or one["type"] in _FOUND
    ]
    for kind, pattern in _FOUND.items():
        for match in pattern.finditer(text):
            offset, length = count_units(text[: match.start()]), count_units(match[0])
            span = range(offset, offset + length)
            if not any(span.start < one.stop and one.start < span.stop for one in taken):
                taken.append(span)
                marked.append({"type": kind, "offset": offset, "length": length})
    return tuple(sorted(marked, key=lambda one: (one["offset"], -one["length"])))
