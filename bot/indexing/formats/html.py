"""HTML, in whatever encoding it says or is."""

import re
from html import unescape

from bot.indexing.formats.decoding import decode
from bot.indexing.formats.extracting import extract
from bot.indexing.formats.hidden import remove_hidden
from bot.indexing.formats.markdown import finish_converted
from bot.indexing.formats.normalising import clean
from bot.indexing.formats.parsed import Parsed
from bot.indexing.formats.references import find_references

_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,500}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.I
)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>(?P<title>[^<]{0,1000})</title\b", re.I)
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b[^<>]{0,9999}>.*?(?:</\1\b[^<>]{0,99}>|\Z)", re.S | re.I
)
_LEVEL_ONE = re.compile("^# ", re.M)


def parse(data: bytes, _ending: str) -> Parsed:
    declared = _CHARSET.search(data[:4096])
    text, warnings = decode(data, declared[1].decode("ascii") if declared else "")
    return parse_text(text, warnings)


def parse_text(source: str, warnings: tuple[str, ...] = ()) -> Parsed:
    """Parses HTML that is decoded already."""
    source = remove_hidden(_UNSEEN.sub("", clean(source)))
    extracted = extract(source.encode(), ".html")
    text = finish_converted(extracted.text)
    title = _TITLE.search(source)
    outside = not _LEVEL_ONE.search(text)
    return Parsed(
        text,
        title=unescape(title["title"]).strip() if title and outside else "",
        warnings=warnings + extracted.warnings,
        references=find_references(extracted.text),
    )
