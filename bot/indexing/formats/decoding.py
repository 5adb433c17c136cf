"""Finds out in which encoding a text file is written, and refuses what is no text."""

import re

from bot.errors import DocumentError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_PLAUSIBLE_IN_UTF16 = re.compile(
    "[\t\n\r -~\u00a0-\u024f\u2000-\u206f\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]"
)
_GUESSED_FROM = 200_000


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of `data` and warnings about how it was decoded. Raises DocumentError for bytes
    that are no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, "replace"))
    if b"\0" in data:
        return _checked(_decode_utf16(data))
    try:
        return _checked(data.decode())
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    if _is_mostly_utf8(text):
        return _checked(text)
    return _checked(_guess(data))


def _decode_utf16(data: bytes) -> str:
    """UTF-16 without a byte-order mark shows by its zero bytes, which no other text has."""
    little = data[1::2].count(0) >= data[::2].count(0)
    text = data.decode("utf-16-le" if little else "utf-16-be", "replace")
    if len(_PLAUSIBLE_IN_UTF16.findall(text)) >= 0.9 * len(text):
        return text
    if data.count(0) > len(data) / 100:
        raise _no_text()
    return data.replace(b"\0", b"").decode("utf-8", "replace")


def _is_mostly_utf8(text: str) -> bool:
    """Whether a few bytes are broken in a text that is UTF-8 otherwise."""
    broken = text.count("\ufffd")
    foreign = sum(character > "\x7f" for character in text) - broken
    return broken * 10 <= foreign


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_GUESSED_FROM]).best()
    if best is None:
        raise _no_text()
    return data.decode(best.encoding, "replace")


def _checked(text: str) -> tuple[str, tuple[str, ...]]:
    odd = len(_CONTROLS.findall(text))
    if odd > len(text) / 5:
        raise _no_text()
    broken = text.count("\ufffd")
    return text, (f"{broken} characters could not be decoded.",) if broken else ()


def _no_text() -> DocumentError:
    return DocumentError(
        "This is not text, though its name says so.", "Save it as text in UTF-8, or delete it."
    )
