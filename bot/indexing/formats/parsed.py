"""What a parser makes of a file."""

from dataclasses import dataclass

MOST_CHARACTERS = 50_000_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """Normalised Markdown text. `page_starts` are (page number from 1, offset in `text`) pairs in
    order, empty in formats without pages. `title` is one that stands outside the text, or "".
    `references` are the words of each link to another file and its target as written."""

    text: str
    page_starts: tuple[tuple[int, int], ...] = ()
    title: str = ""
    warnings: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
