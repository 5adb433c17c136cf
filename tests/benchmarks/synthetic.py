"""Made-up passages and vectors, the same on every machine."""

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from bot.nouns import Passage, Source
from bot.seams import Vectors

WORDS = 60_000
CHARACTERS = 3_500
CLUSTERS = 2_000
_SYLLABLES = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er")]


class SyntheticText:
    """Draws words and Chinese characters with the frequencies of real languages (Zipf). Every
    sixth word is a name, and some passages mention the title of another document."""

    def __init__(self, seed: int) -> None:
        self._random = numpy.random.default_rng(seed)
        words = [_word(number) for number in range(WORDS)]
        words[5::6] = [word.capitalize() for word in words[5::6]]
        self._words = numpy.array(words)
        self._characters = numpy.array([chr(0x4E00 + 5 * n) for n in range(CHARACTERS)])
        self._word_shares = _zipf(WORDS)
        self._character_shares = _zipf(CHARACTERS)

    def passage(self, number: int) -> str:
        """About 170 tokens: 110 words, or for every fourth number 170 Chinese characters."""
        if number % 4 == 0:
            return "".join(self._draw(self._characters, self._character_shares, 170))
        text = " ".join(self._draw(self._words, self._word_shares, 110))
        if number % 4 == 1:
            text += f". See {make_title(int(self._random.integers(0, number + 1)))}."
        return text

    def question(self, passage: str) -> str:
        """A dozen words or characters, most of them from the passage."""
        if " " in passage:
            own = self._random.choice(passage.split(), 8)
            return " ".join([*own, *self._draw(self._words, self._word_shares, 4)])
        start = int(self._random.integers(0, len(passage) - 12))
        return passage[start : start + 12]

    def _draw(
        self, items: NDArray[numpy.str_], shares: NDArray[numpy.float64], count: int
    ) -> NDArray[numpy.str_]:
        return items[numpy.searchsorted(shares, self._random.random(count))]


class SyntheticVectors:
    """Unit vectors scattered around cluster centres."""

    def __init__(self, seed: int, dimensions: int) -> None:
        self._random = numpy.random.default_rng(seed)
        self._centres = _unit(numpy.random.default_rng(7).normal(size=(CLUSTERS, dimensions)))

    def draw(self, count: int) -> Vectors:
        """Shape (count, dimensions), float32."""
        centres = self._centres[self._random.integers(0, CLUSTERS, count)]
        noise = self._random.normal(size=centres.shape) * (1.1 / centres.shape[1] ** 0.5)
        return _unit(centres + noise)


def make_title(number: int) -> str:
    """Of the document that the passage with this number is in."""
    return f"Title {number // 20}"


def make_passage(number: int, text: str) -> Passage:
    path = f"{number // 20:06}.md"
    source = Source(path, make_title(number), (), None, 0, len(text))
    return Passage(id=f"{number:032x}", text=text, source=source, ordinal=number % 20)


def _zipf(count: int) -> NDArray[numpy.float64]:
    """Cumulated shares of items whose frequency falls with their rank."""
    weights = 1 / (numpy.arange(count) + 2.7)
    shares: NDArray[numpy.float64] = numpy.cumsum(weights) / weights.sum()
    return shares


def _word(number: int) -> str:
    parts = []
    number += 1
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[rest])
    return "".join(parts)


def _unit(vectors: NDArray[numpy.float64]) -> Vectors:
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return numpy.asarray(vectors / lengths, numpy.float32)


def take(numbers: Sequence[int], text: SyntheticText) -> list[Passage]:
    return [make_passage(number, text.passage(number)) for number in numbers]
