"""How the parser process tells its parent what it read: JSON, since nothing that a process which
handles hostile files sends may be executed."""

import json
from typing import Any

from bot.errors import DocumentError, DocumentUnsettled
from bot.nouns import Document, Passage, Section, Source

HEADER_BYTES = 4
READY = b"\0" * HEADER_BYTES
OUT_OF_MEMORY = 77  # exit code of a process whose parser asked for too much

ReadFile = tuple[Document, tuple[Passage, ...]]


def encode(document: Document, passages: tuple[Passage, ...]) -> bytes:
    sections = [[s.start, s.end, s.heading_path, s.page] for s in document.sections]
    pieces = [
        [p.id, p.text, p.source.heading_path, p.source.page, p.source.start, p.source.end, p.links]
        for p in passages
    ]
    head = [document.format, document.digest, document.title, document.text, document.warnings]
    return _dump([head, sections, pieces])


def encode_error(error: DocumentError) -> bytes:
    return _dump([isinstance(error, DocumentUnsettled), error.problem, error.remedy])


def decode(path: str, data: bytes) -> ReadFile:
    """Raises the DocumentError that was encoded."""
    message = json.loads(data)
    if not isinstance(message[0], list):
        unsettled, problem, remedy = message
        raise (DocumentUnsettled if unsettled else DocumentError)(problem, remedy)
    (format_, digest, title, text, warnings), sections, pieces = message
    document = Document(
        path=path,
        format=format_,
        digest=digest,
        title=title,
        text=text,
        sections=tuple(Section(start, end, tuple(h), page) for start, end, h, page in sections),
        warnings=tuple(warnings),
    )
    return document, tuple(
        _make_passage(document, ordinal, piece) for ordinal, piece in enumerate(pieces)
    )


def _make_passage(document: Document, ordinal: int, piece: list[Any]) -> Passage:
    identity, text, heading_path, page, start, end, links = piece
    source = Source(document.path, document.title, tuple(heading_path), page, start, end)
    return Passage(identity, text, source, ordinal, links=tuple(links))


def _dump(message: list[Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
