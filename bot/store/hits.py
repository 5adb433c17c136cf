"""What searches give before the passages themselves are read, and the check that follows each."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.nouns import Scope

logger = logging.getLogger(__name__)


class _Placed(Protocol):
    @property
    def path(self) -> str: ...


_Found = TypeVar("_Found", bound=_Placed)


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """`path` is looked up where a scope has to be kept, else ""."""

    row: int
    score: float
    terms: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class VectorHit:
    """`similarity` is the cosine of the angle to the query; `path` as in a KeywordHit."""

    row: int
    similarity: float
    path: str = ""


def keep_inside(hits: Iterable[_Found], scope: Scope) -> list[_Found]:
    """Nothing leaves a scope by a condition that means another thing than it should."""
    found = list(hits)
    if scope.is_everything:
        return found
    kept = [hit for hit in found if scope.shows(hit.path)]
    if len(kept) < len(found):
        logger.error("The index gave passages outside of what was asked for; they were dropped")
    return kept
