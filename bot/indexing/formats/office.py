"""Word, PowerPoint, Excel, OpenDocument, EPUB, notebooks, RTF, reStructuredText, and PDFs that
crashed their own parser."""

import io
import re
import zipfile

from bot.indexing.formats.extracting import Extracted, extract
from bot.indexing.formats.markdown import finish
from bot.indexing.formats.normalising import clean, join_pages
from bot.indexing.formats.parsed import Parsed
from bot.indexing.formats.reasons import damaged, protected, too_complex, unpacks_too_far

_UNPACKED_BYTES = 300 << 20
_MOST_MEMBERS = 20_000
_PAGED = frozenset({".pptx", ".pptm", ".pdf"})
_ZIPPED = frozenset({".docx", ".docm", ".pptx", ".pptm", ".xlsx", ".xlsm", ".odt", ".epub"})
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# Remarks of reviewers are not what the document says.
_COMMENTS = re.compile(r"\[cmt:\d+\]|^\[\^cmt\d+\]:\n(?:[ \t]+.*(?:\n|\Z))*", re.MULTILINE)
_EMPTY_ROWS = re.compile(r"^\|(?:[ \t]*\|)+[ \t]*\n", re.MULTILINE)
_HIDDEN_SHEET = re.compile(r"^## (?P<name>.*) \((?:very )?hidden\)\n(?:(?!## ).*(?:\n|\Z))*", re.M)
_ESCAPED = re.compile(r"\\([<>])")


def parse(data: bytes, ending: str) -> Parsed:
    if ending in _ZIPPED:
        _check_package(data)
    extracted = extract(data, ending)
    if ending in _PAGED:
        return _parse_pages(extracted)
    warnings = extracted.warnings
    text = extracted.text
    if ending in {".xlsx", ".xlsm"}:
        text, hidden = _drop_hidden_sheets(text)
        warnings += hidden
    title = extracted.title if ending == ".epub" else ""
    return Parsed(_finish(text), title=clean(title).strip(), warnings=warnings)


def _parse_pages(extracted: Extracted) -> Parsed:
    pages = [(number, _finish(f"{text}\n\n{notes}")) for number, text, notes in extracted.pages]
    text, starts = join_pages(pages)
    return Parsed(text, starts, warnings=extracted.warnings)


def _finish(text: str) -> str:
    text = _EMPTY_ROWS.sub("", _COMMENTS.sub("", clean(text)))
    return _ESCAPED.sub(r"\1", finish(text))


def _drop_hidden_sheets(text: str) -> tuple[str, tuple[str, ...]]:
    names = [match["name"] for match in _HIDDEN_SHEET.finditer(text)]
    return _HIDDEN_SHEET.sub("", text), tuple(f"The hidden sheet {n} was left out." for n in names)


def _check_package(data: bytes) -> None:
    """Raises DocumentError for a package that is encrypted or unpacks to too much."""
    if data.startswith(_COMPOUND_FILE):
        raise protected() if _ENCRYPTED_PACKAGE in data else damaged("an older format")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged(str(error)) from None
    size = sum(member.file_size for member in members)
    if size > _UNPACKED_BYTES:
        raise unpacks_too_far(size >> 20)
    if len(members) > _MOST_MEMBERS:
        raise too_complex(f"{len(members)} parts")
    if any(member.flag_bits & 1 for member in members):
        raise protected()
