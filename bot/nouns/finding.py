"""What is known, and what a search finds of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document under one heading path and on one page.

    The sections of a document are in order, do not overlap and cover its text. `page` counts
    from 1 and is None in formats without pages.
    """

    start: int
    end: int
    heading_path: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: normalised Markdown text in sections.

    `title` is the title found in the content, or "" if it has none; it is never the file name,
    so that renaming a file changes no passage. `digest` is of the file's bytes.
    """

    path: str
    format: str
    digest: str
    title: str
    text: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where in the documents a passage stands."""

    path: str
    title: str
    heading_path: tuple[str, ...]
    page: int | None
    start: int
    end: int

    @property
    def heading(self) -> str:
        return " › ".join(self.heading_path)

    @property
    def name(self) -> str:
        """The title, or the file's name where the content has none."""
        return self.title or self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that can be found and cited.

    `text` ends with the document's characters from `source.start` to `source.end`; before them
    may stand the repeated header of the table that the piece continues. `ordinal` counts the
    passages of a document from 0; `links` are the paths of other documents that its text links to.
    `score` and `found_by` (search name to rank from 1) are set by
    a search.
    """

    id: str
    text: str
    source: Source
    ordinal: int = 0
    score: float = 0.0
    found_by: Mapping[str, int] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    @property
    def text_in_context(self) -> str:
        """Under the title and headings that the text does not show already, as models read it;
        without its path, which may change."""
        names = (self.source.title, *self.source.heading_path)
        above = dict.fromkeys(name for name in names if name and name not in self.text)
        return "\n".join((*above, self.text))


class Mode(StrEnum):
    """Which searches take part: one of them, all of them fused, or those with the reranker, if
    there is one."""

    KEYWORD = "keyword"
    VECTOR = "vector"
    GRAPH = "graph"
    FUSED = "fused"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The gate's reasons: how well the best passages cover the question.

    `score` is the calibrated probability that the documents hold the answer; below `threshold`
    the reply is a refusal. `features` are the figures it was computed from.
    """

    score: float
    threshold: float
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages best first. `degraded` says why a search could not take part (embedder away), or
    is ""; `unranked` why the reranker did not. `seconds` is by stage."""

    passages: tuple[Passage, ...]
    evidence: Evidence
    index_version: str
    embedding_tokens: int = 0
    price: float | None = 0.0
    degraded: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    reranking_tokens: int = 0
    unranked: str = ""
