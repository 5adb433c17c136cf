"""Cuts a text into the windows that an embedder reads one by one, and combines their vectors.

Sentence encoders blur long texts, so each window is at most a few sentences.
"""

import re
from collections.abc import Sequence

import numpy

from bot.models.surrogates import replace_surrogates
from bot.seams import Vectors

VERSION = 1  # to be raised whenever cut_windows or combine would do otherwise

_WIDE = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_WIDE_EXTRA = 1.5  # a CJK character carries what two and a half Latin ones do
_SENTENCE_EDGE = re.compile(
    r"(?<=[。！？!?؟।\n])(?![。！？!?؟।\n\"”’」』）)])|(?<=[。！？!?][”’」』）])|(?<=\.)(?=\s)"
)
_WORD = re.compile(r"\S*\s*")


def measure(text: str) -> float:
    """Length of `text` in Latin characters, CJK ones counted as 2.5."""
    return len(text) + _WIDE_EXTRA * len(_WIDE.findall(text))


def cut_windows(text: str, limit: int, most: int) -> list[str]:
    """One to `most` windows of at most `limit` (by `measure`), of about equal size, cut between
    sentences, else words, else characters. What is beyond `most` full windows is left out."""
    text = replace_surrogates(text[: limit * most]).strip()
    size = measure(text)
    if size <= limit:
        return [text]
    count = -(-size // limit)
    windows = _pack(_pieces(text, limit), target=size / count, limit=limit)
    return windows[:most]


def _pieces(text: str, limit: int) -> list[str]:
    """Sentences; those over `limit` as words, and words over `limit` as stretches."""
    pieces: list[str] = []
    for sentence in _SENTENCE_EDGE.split(text):
        if measure(sentence) <= limit:
            pieces.append(sentence)
        else:
            for word in filter(None, _WORD.findall(sentence)):
                pieces.extend(_stretches(word, limit) if measure(word) > limit else [word])
    return pieces


def _stretches(word: str, limit: int) -> list[str]:
    step = max(1, int(limit // (1 + _WIDE_EXTRA)) // 4)
    return [word[start : start + step] for start in range(0, len(word), step)]


def _pack(pieces: list[str], target: float, limit: int) -> list[str]:
    """Pieces joined in order: a window ends where it comes nearest to `target`."""
    windows: list[str] = []
    window, size = "", 0.0
    for piece in pieces:
        more = measure(piece)
        nearer = abs(size - target) <= abs(size + more - target)
        if window and (size + more > limit or nearer):
            windows.append(window.strip())
            window, size = "", 0.0
        window += piece
        size += more
    windows.append(window.strip())
    return [window for window in windows if window] or [""]


def combine(vectors: Vectors, windows: Sequence[str]) -> Vectors:
    """One unit vector for a text, from those of its windows: their mean, weighted by length."""
    weights = numpy.array([measure(window) + 1 for window in windows], dtype=numpy.float32)
    total: Vectors = weights @ vectors
    length = numpy.linalg.norm(total)
    # Opposite windows may cancel out; the first one is then as good as any.
    return total / length if length > 1e-6 else numpy.asarray(vectors[0])
