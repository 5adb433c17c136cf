"""Plain text in any common encoding."""

from bot.indexing.formats.decoding import decode
from bot.indexing.formats.normalising import normalise
from bot.indexing.formats.parsed import Parsed


def parse(data: bytes, _ending: str) -> Parsed:
    text, warnings = decode(data)
    return Parsed(normalise(text), warnings=warnings)
