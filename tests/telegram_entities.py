"""Telegram's rules for entities, checked on UTF-16 itself and apart from the code under test."""

from itertools import pairwise

from telegram import MessageEntity

from adapters.telegram.styling import Styled

EMPHASES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
QUOTES = {"blockquote", "expandable_blockquote"}
CODE = {"pre", "code"}
KNOWN = EMPHASES | QUOTES | CODE | {"text_link"}


def cover(text: str, entity: MessageEntity) -> str:
    """The covered text. Raises UnicodeDecodeError if a surrogate pair is cut."""
    data = text.encode("utf-16-le")
    return data[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")


def show(styled: Styled) -> list[tuple[str, ...]]:
    """Each entity as kind, covered text and, if it has one, address or language."""
    return [
        (str(one.type), cover(styled.text, one), *filter(None, (one.url, one.language)))
        for one in styled.entities
    ]


def find_violations(styled: Styled) -> list[str]:
    """One line for every rule broken; nothing if Telegram takes the text as it is."""
    length = len(styled.text.encode("utf-16-le")) // 2
    broken = []
    for one in styled.entities:
        end = one.offset + one.length
        if one.type not in KNOWN:
            broken.append(f"unknown: {one}")
        if not 0 <= one.offset < end <= length:
            broken.append(f"outside: {one}")
            continue
        covered = cover(styled.text, one)
        if not covered.strip() or (one.type not in CODE and covered != covered.strip()):
            broken.append(f"blank: {one}")
        if (one.type == "text_link") != bool(one.url):
            broken.append(f"address: {one}")
        if one.url and not one.url.lower().startswith(("http://", "https://")):
            broken.append(f"scheme: {one}")
    if any(left.offset > right.offset for left, right in pairwise(styled.entities)):
        broken.append("out of order")
    return broken + _find_clashes(styled.entities)


def _find_clashes(entities: tuple[MessageEntity, ...]) -> list[str]:
    broken = []
    for index, one in enumerate(entities):
        for other in entities[index + 1 :]:
            end, other_end = one.offset + one.length, other.offset + other.length
            if other.offset >= end or one.offset >= other_end:
                continue
            kinds = {str(one.type), str(other.type)}
            nested = other_end <= end or other.offset == one.offset
            if not nested:
                broken.append(f"partial: {one} {other}")
            if len(kinds) == 1 or kinds <= QUOTES:
                broken.append(f"twice: {one} {other}")
            if kinds & CODE and not kinds & QUOTES:
                broken.append(f"in code: {one} {other}")
            if one.type in CODE and other.type in QUOTES and other_end < end:
                broken.append(f"quote in code: {one} {other}")
    return broken
