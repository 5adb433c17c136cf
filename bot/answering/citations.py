"""Checks the marks `[n]` of an answer against the passages they point to.

What a mark must be to stay: its number is that of a passage, and the passage shares at least one
term with what it is set behind, where that says enough, and in the same language, to compare. It
gets the sentence of the passage that shares most with the claim, numbers counting
double; it is quoted exactly. A mark behind figures that its passage lacks and another one has is
corrected. In an answer without one valid mark, sentences whose words and
numbers a passage holds nearly all get that passage's mark; what the passages do not support gets
none. An answer that then has no citation at all must not be shown as one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.answering.sentences import find_sentences
from bot.answering.words import find_terms, weigh
from bot.languages import detect_language
from bot.nouns import Citation, Passage

_NUMBERS = r"\^?\d{1,3}(?:†[^\]】］]*)?(?:\s*[-–—,，、;；]\s*\^?\d{1,3}(?:†[^\]】］]*)?)*"
_MARK = re.compile(rf"\[\s*{_NUMBERS}\s*\]|【\s*{_NUMBERS}\s*】|［\s*{_NUMBERS}\s*］")
_MARKS = re.compile(rf"(?:{_MARK.pattern})(?:[ \t]*(?:{_MARK.pattern}))*")
_CODE = re.compile(r"(?ms)^\s{0,3}(```|~~~).*?(?:^\s{0,3}\1[^\n]*$|\Z)|(`+)(?!`).+?(?<!`)\2(?!`)")
# A claim of less weight says too little to tell that a passage speaks of something else.
_COMPARABLE = 3.0
_STRONG = 0.7
_STRONG_WEIGHT = 3.0
_LONGEST_QUOTE = 400


@dataclass(frozen=True, slots=True)
class Checked:
    """`text` has valid marks alone, each as `[n]`; `citations` has one item for each number and
    quote, in order of appearance."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """The words that a group of marks belongs to: those before it, or where it begins its line
    or its sentence those behind it. The group stands at `start` to `end` of the answer."""

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]


def check(text: str, passages: Sequence[Passage]) -> Checked:
    """Marks in code are no marks. Checking a checked text changes nothing."""
    checked, citations = _keep_supported(text, passages)
    if not citations and (marked := _attach(checked, passages)) != checked:
        checked, citations = _keep_supported(marked, passages)
    return Checked(checked, tuple(citations))


def _keep_supported(text: str, passages: Sequence[Passage]) -> tuple[str, list[Citation]]:
    """The text without marks that do not hold, and the citations. Without a dropped mark the next
    one stands behind more words, so all are looked at again until none is dropped."""
    while True:
        kept, citations = _keep_once(text, passages)
        if kept == text:
            return text, citations
        text = kept


def _keep_once(text: str, passages: Sequence[Passage]) -> tuple[str, list[Citation]]:
    pieces: list[str] = []
    citations: dict[tuple[int, str], Citation] = {}
    position = 0
    for claim in _find_claims(text):
        valid = [_cite(claim.text, number, passages) for number in claim.numbers]
        kept = [citation for citation in valid if citation is not None]
        for citation in kept:
            citations.setdefault((citation.number, citation.quote), citation)
        before = text[position : claim.start]
        pieces.append(before if kept else before.rstrip(" \t"))
        pieces.extend(f"[{citation.number}]" for citation in kept)
        position = claim.end
    return "".join([*pieces, text[position:]]), list(citations.values())


def _find_claims(text: str) -> Iterator[_Claim]:
    groups = list(_find_marks(text))
    sentences = find_sentences(_blank(text, groups))
    previous = 0
    nexts = [*(start for start, _, _ in groups[1:]), len(text)]
    for (start, end, numbers), following in zip(groups, nexts, strict=False):
        stop = len(text[:start].rstrip())
        first = max((begin for begin, _ in sentences if begin < stop), default=0)
        claim = text[max(first, previous) : stop]
        if len(find_terms(claim)) < 2:
            claim = _MARK.sub("", text[first:stop])
        finish = next((finish for _, finish in sentences if finish > end), end)
        rest = text[end : min(finish, following)]
        line_start = text.rfind("\n", 0, start) + 1
        if previous <= line_start and _leads(text[line_start:start], rest):
            claim = rest
        elif len(find_terms(claim)) < 2:
            claim = f"{claim} {rest}"
        yield _Claim(claim, start, end, numbers)
        previous = end


def _leads(before: str, behind: str) -> bool:
    """Whether marks stand before their line's words instead of behind them."""
    return not find_terms(before) and bool(find_terms(behind.partition("\n")[0]))


