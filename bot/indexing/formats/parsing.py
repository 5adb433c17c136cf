"""Chooses the parser for a file and holds what is true for files of every format."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from bot.indexing.formats.endings import ENDINGS, find_ending
from bot.indexing.formats.parsed import MOST_CHARACTERS, Parsed
from bot.indexing.formats.reasons import empty, no_text, too_long

# Modules by format, imported when the first file of the format comes: parser libraries are heavy.
_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "markdown": "markdown",
        "text": "text",
        "csv": "tables",
        "json": "records",
        "pdf": "pdf",
        "html": "html",
        "eml": "mail",
        "pptx": "slides",
    }
)
_OTHER = "office"


def parse(path: str, data: bytes, *, again: bool = False) -> Parsed:
    """The text of a file whose bytes are `data`; `again` after a parser crashed on it.

    Raises DocumentError with a reason for people.
    """
    ending = find_ending(path)
    if not data.strip(b" \t\r\n\0"):
        raise empty()
    name = _OTHER if again and ENDINGS[ending] == "pdf" else _MODULES.get(ENDINGS[ending], _OTHER)
    parse_format: Callable[[bytes, str], Parsed] = import_module(
        f"bot.indexing.formats.{name}"
    ).parse
    parsed = parse_format(data, ending)
    if not parsed.text.strip():
        raise no_text()
    if len(parsed.text) > MOST_CHARACTERS:
        raise too_long(MOST_CHARACTERS)
    return parsed
