"""What the OpenAI-compatible peer answers of its own: from the prompt's passages, vectors of
character trigrams, so that similar texts have similar ones, and how far texts share words."""

import re
import zlib

import numpy
from numpy.typing import NDArray

_PASSAGE = re.compile(r"^Passage \[(\d+)\]\n((?:>.*\n?)+)", re.MULTILINE)
_QUESTION = re.compile(r"^(?:Last question|Question): (.*)$", re.MULTILINE)
_PIECE = re.compile(r"[\u2e80-\u9fff]|[^\W\u2e80-\u9fff]+|[^\w\s]")
_SENTENCE_EDGE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


def count_words(text: str) -> int:
    """Tokens, as this peer counts: words, CJK characters and punctuation marks."""
    return len(_PIECE.findall(text))


def share_words(query: str, text: str) -> float:
    """The share of the query's words that the text holds."""
    wanted = set(_PIECE.findall(query.casefold()))
    return len(wanted & set(_PIECE.findall(text.casefold()))) / len(wanted)


def answer(messages: list[dict[str, str]]) -> str:
    """The sentence of the passages that shares most with the question, cited; the question
    itself where it is to be rewritten."""
    content = messages[-1]["content"]
    questions = _QUESTION.findall(content)
    question = questions[-1] if questions else content
    if messages[0]["role"] == "system" and messages[0]["content"].startswith("Rewrite"):
        return str(question)
    best, found = 0, "I do not know."
    for number, quoted in _PASSAGE.findall(content):
        for sentence in _SENTENCE_EDGE.split(_unquote(quoted)):
            shared = len(_trigrams(sentence) & _trigrams(question))
            if shared > best:
                best, found = shared, f"{sentence.strip()} [{number}]"
    return found


def _unquote(quoted: str) -> str:
    """The passage without marks, and without the head that ends at the first empty line."""
    lines = [line[1:].strip() for line in quoted.splitlines()]
    body = lines[lines.index("") + 1 :] if "" in lines else lines
    return " ".join(body)


def _trigrams(text: str) -> set[str]:
    text = f" {text.casefold()} "
    return {text[start : start + 3] for start in range(max(1, len(text) - 2))}


def embed(text: str, dimensions: int) -> NDArray[numpy.float32]:
    """Not of length 1: as servers may send."""
    vector = numpy.zeros(dimensions, dtype=numpy.float32)
    for trigram in _trigrams(text):
        code = zlib.crc32(trigram.encode("utf-8", "replace"))
        vector[code % dimensions] += 1.0 if code & 0x10000 else -1.0
    vector[zlib.crc32(text.encode("utf-8", "replace")) % dimensions] += 0.5
    return vector
