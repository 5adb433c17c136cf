"""Cuts the endings off words, so that a word is found in all its forms.

Snowball's stemmers, for the scripts that tell one's language; words in Latin letters are stemmed by
LanceDB, as English.
"""

import threading
from collections.abc import Callable
from functools import lru_cache

import snowballstemmer

_LANGUAGES = (
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "russian"),
    (0x0530, 0x058F, "armenian"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "hindi"),
    (0x0B80, 0x0BFF, "tamil"),
)
_FIRST = _LANGUAGES[0][0]
_threads = threading.local()  # a stemmer has a state: each thread has its own


@lru_cache(100_000)
def stem(word: str) -> str:
    """Of a word as `bot.scripts.fold` gives it; the word itself where nothing is known."""
    code = ord(word[0])
    if code < _FIRST:
        return word
    for first, last, language in _LANGUAGES:
        if first <= code <= last:
            return _open_stemmer(language)(word) or word
    return word


def _open_stemmer(language: str) -> Callable[[str], str]:
    opened: dict[str, Callable[[str], str]] = _threads.__dict__
    if language not in opened:
        opened[language] = snowballstemmer.stemmer(language).stemWord
    return opened[language]
