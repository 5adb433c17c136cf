"""Chooses the parser for a file and holds what is true for files of every format."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from bot.errors import DocumentError
from bot.indexing.formats.endings import ENDINGS, find_ending
from bot.indexing.formats.parsed import Parsed

MOST_CHARACTERS = 50_000_000

# Modules by format, imported when the first file of the format comes: parser libraries are heavy.
_MODULES: Mapping[str, str] = MappingProxyType(
    {"markdown": "markdown", "text": "text", "csv": "tables", "json": "records", "pdf": "pdf"}
)
_OTHER = "office"


def parse(path: str, data: bytes, *, again: bool = False) -> Parsed:
    """The text of a file whose bytes are `data`; `again` after a parser crashed on it.

    Raises DocumentError with a reason for people.
    """
    ending = find_ending(path)
    if not data.strip(b" \t\r\n\0"):
        raise DocumentError("The file is empty.", "Write something in it, or delete it.")
    name = _OTHER if again and ENDINGS[ending] == "pdf" else _MODULES.get(ENDINGS[ending], _OTHER)
    parse_format: Callable[[bytes, str], Parsed] = import_module(
        f"bot.indexing.formats.{name}"
    ).parse
    parsed = parse_format(data, ending)
    if not parsed.text.strip():
        raise DocumentError("No text was found in it.", "Check what it holds, or delete it.")
    if len(parsed.text) > MOST_CHARACTERS:
        raise DocumentError(
            f"It holds more than {MOST_CHARACTERS:,} characters of text.", "Split it into parts."
        )
    return parsed
