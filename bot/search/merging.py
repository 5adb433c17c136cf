"""Makes one passage of those that say the same or continue one another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.models.tokens import estimate_tokens
from bot.nouns import Passage

# A joined passage is at most this long, in tokens: two whole passages.
LONGEST_JOINED = 800
# A neighbour is joined if its score is at least this share of the better one's.
JOIN_SHARE = 0.5


@dataclass(slots=True)
class _Group:
    """Passages of a document that follow one another, joined, and the last of their ordinals."""

    passage: Passage
    last: int


def merge_passages(ranked: Sequence[Passage], limit: int) -> list[Passage]:
    """At most `limit` passages, best first: repetitions are left out, and passages that follow one
    another in a section are joined at the rank of the better one."""
    groups: list[_Group] = []
    texts: set[str] = set()
    for passage in ranked:
        text = " ".join(passage.text.split()).casefold()
        if text in texts:
            continue
        texts.add(text)
        neighbour = next((group for group in groups if _continue_each_other(group, passage)), None)
        if neighbour is not None:
            neighbour.last = max(neighbour.last, passage.ordinal)
            neighbour.passage = _join(neighbour.passage, passage)
        elif len(groups) < limit:
            groups.append(_Group(passage, passage.ordinal))
    return [group.passage for group in groups]


def _continue_each_other(group: _Group, passage: Passage) -> bool:
    one, other = group.passage.source, passage.source
    return (
        one.path == other.path
        and one.heading_path == other.heading_path
        and one.page == other.page  # a citation names one page
        and passage.ordinal in (group.passage.ordinal - 1, group.last + 1)
        and passage.score >= JOIN_SHARE * group.passage.score
        and estimate_tokens(group.passage.text) + estimate_tokens(passage.text) <= LONGEST_JOINED
    )


def _join(better: Passage, other: Passage) -> Passage:
    """An empty line stands where the two meet; a table header repeated there is dropped."""
    first, second = sorted((better, other), key=lambda passage: passage.source.start)
    continued = second.text[len(second.text) - (second.source.end - second.source.start) :]
    return Passage(
        id=f"{first.id}+{second.id}",
        text=f"{first.text}\n\n{continued}",
        source=replace(first.source, end=second.source.end),
        ordinal=first.ordinal,
        score=better.score,
        found_by={**other.found_by, **better.found_by},
    )
