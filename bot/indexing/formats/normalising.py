"""Makes text of any origin uniform, so that what looks the same is the same."""

import re
from collections.abc import Sequence
from unicodedata import east_asian_width, is_normalized, normalize

# Han with its extensions, kana, Bopomofo, and the punctuation between them.
CJK = (
    "\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff"
)

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
# Control characters, zero-width and bidirectional marks, invisible operators, variation selectors
# and tag characters: they hide words from a reader or from a search.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
# Joiners carry meaning inside Persian, Indic and emoji, never beside Latin or CJK.
_STRAY_JOINERS = re.compile(
    f"[\u200c\u200d]{{2,}}|(?<![^\x00-\u024f{CJK}])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u024f{CJK}])"
)
_ODD_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_TRAILING = re.compile("[ \t\u3000]+$", re.MULTILINE)
_GAPS = re.compile("\n{4,}")
_WRAP = re.compile(f"(?<=[{CJK}])\n[ \t]*(?=[{CJK}])")
_SENTENCE_ENDS = frozenset("。！？；：…”」』》）】")
# Lines narrower than this are list items, cells or verse rather than wrapped prose.
_NARROWEST_WRAP = 24


def clean(text: str) -> str:
    """The text in NFC with plain line ends and blanks and without invisible characters."""
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        if "\u200c" in text or "\u200d" in text:
            text = _STRAY_JOINERS.sub("", text)
        text = _ODD_BLANKS.sub(" ", text)
        if not is_normalized("NFC", text):
            text = normalize("NFC", text)
    return text


def tidy(text: str) -> str:
    """No blanks at line ends, at most two blank lines together, none at either end."""
    return _GAPS.sub("\n\n\n", _TRAILING.sub("", text)).strip("\n")


def join_wrapped(text: str) -> str:
    """Joins lines that were wrapped inside a Chinese or Japanese sentence, without a blank."""
    pieces, start = [], 0
    for wrap in _WRAP.finditer(text):
        if _is_wrapped(text, wrap.start(), wrap.end()):
            pieces.append(text[start : wrap.start()])
            start = wrap.end()
    return "".join([*pieces, text[start:]]) if pieces else text


def normalise(text: str) -> str:
    """All of the above."""
    return tidy(join_wrapped(clean(text)))


def join_pages(pages: Sequence[tuple[int, str]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One text of normalised (number, text) pages, and where each page that has text starts."""
    texts, starts, offset = [], [], 0
    for number, page in pages:
        if page:
            starts.append((number, offset))
            texts.append(page)
            offset += len(page) + 2
    return "\n\n".join(texts), tuple(starts)


def _is_wrapped(text: str, end: int, next_start: int) -> bool:
    """Whether the line that ends at `end` is full and not the end of a sentence: when prose is
    wrapped, no line is narrower than the one after it, by more than one character."""
    if text[end - 1] in _SENTENCE_ENDS:
        return False
    width = _measure(text[text.rfind("\n", 0, end) + 1 : end])
    next_end = text.find("\n", next_start)
    following = _measure(text[next_start : next_end if next_end >= 0 else len(text)])
    return width >= _NARROWEST_WRAP and width + 2 >= following


def _measure(line: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)
