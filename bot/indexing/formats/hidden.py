"""Finds HTML elements that a browser does not show: what nobody sees must not be answered from."""

import re

HIDING = (
    r"\shidden(?=[\s=>/])|display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])"
)
HIDDEN_TAG = rf"<(?P<hidden>[a-zA-Z]\w*)(?=[^<>]{{0,999}}(?:{HIDING}))[^<>]{{0,4999}}>"

_HIDDEN = re.compile(HIDDEN_TAG, re.I)
_NEVER_CLOSED = frozenset(
    ("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
# A second tag of these closes the first.
_NEVER_NESTED = frozenset(("dd", "dt", "li", "option", "p", "td", "th", "tr"))


def remove_hidden(html: str) -> str:
    pieces, start = [], 0
    while match := _HIDDEN.search(html, start):
        pieces.append(html[start : match.start()])
        start = find_end(html, match["hidden"], match.end())
    return "".join([*pieces, html[start:]])


def find_end(html: str, name: str, start: int) -> int:
    """Where the element `name`, whose opening tag ends at `start`, ends."""
    name = name.lower()
    if name in _NEVER_CLOSED:
        return start
    depth = 1
    for tag in re.compile(rf"<(?P<close>/?){name}\b[^<>]*>", re.I).finditer(html, start):
        if not tag["close"] and name in _NEVER_NESTED:
            return tag.start()
        depth += -1 if tag["close"] else 1
        if depth == 0:
            return tag.end()
    return len(html)
