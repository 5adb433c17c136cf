"""Finds the links of Markdown that lead to other documents, which a reader of its text only sees
the words of."""

import re
from collections.abc import Iterator
from itertools import islice

MOST = 500  # of one document
_SPAN = r"(?:[^\[\]\n]|\[[^\[\]\n]{0,200}+\]){1,300}+"
_DIRECT = re.compile(
    rf"(?<!!)\[(?P<words>{_SPAN})\]\(\s?<?(?P<target>[^()\s<>]{{1,500}}(?:\([^()\s]{{0,99}}\)[^()\s<>]{{0,99}})?)"
)
_BY_NAME = re.compile(r"(?<!!)\[(?P<words>[^\[\]\n]{1,300})\](?:\[(?P<name>[^\[\]\n]{0,100})\])?")
_DEFINITION = re.compile(r"^ {0,3}\[(?P<name>[^\]^\n]{1,100})\]:[ \t]*<?(?P<target>[^\s<>]+)", re.M)
_ANCHOR = re.compile(
    r"""<a\s[^<>]{0,999}?href\s*=\s*(?P<quote>["']?)(?P<target>[^"'<>\n]{1,500}?)(?P=quote)"""
    r"""(?=[\s>])[^<>]{0,999}>(?P<words>[^<>]{1,300})</a""",
    re.I,
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.I)


def find_references(text: str) -> tuple[tuple[str, str], ...]:
    """The words of each link and where it leads, as it is written; without those to the web and
    within the document."""
    found = ((words, target) for words, target in _find_all(text) if _leads_to_file(target))
    return tuple(islice(dict.fromkeys(found), MOST))


def _find_all(text: str) -> Iterator[tuple[str, str]]:
    for pattern in (_DIRECT, _ANCHOR):
        yield from ((match["words"], match["target"]) for match in pattern.finditer(text))
    targets = {match["name"].lower(): match["target"] for match in _DEFINITION.finditer(text)}
    if targets:
        for match in _BY_NAME.finditer(text):
            target = targets.get((match["name"] or match["words"]).lower())
            if target is not None:
                yield match["words"], target


def _leads_to_file(target: str) -> bool:
    return not _ELSEWHERE.match(target)
