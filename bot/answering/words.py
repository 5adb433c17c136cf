"""What a text is about, as a bag of terms that can be compared across inflections."""

import re
import unicodedata
from types import MappingProxyType

from bot.scripts import MARKS, UNSPACED
from bot.stop_words import FUNCTION_CHARACTERS, STOP_WORDS

_TERM = re.compile(
    rf"(?P<number>\d+(?:[.,:/-]\d+)*)|(?P<unspaced>[{UNSPACED}]+)"
    rf"|(?P<word>(?:(?![{UNSPACED}])(?:[^\W\d_]|[{MARKS}]))+)"
)
_ALL_STOP_WORDS: frozenset[str] = frozenset().union(*STOP_WORDS.values())
_STEM = 5

NUMBER_WEIGHT = 2.0
_NUMERALS = MappingProxyType({
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
})  # fmt: skip


def find_terms(text: str, language: str = "") -> list[str]:
    """The terms of `text` in order: numbers whole, words cut to their stem, pairs of characters
    where a script has no spaces. Stop words of `language` (of all languages without one) are left
    out, unless nothing else would be left."""
    stop_words = STOP_WORDS.get(language, _ALL_STOP_WORDS)
    normal = unicodedata.normalize("NFKC", text).casefold()
    terms: list[str] = []
    for match in _TERM.finditer(normal):
        if number := match["number"]:
            terms.append(number.replace(",", ""))
        elif unspaced := match["unspaced"]:
            for run in FUNCTION_CHARACTERS.split(unspaced):
                terms.extend(run[i : i + 2] for i in range(max(len(run) - 1, min(len(run), 1))))
        elif match["word"] not in stop_words:
            terms.append(_stem(match["word"]))
    return terms


def _stem(word: str) -> str:
    if word in _NUMERALS:
        return _NUMERALS[word]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:_STEM]


def weigh(term: str) -> float:
    """Numbers tell statements apart better than words do."""
    return NUMBER_WEIGHT if term[:1].isdigit() else 1.0


def strip_function_words(text: str, language: str) -> str:
    """`text` without stop words and question words, in its own spelling."""
    stop_words = STOP_WORDS.get(language, frozenset())
    kept: list[str] = []
    for match in _TERM.finditer(text):
        if unspaced := match["unspaced"]:
            kept.extend(filter(None, FUNCTION_CHARACTERS.split(unspaced)))
        elif match[0].casefold() not in stop_words:
            kept.append(match[0])
    return " ".join(kept)
