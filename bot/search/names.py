"""Finds the names in texts: what passages are linked by, without any language model.

A name is compared by its words in lower case, blank between them; in scripts without blanks each
character counts as a word. What a passage is called (its title, heading, file name) it owns; what
its text names (capitalised and quoted words, identifiers, short phrases of scripts that have no
capitals) it mentions. The place of a document is a name too, with a slash in front: its passages
own it, and who links to it mentions it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from bot.nouns import Passage
from bot.scripts import MARKS, UNSPACED, fold
from bot.search.terms import COMMON
from bot.stop_words import FUNCTION_CHARACTERS

# The first passages of a document, which say what it is about, own its title; a document found by
# its title alone is found there.
OWNING = 5
MOST_WORDS = 10
# Characters of a phrase in a script without blanks.
SHORTEST_PHRASE, LONGEST_PHRASE = 2, 8
LONGEST_QUOTE = 60
# At most two of these between capitalised words belong to the name: Ludwig Mies van der Rohe.
PARTICLES = frozenset(
    (
        *("af", "al", "and", "bin", "d", "da", "de", "del", "della", "den", "der", "des", "di"),
        *("do", "dos", "du", "e", "el", "et", "for", "i", "ibn", "in", "la", "las", "le", "los"),
        *("of", "och", "on", "og", "the", "und", "van", "von", "y", "zu", "и"),
    )
)
MOST_PARTICLES = 2

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{MARKS}])*")
# Words that begin with a capital or have a digit or a line in them, and a few more: most words are
# passed over quickly, by the small letters of the commonest scripts.
_SMALL = "a-zß-öø-ÿά-ώа-џ"
_MARKED = re.compile(
    rf"(?<![^\W_{UNSPACED}])(?:[^\W_{_SMALL}{UNSPACED}]|[{_SMALL}]+(?:[.-]?\d|_[^\W_]))"
    rf"[^\W_{UNSPACED}]*(?:[._’'&-][^\W_{UNSPACED}]+)*"
)
_UNCASED = re.compile(r"[\u0590-\u10ff\u1100-\u139f\u1400-\u1cff\uac00-\ud7af\ufb1d-\ufefc]+")
_QUOTED = re.compile(
    rf"[《〈「『“\"`]([^《》〈〉「」『』“”\"`\n]{{2,{LONGEST_QUOTE}}})[》〉」』”\"`]"
)
_WIKI = re.compile(rf"\[\[([^\[\]|#\n]{{2,{LONGEST_QUOTE}}})")
_PHRASE = re.compile(rf"[{UNSPACED}·]+")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.{1,200})$", re.M)
_IDENTIFIER = re.compile(r"[^\W\d_]\W?\d|\d\W?[^\W\d_]|\w_\w")
_POSSESSIVE = re.compile(r"['’]s\Z")
_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]\s*\Z")


def find_words(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def own_names(passage: Passage) -> tuple[str, ...]:
    """What the passage is called, its document's place among it."""
    source = passage.source
    called = [*source.heading_path[-1:], *(line[1] for line in _HEADING.finditer(passage.text))]
    if passage.ordinal < OWNING:
        stem = PurePosixPath(source.path).stem.replace("_", " ")
        called += [source.title, re.sub(r"\A[\d\W]+", "", stem)]
    names = [_to_name(form) for one in called for form in (one, _BRACKETS.sub("", one))]
    places = [to_place(source.path)] if passage.ordinal < OWNING else []
    return tuple(dict.fromkeys([*filter(None, names), *places]))


def find_names(text: str) -> tuple[str, ...]:
    """The names that a text mentions, each once."""
    marked = [match[1] for pattern in (_QUOTED, _WIKI) for match in pattern.finditer(text)]
    spoken = [*_find_capitalised(text), *marked]
    found = [*map(_to_name, spoken), *_find_phrases(text), *_find_pairs(text)]
    return tuple(dict.fromkeys(name for name in found if len(name) > 2))


def mention_names(passage: Passage, own: Sequence[str]) -> tuple[str, ...]:
    """What the text of a passage names beside its own names, and the places that it links to."""
    found = (*find_names(passage.text), *map(to_place, passage.links))
    return tuple(name for name in found if name not in own)


def to_place(path: str) -> str:
    return f"/{path}"


def open_name(name: str) -> str:
    """The first two words of a name, "" if it has no more than one."""
    words = name.split(" ", 2)
    return " ".join(words[:2]) if len(words) > 1 else ""


def _to_name(text: str) -> str:
    """Without the common words in front, unless there is nothing else."""
    words = find_words(_POSSESSIVE.sub("", text))
    first = next((at for at, word in enumerate(words) if len(word) < 2 or word not in COMMON), 0)
    return " ".join(words[first : first + MOST_WORDS])


def _find_capitalised(text: str) -> Iterator[str]:
    """Runs of capitalised words, and identifiers."""
    start = end = 0
    for match in _MARKED.finditer(text):
        word = match[0]
        capital = word[0].isupper()
        if not (capital or word[0].isdigit() or _IDENTIFIER.search(word)):
            continue
        if end > start and (capital or word[0].isdigit()) and _is_inside(text[end : match.start()]):
            end = match.end()
            continue
        if end > start:
            yield text[start:end]
        start, end = match.start(), match.end() if capital else 0
        if not capital and _IDENTIFIER.search(word):
            yield word
    if end > start:
        yield text[start:end]


def _is_inside(gap: str) -> bool:
    """Whether what stands between two words of a name may stand there."""
    if gap == " ":
        return True
    particles = gap.split(" ")[1:-1]
    return 0 < len(particles) <= MOST_PARTICLES and PARTICLES.issuperset(particles)


def _find_phrases(text: str) -> Iterator[str]:
    """Short stretches between punctuation and the characters of grammar."""
    for match in _PHRASE.finditer(text):
        for part in FUNCTION_CHARACTERS.sub(" ", match[0]).split():
            phrase = part.replace("·", "")
            if SHORTEST_PHRASE <= len(phrase) <= LONGEST_PHRASE or "·" in part:
                yield " ".join(phrase[:LONGEST_PHRASE])


def _find_pairs(text: str) -> Iterator[str]:
    """Neighbouring words of scripts that have blanks and no capitals."""
    for one, other in pairwise(_UNCASED.findall(text)):
        if len(one) > 1 and len(other) > 1 and not {one, other} & COMMON:
            yield f"{one} {other}"
