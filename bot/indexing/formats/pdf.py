"""PDF, page by page."""

import re

import pypdfium2

from bot.errors import DocumentError
from bot.indexing.formats.normalising import join_pages, normalise
from bot.indexing.formats.parsed import MOST_CHARACTERS, Parsed
from bot.indexing.formats.reasons import damaged, protected, scanned, too_long

# PDFium puts these marks where a word was hyphenated at the end of a line.
_HYPHENATED = re.compile("(?<=[a-zà-ÿ])[\x02\ufffe](?:\r?\n)?(?=[a-zà-ÿ])")
_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?")


def parse(data: bytes, _ending: str) -> Parsed:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _explain(str(error)) from None
    pages: list[tuple[int, str]] = []
    broken: list[int] = []
    length = 0
    for index in range(len(document)):
        try:
            text = _read_page(document, index)
        except pypdfium2.PdfiumError:
            broken.append(index + 1)
            continue
        pages.append((index + 1, text))
        length += len(text)
        if length > MOST_CHARACTERS:
            raise too_long(MOST_CHARACTERS)
    blank = [number for number, text in pages if not text]
    if broken and length == 0:
        raise damaged(f"{len(broken)} of {len(document)} pages cannot be read")
    if length == 0:
        raise scanned(len(document))
    text, starts = join_pages(pages)
    return Parsed(text, starts, warnings=_warn(broken, blank))


def _read_page(document: pypdfium2.PdfDocument, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_bounded()
        finally:
            text_page.close()
    finally:
        page.close()
    return normalise(_HYPHEN.sub("-", _HYPHENATED.sub("", text)))


def _warn(broken: list[int], blank: list[int]) -> tuple[str, ...]:
    warnings = []
    if broken:
        warnings.append(f"{_list_pages(broken)} could not be read.")
    if blank:
        warnings.append(f"No text was found on {_list_pages(blank).lower()}; it may be scanned.")
    return tuple(warnings)


def _list_pages(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")
    return f"Page {shown}" if len(numbers) == 1 else f"Pages {shown}"


def _explain(message: str) -> DocumentError:
    lowered = message.lower()
    if "password" in lowered or "security" in lowered:
        return protected()
    return damaged()
