"""Answers made of the documents' own sentences, for when no language model is at hand."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answering.units import Unit, find_units
from bot.answering.words import find_terms, weigh
from bot.languages import detect_language
from bot.nouns import Passage

# The name of a chat model that writes nothing of its own.
EXTRACTIVE = "extractive"

_PASSAGES_READ = 5
_MOST_UNITS = 4
# How near to the best unit another must come to be shown beside it.
_NEAR = 0.85
_CONTEXT_WEIGHT = 0.4
_RANK_WEIGHT = 0.25
_KIND_WEIGHT = 0.35
_LONG = 400

_ASKS_NUMBER = re.compile(
    r"how (?:many|much|long|old|large|big|far|often|tall|high)|what (?:percent|number|year|price)|"
    r"wie ?(?:viel|lange|hoch|oft|groß|alt)|combien|cu[aá]nt|quant[oaie]|сколько|скільки|كم |"
    r"hoeveel|ile |ne kadar|kaç|bao (?:nhiêu|lâu)|berapa"
    r"|多少|几|幾|多久|多长|多大|多高|いくつ|いくら|何|몇|얼마",
    re.IGNORECASE,
)
_ASKS_TIME = re.compile(
    r"\bwhen\b|what (?:year|date|day|time|month)|which year|\bwann\b|\bquand\b|cu[aá]ndo"
    r"|\bquando\b|когда|коли|متى|wanneer|kiedy|ne zaman|khi nào|kapan"
    r"|什么时候|什麼時候|何时|何時|哪一年|哪年|几点|いつ|언제",
    re.IGNORECASE,
)
_HOLDS_NUMBER = re.compile(
    r"\d|[一二三四五六七八九十百千万两半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|"
    r"dozen|hundred|thousand|million|billion|once|twice)\b",
    re.IGNORECASE,
)
_HOLDS_TIME = re.compile(
    r"\b(?:1\d|20)\d\d\b|\d{1,2}[:.]\d\d|年|月|日|点|\b(?:january|february|march|april|may|june|july|"
    r"august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|days?|weeks?|months?|century)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Extract:
    """A statement to show; `number` is its passage's, counted from 1."""

    text: str
    number: int
    start: int
    end: int
    score: float
    prose: bool = False


def extract(question: str, passages: Sequence[Passage]) -> list[Extract]:
    """One to four statements of the first passages that best answer `question`, those of the best
    passage first and else in the order of the text; empty only without passages."""
    candidates = [
        (number, unit)
        for number, passage in enumerate(passages[:_PASSAGES_READ], start=1)
        for unit in find_units(passage)
    ]
    if not candidates:
        return [_show_whole(passages[0])] if passages else []
    scored = _score(question, candidates)
    best = max(scored, key=lambda extract: extract.score)
    chosen: list[Extract] = []
    for candidate in sorted(scored, key=lambda extract: -extract.score):
        near = candidate.score >= _NEAR * best.score
        if near and len(chosen) < _MOST_UNITS and not _repeats(candidate, chosen):
            chosen.append(candidate)
    return sorted(
        chosen, key=lambda extract: (extract.number != best.number, extract.number, extract.start)
    )


def render(extracts: Sequence[Extract]) -> list[str]:
    """The pieces of an answer, each with its mark; joined they are Markdown."""
    joined = _join_neighbours(extracts)
    pieces: list[str] = []
    for extract in joined:
        bullet = "- " if len(joined) > 1 and "\n" not in extract.text else ""
        between = "\n" if pieces else ""
        space = "\n" if extract.text.endswith(("```", "~~~")) else " "  # else the fence stays open
        pieces.append(f"{between}{bullet}{extract.text}{space}[{extract.number}]")
    return pieces


def _join_neighbours(extracts: Sequence[Extract]) -> list[Extract]:
    joined: list[Extract] = []
    for extract in extracts:
        last = joined[-1] if joined else None
        if last and last.prose and extract.prose and _follows(extract, last):
            space = "" if last.text.endswith(("。", "！", "？", "；")) else " "
            text = f"{last.text}{space}{extract.text}"
            joined[-1] = replace(last, text=text, end=extract.end)
        else:
            joined.append(extract)
    return joined


def _follows(extract: Extract, other: Extract) -> bool:
    return extract.number == other.number and 0 <= extract.start - other.end <= 1


def _score(question: str, candidates: Sequence[tuple[int, Unit]]) -> list[Extract]:
    language = detect_language(question)
    wanted = set(find_terms(question, language)) or set(find_terms(question, "none"))
    bags = [_read_terms(unit, language) for _, unit in candidates]
    beside: dict[int, set[str]] = {}
    for (number, _), (own, _) in zip(candidates, bags, strict=True):
        beside.setdefault(number, set()).update(own)
    frequency = Counter(term for own, _ in bags for term in own)
    weights = {
        term: weigh(term) * math.log(1 + len(bags) / (0.5 + frequency[term])) for term in wanted
    }
    total = sum(weights.values()) or 1.0
    extracts = []
    for (number, unit), (own, around) in zip(candidates, bags, strict=True):
        covered = sum(weight for term, weight in weights.items() if term in own)
        nearby = sum(
            weight
            for term, weight in weights.items()
            if term not in own and term in around | beside[number]
        )
        score = (covered + _CONTEXT_WEIGHT * nearby) / total
        score += _RANK_WEIGHT / number + _KIND_WEIGHT * _is_kind(question, unit.text)
        score -= 0.1 * max(0, len(unit.text) - _LONG) / _LONG
        extracts.append(Extract(unit.text, number, unit.start, unit.end, score, unit.prose))
    return extracts


def _read_terms(unit: Unit, language: str) -> tuple[set[str], set[str]]:
    own = set(find_terms(f"{unit.asked}\n{unit.text}", language))
    return own, set(find_terms(unit.heading, language))


def _is_kind(question: str, text: str) -> bool:
    """Whether `text` holds the kind of thing that `question` asks for."""
    if _ASKS_TIME.search(question):
        return _HOLDS_TIME.search(text) is not None
    return _ASKS_NUMBER.search(question) is not None and _HOLDS_NUMBER.search(text) is not None


def _repeats(candidate: Extract, chosen: Sequence[Extract]) -> bool:
    """Whether one of `chosen` says or holds the same, or is held by it."""
    return any(
        candidate.text == other.text
        or (
            candidate.number == other.number
            and candidate.start < other.end
            and other.start < candidate.end
        )
        for other in chosen
    )


def _show_whole(passage: Passage) -> Extract:
    return Extract(passage.text.strip()[:_LONG], 1, 0, len(passage.text), 0.0)
