"""Long texts in parts that a message of Slack takes, cut at sensible places."""

import re

from bot.characters import find_boundary

_FENCE = re.compile(r"^\s{0,3}(`{3,9}|~{3,9})(?![`~])(.*)$")
_OPENING = 20  # characters of the line that opens a code block
_ROOM = 40  # for closing one and opening it again
# From the best place to cut behind to the worst: a blank line, a line, a sentence, a word.
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?](?=\s)|[。！？；]"),
    re.compile(r"\s|[，、]"),
)


def cut(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` characters, none of them blank; no character is cut in two."""
    parts = []
    rest = text.strip()
    while len(rest) > limit:
        end = find_end(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip("\n")
    return [part for part in (*parts, rest) if part.strip()]


def cut_markdown(text: str, limit: int) -> list[str]:
    """As `cut`; a code block that goes on in the next part is closed and opened again there."""
    parts = []
    opened = ""
    for part in cut(text, limit - _ROOM):
        whole = f"{opened}\n{part}" if opened else part
        opened = find_open_fence(whole)[:_OPENING]
        parts.append(f"{whole}\n{_close(opened)}" if opened else whole)
    return parts


def find_end(text: str, limit: int) -> int:
    """Where to cut a longer text: behind the last of the best places in the second half."""
    for places in _ENDS:
        ends = [match.end() for match in places.finditer(text, limit // 2, limit)]
        if ends:
            return ends[-1]
    return find_boundary(text, 0, limit)


def find_open_fence(text: str) -> str:
    """The line that opens the code block the text ends in, or ""."""
    opened = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and not opened:
            opened = line.strip()
        elif match and match[1].startswith(_close(opened)) and not match[2].strip():
            opened = ""
    return opened


def _close(opening: str) -> str:
    match = _FENCE.match(opening)
    return match[1] if match else ""
