"""The only place that knows xberg, which reads the formats that are not plain text."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import xberg

from bot.errors import DocumentError
from bot.indexing.formats.packages import MOST_UNPACKED_BYTES
from bot.indexing.formats.reasons import damaged, protected, too_complex

_MOST_CELLS = 3_000_000
_MIME = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".docm": "application/vnd.ms-word.document.macroEnabled.12",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".ipynb": "application/x-ipynb+json",
    ".rst": "text/prs.fallenstein.rst",
    ".rtf": "application/rtf",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """Markdown as the library wrote it. `pages` are (number from 1, Markdown)."""

    text: str
    pages: Sequence[tuple[int, str]]
    title: str
    warnings: tuple[str, ...]


def extract(data: bytes, ending: str, *, markdown: bool = True) -> Extracted:
    """Raises DocumentError."""
    given = xberg.ExtractInput(
        kind="bytes", bytes=data, mime_type=_MIME[ending], filename=f"document{ending}"
    )
    try:
        result = asyncio.run(xberg.extract(given, _configure(markdown=markdown)))
    except (RuntimeError, ValueError, OSError, xberg.XbergError) as error:
        raise _explain(str(error)) from None
    if result.errors:
        raise _explain(result.errors[0].message)
    document = result.results[0]
    return Extracted(
        text=document.content,
        pages=[(page.page_number, page.content) for page in document.pages or ()],
        title=document.metadata.title or "",
        warnings=tuple(warning.message for warning in document.processing_warnings),
    )


@cache
def _configure(*, markdown: bool) -> xberg.ExtractionConfig:
    return xberg.ExtractionConfig(
        use_cache=False,  # it would keep the documents' text in a folder of its own
        disable_ocr=True,
        enable_quality_processing=False,  # it drops text that it finds poor
        output_format="markdown" if markdown else "plain",
        escape_markdown=False,
        pages=xberg.PageConfig(extract_pages=markdown),
        content_filter=xberg.ContentFilterConfig(
            include_footnotes=True, strip_repeating_text=False
        ),
        html_options=xberg.ConversionOptions(
            extract_metadata=False,
            compact_tables=True,
            exclude_selectors=["iframe", "svg", "object", "template"],
            preprocessing=xberg.PreprocessingOptions(remove_navigation=True, remove_forms=False),
        ),
        security_limits=xberg.SecurityLimits(
            max_archive_size=MOST_UNPACKED_BYTES,
            max_compression_ratio=1100,  # what deflate can reach; the size is what hurts
            max_content_size=MOST_UNPACKED_BYTES,
            max_table_cells=_MOST_CELLS,
        ),
        concurrency=xberg.ConcurrencyConfig(max_threads=1),
        max_archive_depth=0,
        extraction_timeout_secs=None,
    )


def _explain(message: str) -> DocumentError:
    lowered = message.lower()
    if "password" in lowered or "encrypted" in lowered:
        return protected()
    if "security" in lowered or "limit" in lowered or "exceed" in lowered:
        return too_complex(message)
    return damaged(message)
