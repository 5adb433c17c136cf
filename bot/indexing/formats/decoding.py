"""Finds out in which encoding a text file is written, and refuses what is no text."""

import re
from contextlib import suppress

from bot.indexing.formats.reasons import not_text

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
# What browsers take these names to mean.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "": "utf-8",
}
_GUESSED_FROM = 50_000
_LEGACY = (
    *("gb18030", "big5", "big5hkscs", "cp932", "euc_jp", "euc_kr", "cp949"),
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7", "cp874", "cp866"),
)


def decode(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text of `data` and warnings about how it was decoded. `declared` is the encoding that
    the file itself names, believed where its bytes agree. Raises DocumentError for bytes that are
    no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, "replace"))
    if b"\0" in data:
        return _checked(_decode_utf16(data))
    for encoding in ("utf-8", _SUPERSETS.get(declared.lower(), declared)):
        with suppress(UnicodeDecodeError, LookupError):
            return _checked(data.decode(encoding))
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
        raise not_text()
    return data.replace(b"\0", b"").decode("utf-8", "replace")


def _is_mostly_utf8(text: str) -> bool:
    """Whether a few bytes are broken in a text that is UTF-8 otherwise."""
    broken = text.count("\ufffd")
    foreign = sum(character > "\x7f" for character in text) - broken
    return broken * 10 <= foreign


def _guess(data: bytes) -> str:
    """The library detects well but tidies what it returns: a sample tells the encoding."""
    from bot.indexing.formats.extracting import extract

    end = data.rfind(b"\n", 0, _GUESSED_FROM) + 1 if len(data) > _GUESSED_FROM else len(data)
    sample = data[: end or _GUESSED_FROM]
    expected = "".join(extract(sample, ".txt", markdown=False).text.split())
    for encoding in _LEGACY:
        if "".join(sample.decode(encoding, "replace").split()) == expected:
            return data.decode(encoding, "replace")
    return extract(data, ".txt", markdown=False).text


def _checked(text: str) -> tuple[str, tuple[str, ...]]:
    odd = len(_CONTROLS.findall(text))
    if odd > len(text) / 5:
        raise not_text()
    broken = text.count("\ufffd")
    return text, (f"{broken} characters could not be decoded.",) if broken else ()
