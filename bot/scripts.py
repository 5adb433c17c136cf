"""Scripts: classes of characters, as they stand in the brackets of a regular expression, and how
words of a script are made alike that are written in several ways."""

import unicodedata
from collections.abc import Iterable, Iterator


def _join(codes: Iterable[int]) -> Iterator[str]:
    """Ranges of neighbours."""
    first = last = -1
    for code in codes:
        if code != last + 1:
            if last >= 0:
                yield f"{chr(first)}-{chr(last)}"
            first = code
        last = code
    if last >= 0:
        yield f"{chr(first)}-{chr(last)}"


# Scripts without blanks between words: Chinese characters and kana; Thai, Lao, Burmese and Khmer.
UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs, tones and accents that are characters of their own: parts of words, though `\w` of
# Python leaves them out, and would cut Hindi into single consonants.
MARKS = "".join(
    _join(
        code
        for block in (range(0x0300, 0x1E00), range(0xA66F, 0xAC00))
        for code in block
        if unicodedata.category(chr(code)) in ("Mn", "Mc")
    )
)


def fold(text: str) -> str:
    """In lower case and compatible characters, without what writers put or leave out as they
    please or change with a word's ending: the signs of Arabic vowels, Greek stress."""
    text = unicodedata.normalize("NFKC", text).lower()
    return text if text.isascii() else text.translate(_FOLDED)


def _list_folded() -> Iterator[tuple[int, str]]:
    yield from ((code, "") for code in (0x0640, *range(0x064B, 0x0653), 0x0670))
    for code in (*range(0x0370, 0x0400), *range(0x1F00, 0x2000)):
        parts = unicodedata.normalize("NFD", chr(code))
        if len(parts) > 1 and parts[0].isalpha():
            yield code, parts[0]


# Romanian is also written with the cedillas of Turkish.
_FOLDED = {ord("ς"): "σ", ord("ş"): "ș", ord("ţ"): "ț", **dict(_list_folded())}
