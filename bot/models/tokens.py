"""Counts tokens: exactly where a tokenizer's table is on this machine, else by an estimate that is
not too low. Nothing is ever downloaded."""

import os
import re
import tempfile
from collections.abc import Callable
from hashlib import sha1, sha256
from pathlib import Path

from bot.characters import is_boundary
from bot.models.surrogates import replace_surrogates

# Ideographs, kana and their punctuation cost a token each. They are taken out first, as counting
# lengths is faster than matching, and a mark is left in their place.
_WIDE = re.compile(r"[\u3000-\u312f\u3190-\u33ff\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20]+")
_MARK = "\x01"
# Of the rest each match is a token: the beginning of a word with the space before it, or the next
# part of it; up to three digits; white space that no word takes in; a sign; one or two letters of
# a script whose words are split small.
_PIECE = re.compile(
    r" ?(?:[a-z]{1,4}|[A-Z][a-z]{0,3})"
    r"|[0-9]{1,3}"
    r"|\n\s*| (?: +|(?![^0-9\x01]))"
    r"|[!-/:-@\[-`{-~\t]"
    r"|[\u0370-\u058f]{1,2}|[\u05d0-\u05ff]{1,2}|[\u0620-\u064a\u066e-\u06ef]{1,2}"
    r"|[\u0900-\u09ff]{1,2}|[\u0a80-\u0aff]{1,2}|[\u0b80-\u0bff]{1,2}|[\u0c80-\u0d7f]{1,2}"
    r"|[\u10a0-\u10ff]{1,2}"
    r"|[^\x00-\x7f]"
)
# Characters that cost a second token: Lao, Tibetan, Ethiopic, accented Greek, symbols, full-width.
_DEAR = (
    r"\u0e80-\u0fff\u13a0-\u177f\u1f00-\u1fff\u2100-\u2bff\u3130-\u318f"
    r"\uff10-\uff19\uff21-\uff5a\uff61-\uff9f"
)
# And a third: rare ideographs, emoji and what else is far out. The look-ahead is a match of its
# own, without length, so that such a character counts twice here.
_DEARER = r"\u1200-\u139f\u3400-\u4dbf\ua000-\uabff\ue000-\ufaff\U00010000-\U0010ffff"
_SURCHARGE = re.compile(rf"(?=[{_DEARER}])|[{_DEAR}{_DEARER}]")

# The tables that tiktoken downloads, by encoding: address and SHA-256.
_TABLES_URL = "https://openaipublic.blob.core.windows.net/encodings/"
_TABLES = {
    "o200k_base": (
        f"{_TABLES_URL}o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        f"{_TABLES_URL}cl100k_base.tiktoken",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
_SLICE = 20_000  # characters; tiktoken panics on half a million spaces


def estimate_tokens(text: str) -> int:
    """Not fewer tokens than o200k_base makes of natural text, whatever its language; up to twice
    as many. Senseless rows of letters are counted too low."""
    return (9 * count_pieces(text) + 7) // 8


def count_pieces(text: str) -> int:
    """What `estimate_tokens` counts before it adds its margin. A text has no more pieces than its
    parts have together, unless it was cut within a word."""
    if text.isascii():
        return len(_PIECE.findall(text))
    parts = _WIDE.split(text)
    narrow = _MARK.join(parts)
    wide = len(text) - len(narrow) + len(parts) - 1
    return wide + len(_PIECE.findall(narrow)) + len(_SURCHARGE.findall(narrow))


def find_room(tokens: int) -> int:
    """The most pieces that are estimated at no more than so many tokens."""
    return 8 * tokens // 9


class TokenCounter:
    """Counts and cuts by tokens; `name` tells people which way is in use."""

    def __init__(self, name: str, measure: Callable[[str], int]) -> None:
        self.name = name
        self._measure = measure

    def count(self, text: str) -> int:
        text = replace_surrogates(text)
        if len(text) <= _SLICE:
            return self._measure(text)
        return sum(
            self._measure(text[start : start + _SLICE]) for start in range(0, len(text), _SLICE)
        )

    def cut(self, text: str, limit: int) -> str:
        """The beginning of `text` that has at most `limit` tokens, as long as can be without
        cutting a character in two."""
        fits, exceeds = 0, max(1, limit)
        while exceeds < len(text) and self.count(text[:exceeds]) <= limit:
            fits, exceeds = exceeds, 2 * exceeds
        if exceeds >= len(text):
            if self.count(text) <= limit:
                return text
            exceeds = len(text)
        while exceeds - fits > 1:
            middle = (fits + exceeds) // 2
            if self.count(text[:middle]) <= limit:
                fits = middle
            else:
                exceeds = middle
        while not is_boundary(text, fits) or (fits and self.count(text[:fits]) > limit):
            fits -= 1
        return text[:fits]


def load_counter(model: str) -> TokenCounter:
    """The best counter for `model` that this machine has. It may take a second to load."""
    encoding = _find_encoding(model)
    measure = _load_tiktoken(encoding)
    if measure:
        return TokenCounter(f"tiktoken {encoding}", measure)
    measure = _load_quicktok(encoding)
    if measure:
        return TokenCounter(f"quicktok {encoding}", measure)
    return TokenCounter("estimate", estimate_tokens)


def _find_encoding(model: str) -> str:
    """The encoding's name; o200k_base, the newest, for models that tiktoken does not know."""
    try:
        from tiktoken.model import encoding_name_for_model
    except ImportError:
        return "o200k_base"
    try:
        name = encoding_name_for_model(model)
    except KeyError:
        return "o200k_base"
    return name if name in _TABLES else "o200k_base"


def _load_tiktoken(encoding: str) -> Callable[[str], int] | None:
    """Only with the right table in its cache: without, tiktoken would ask the network."""
    try:
        import tiktoken
    except ImportError:
        return None
    url, digest = _TABLES[encoding]
    folder = _find_cache()
    if folder is None:
        return None
    try:
        table = (folder / sha1(url.encode(), usedforsecurity=False).hexdigest()).read_bytes()
    except OSError:
        return None
    if sha256(table).hexdigest() != digest:
        return None
    encode = tiktoken.get_encoding(encoding).encode_ordinary
    return lambda text: len(encode(text))


def _find_cache() -> Path | None:
    """tiktoken's own rule; an empty name turns its cache off."""
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if name in os.environ:
            return Path(os.environ[name]) if os.environ[name] else None
    return Path(tempfile.gettempdir()) / "data-gym-cache"


def _load_quicktok(encoding: str) -> Callable[[str], int] | None:
    try:
        import quicktok

        count: Callable[[str], int] = quicktok.get_encoding(encoding).count
    except (ImportError, RuntimeError):  # not built for this platform, or its data is missing
        return None
    return count
