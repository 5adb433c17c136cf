"""The nouns of Openbook: frozen values that travel between its rooms.

Offsets are counted in characters (Python string indices) of `Document.text`, the normalised
text of a file. Paths are relative to the knowledge folder, with forward slashes. Money is in
US dollars, durations are in seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# Who asks, and what.


@dataclass(frozen=True, slots=True)
class Asker:
    """A person on a platform."""

    platform: str
    id: str
    name: str = ""
    language: str = ""

    @property
    def key(self) -> str:
        """Unique over all platforms: `telegram:123`, `slack:T1/U1`."""
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation on a platform; a thread or topic is a conversation of its own."""

    platform: str
    id: str
    workspace: str = ""
    thread: str = ""
    private: bool = True

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.workspace}/{self.id}/{self.thread}"


@dataclass(frozen=True, slots=True)
class Message:
    """What an adapter hands to the desk; mention and command suffix are already stripped."""

    event_id: str
    text: str
    asker: Asker
    chat: Chat
    time: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine answers: the text as asked and the turns before it, oldest first."""

    text: str
    turns: Sequence[Turn] = ()


# What is known.


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
    passages of a document from 0. `score` and `found_by` (search name to rank from 1) are set by
    a search.
    """

    id: str
    text: str
    source: Source
    ordinal: int = 0
    score: float = 0.0
    found_by: Mapping[str, int] = field(default_factory=dict)


class Mode(StrEnum):
    """Which searches take part."""

    KEYWORD = "keyword"
    VECTOR = "vector"
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
    is "". `seconds` is by stage."""

    passages: tuple[Passage, ...]
    evidence: Evidence
    index_version: str
    embedding_tokens: int = 0
    price: float | None = 0.0
    degraded: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


# What is answered.


class Outcome(StrEnum):
    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    PASSAGES_ONLY = "passages_only"
    NOTICE = "notice"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark `[number]` in an answer and the sentence of its passage that carries the claim."""

    number: int
    passage: Passage
    quote: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer or an index run cost. `price` is None where the model's price is unknown."""

    model: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    embedding_tokens: int = 0
    price: float | None = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of every question. `query` is what was searched for; `passages` were offered to
    the model, best first; `note` says in the asker's language what a reader should know about
    how the text came about (model away, no key), or is ""."""

    text: str
    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    usage: Usage = Usage()
    index_version: str = ""
    query: str = ""
    evidence: Evidence | None = None
    note: str = ""


# Events of an answer in the making, in this order: Searching, Found, Text..., Done.


@dataclass(frozen=True, slots=True)
class Searching:
    query: str


@dataclass(frozen=True, slots=True)
class Found:
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the answer's text, already safe to show."""

    delta: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end. `answer.text` is final and replaces the text streamed so far."""

    answer: Answer


Event = Searching | Found | Text | Done
