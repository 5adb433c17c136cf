"""Cuts the endings off words by Snowball's stemmers, so that a word is found in all its forms.

Some scripts tell the language of a word. Of a word in Latin letters it is that of the text around
it, which may be told wrong; so its stem stands beside the word. English is stemmed by LanceDB.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import MappingProxyType

import snowballstemmer

_SCRIPTS = (
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "russian"),
    (0x0530, 0x058F, "armenian"),
    (0x0600, 0x077F, "arabic"),
    (0x0900, 0x097F, "hindi"),
    (0x0B80, 0x0BFF, "tamil"),
)
_FIRST = _SCRIPTS[0][0]
# Where words have many endings; in German and Spanish as many questions find no more and the gate
# tells worse which have an answer (tests/benchmarks/quality.py, gate.py).
_LATIN = MappingProxyType({"fi": "finnish", "hu": "hungarian", "ro": "romanian", "tr": "turkish"})
_threads = threading.local()  # a stemmer has a state: each thread has its own


def stem(word: str) -> str:
    """Of a word as `bot.scripts.fold` gives it; the word itself where nothing is known."""
    code = ord(word[0])
    if code < _FIRST:
        return word
    for first, last, language in _SCRIPTS:
        if first <= code <= last:
            return _cut(word, language)
    return word


def find_stems(words: Iterable[str], language: str) -> Iterator[str]:
    """Those that differ from their words, of words in Latin letters in the language."""
    name = _LATIN.get(language)
    if name is None:
        return
    for word in words:
        if ord(word[0]) < _FIRST and (short := _cut(word, name)) != word:
            yield short


@lru_cache(100_000)
def _cut(word: str, language: str) -> str:
    return _open_stemmer(language)(word) or word


def _open_stemmer(language: str) -> Callable[[str], str]:
    opened: dict[str, Callable[[str], str]] = _threads.__dict__
    if language not in opened:
        opened[language] = snowballstemmer.stemmer(language).stemWord
    return opened[language]
