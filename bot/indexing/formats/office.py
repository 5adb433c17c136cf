"""Word, Excel, OpenDocument, EPUB, notebooks, RTF, reStructuredText, and PDFs that crashed their
own parser."""

import re

from bot.indexing.formats.extracting import extract
from bot.indexing.formats.markdown import finish_converted
from bot.indexing.formats.normalising import clean, join_pages
from bot.indexing.formats.packages import check_package
from bot.indexing.formats.parsed import Parsed

_PACKAGES = frozenset({".docx", ".docm", ".xlsx", ".xlsm", ".odt", ".epub"})
# Remarks of reviewers are not what the document says.
_COMMENTS = re.compile(r"\[cmt:\d+\]|^\[\^cmt\d+\]:\n(?:[ \t]+.*(?:\n|\Z))*", re.MULTILINE)
_EMPTY_ROWS = re.compile(r"^\|(?:[ \t]*\|)++[ \t]*\n(?!\|[ \t]*-)", re.MULTILINE)
_HIDDEN_SHEET = re.compile(r"^## (?P<name>.*) \((?:very )?hidden\)\n(?:(?!## ).*(?:\n|\Z))*", re.M)


def parse(data: bytes, ending: str) -> Parsed:
    if ending in _PACKAGES:
        check_package(data)
    extracted = extract(data, ending)
    warnings = extracted.warnings
    if ending == ".pdf":
        text, starts = join_pages([(n, finish_office(page)) for n, page in extracted.pages])
        return Parsed(text, starts, warnings=warnings)
    text = extracted.text
    if ending in {".xlsx", ".xlsm"}:
        text, hidden = _drop_hidden_sheets(text)
        warnings += hidden
    title = extracted.title if ending == ".epub" else ""
    return Parsed(finish_office(text), title=clean(title).strip(), warnings=warnings)


def finish_office(text: str) -> str:
    """Cleans and tidies what the library made of an office file."""
    return finish_converted(_EMPTY_ROWS.sub("", _COMMENTS.sub("", text)))


def _drop_hidden_sheets(text: str) -> tuple[str, tuple[str, ...]]:
    names = [match["name"] for match in _HIDDEN_SHEET.finditer(text)]
    return _HIDDEN_SHEET.sub("", text), tuple(f"The hidden sheet {n} was left out." for n in names)
