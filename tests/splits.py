"""Documents made of a text, for the tests of splitting."""

from bot.indexing.splitting import find_sections, find_title, split
from bot.nouns import Document, Passage


def make_document(text: str, pages: tuple[tuple[int, int], ...] = ()) -> Document:
    sections = find_sections(text, pages)
    return Document("guide/a.md", "markdown", "0" * 40, find_title(text), text, sections)


def split_text(text: str, limit: int = 400) -> tuple[Passage, ...]:
    return split(make_document(text), limit)
