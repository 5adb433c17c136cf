"""Notes for each passage which other documents of the folder its text links to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from posixpath import dirname, join, normpath
from unicodedata import normalize
from urllib.parse import unquote

from bot.nouns import Passage


def refer(
    passages: Sequence[Passage], path: str, references: Iterable[tuple[str, str]]
) -> tuple[Passage, ...]:
    """The passages of the document at `path`, with what the references in their text lead to.
    `references` are the words of a link and where it leads, as it is written."""
    wanted = [
        (_squeeze(words), there)
        for words, target in references
        if (there := find_path(path, target)) and there != path
    ]
    if not wanted:
        return tuple(passages)
    referring = []
    for passage in passages:
        text = _squeeze(passage.text)
        links = dict.fromkeys(there for words, there in wanted if words and words in text)
        referring.append(replace(passage, links=tuple(links)))
    return tuple(referring)


def find_path(path: str, target: str) -> str:
    """Where a link in the document at `path` leads, relative to the folder; "" if out of it."""
    place = unquote(target.partition("#")[0].partition("?")[0])
    there = normpath(join("/", dirname(path), place)).lstrip("/") if place else ""
    climbs = normpath(join(dirname(path), place)).startswith("..") and not place.startswith("/")
    return "" if climbs else normalize("NFC", there)


def _squeeze(text: str) -> str:
    """Lines are joined and markup goes on the way from a file to its passages."""
    return "".join(text.split()).replace("*", "").replace("`", "")
