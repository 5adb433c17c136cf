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
    """Passages of a document that follow one another, joined, the last of their ordinals, and how
    many characters before the first one's own text repeat the header of a table."""

    passage: Passage
    last: int
    header: int


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
            _join(neighbour, _alone(passage))
        elif len(groups) < limit:
            groups.append(_alone(passage))
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


def _alone(passage: Passage) -> _Group:
    own = passage.source.end - passage.source.start
    return _Group(passage, passage.ordinal, len(passage.text) - own)


def _join(better: _Group, other: _Group) -> None:
    """Puts `other` into `better`. An empty line stands where the two meet; a table header repeated
    there is dropped."""
    first, second = sorted((better, other), key=lambda group: group.passage.source.start)
    opening, continued = first.passage, second.passage
    better.passage = Passage(
        id=f"{opening.id}+{continued.id}",
        text=f"{opening.text}\n\n{continued.text[second.header :]}",
        source=replace(opening.source, end=continued.source.end),
        ordinal=opening.ordinal,
        score=better.passage.score,
        found_by={**other.passage.found_by, **better.passage.found_by},
        links=tuple(dict.fromkeys((*opening.links, *continued.links))),
    )
    better.last, better.header = second.last, first.header
