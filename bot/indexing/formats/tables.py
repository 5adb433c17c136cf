"""CSV and TSV, as Markdown tables."""

import csv
import io
from collections.abc import Iterator, Sequence

from bot.indexing.formats.decoding import decode
from bot.indexing.formats.normalising import clean, tidy
from bot.indexing.formats.parsed import MOST_CHARACTERS, Parsed
from bot.indexing.formats.reasons import damaged

_DELIMITERS = (",", ";", "\t", "|")
_TRIED_ROWS = 50
_TRIED_CHARACTERS = 100_000


def parse(data: bytes, ending: str) -> Parsed:
    text, warnings = decode(data)
    text = clean(text)
    csv.field_size_limit(MOST_CHARACTERS)
    delimiter = "\t" if ending == ".tsv" else _find_delimiter(text)
    try:
        rows = list(_read_rows(text, delimiter))
    except csv.Error as error:
        raise damaged(str(error)) from None
    return Parsed(tidy(_write(rows)), warnings=warnings)


def _read_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            yield cells


def _find_delimiter(text: str) -> str:
    """The one that makes the most rows alike, with the most columns."""
    start = text[:_TRIED_CHARACTERS]

    def judge(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(start), delimiter=delimiter)
        widths = [len(row) for row, _ in zip(reader, range(_TRIED_ROWS), strict=False)]
        alike, columns = max(
            ((widths.count(width), width) for width in set(widths) if width > 1), default=(0, 0)
        )
        return alike, columns

    return max(_DELIMITERS, key=judge)


def _write(rows: Sequence[Sequence[str]]) -> str:
    """Rows before the header that have one cell are the table's title and notes."""
    width = max(map(len, rows), default=0)
    first = next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    above = [" ".join(filter(None, row)) for row in rows[:first]]
    lines = [_write_row(row, width) for row in rows[first:]]
    if lines:
        lines.insert(1, "|" + " --- |" * width)
    return "\n\n".join([*above, "\n".join(lines)])


def _write_row(row: Sequence[str], width: int) -> str:
    cells = [cell.replace("|", "\\|") for cell in row]
    return "| " + " | ".join(cells + [""] * (width - len(cells))) + " |"