def _find_marks(text: str) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    code = [match.span() for match in _CODE.finditer(text)]
    for match in _MARKS.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in code):
            yield match.start(), match.end(), _read_numbers(match[0])


def _read_numbers(marks: str) -> tuple[int, ...]:
    numbers: dict[int, None] = {}
    marks = re.sub(r"†[^\]】］]*", "", marks)
    for first, last in re.findall(r"(\d+)(?:\s*[-–—]\s*\^?(\d+))?", marks):
        numbers.update(dict.fromkeys(range(int(first), int(last or first) + 1)))
    return tuple(numbers)


def _blank(text: str, groups: Sequence[tuple[int, int, tuple[int, ...]]]) -> str:
    """`text` with spaces for its marks, so that they neither end nor begin a sentence."""
    for start, end, _ in groups:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _cite(claim: str, number: int, passages: Sequence[Passage]) -> Citation | None:
    """None where there is no such passage, it speaks, in the same language, of other things, or
    nothing is claimed."""
    if not 1 <= number <= len(passages) or not re.search(r"\w", claim):
        return None
    number = _correct(claim, number, passages)
    passage = passages[number - 1]
    quote, share, weight = _find_support(claim, passage)
    if not share and weight >= _COMPARABLE:
        beginning = passage.text[:_LONGEST_QUOTE]
        if detect_language(claim) == detect_language(beginning):
            return None
    return Citation(number, passage, quote)


def _correct(claim: str, number: int, passages: Sequence[Passage]) -> int:
    """The mark of another passage, where that holds the claim with all its figures and the marked
    one holds none of them. A figure that no passage has may still be right: reckoned, or written
    in words."""
    figures = _find_figures(claim)
    if not figures or figures & _find_figures(passages[number - 1].text):
        return number
    supports = [_find_support(claim, passage) for passage in passages]
    best = max(range(len(supports)), key=lambda index: supports[index][1])
    return best + 1 if _is_strong(claim, supports[best]) else number


def _find_figures(text: str) -> set[str]:
    return {term for term in find_terms(_MARK.sub("", text)) if term[:1].isdigit()}


def _find_support(claim: str, passage: Passage) -> tuple[str, float, float]:
    """The sentence of the passage that shares most with the claim ("" if none shares anything),
    the share of the claim's weight that it holds, and the claim's weight."""
    wanted = {term: weigh(term) for term in find_terms(_MARK.sub("", claim))}
    total = sum(wanted.values())
    quote, best = "", 0.0
    for sentence, found in _read_sentences(passage.text):
        shared = sum(weight for term, weight in wanted.items() if term in found)
        if shared > best:
            quote, best = sentence, shared
    return quote, best / total if total else 0.0, total


@lru_cache(maxsize=64)
def _read_sentences(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    sentences = (text[start:end][:_LONGEST_QUOTE] for start, end in find_sentences(text))
    return tuple((sentence, frozenset(find_terms(sentence))) for sentence in sentences)


def _attach(text: str, passages: Sequence[Passage]) -> str:
    """`text` with marks behind the sentences that a passage strongly supports."""
    code = [match.span() for match in _CODE.finditer(text)]
    for start, end in reversed(find_sentences(text)):
        sentence = text[start:end]
        if any(first < end and start < last for first, last in code):
            continue
        supports = [_find_support(sentence, passage) for passage in passages]
        best = max(range(len(supports)), key=lambda index: supports[index][1], default=-1)
        if best >= 0 and _is_strong(sentence, supports[best]):
            text = f"{text[:end]} [{best + 1}]{text[end:]}"
    return text


def _is_strong(sentence: str, support: tuple[str, float, float]) -> bool:
    quote, share, weight = support
    strong = share >= _STRONG and weight >= _STRONG_WEIGHT
    return strong and _find_figures(sentence) <= set(find_terms(quote))
