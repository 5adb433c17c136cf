"""What is answered, and the events of an answer in the making."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.nouns.access import EVERYTHING, Scope
from bot.nouns.finding import Evidence, Passage


class Outcome(StrEnum):
    ANSWERED = "answered"
    NOT_FOUND = "not_found"
    PASSAGES_ONLY = "passages_only"
    NOTICE = "notice"
    RELAYED = "relayed"  # words of a person, passed on
    DENIED = "denied"
    STOPPED = "stopped"  # by the asker; the text is what had been written
    FAILED = "failed"


_MARKDOWN = frozenset({Outcome.ANSWERED, Outcome.PASSAGES_ONLY, Outcome.STOPPED, Outcome.RELAYED})


class Denial(StrEnum):
    """Why a message was not taken at all."""

    TOO_FAST = "too_fast"
    TOO_MANY_WAITING = "too_many_waiting"
    QUEUE_FULL = "queue_full"


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
    reranking_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All together."""
        written = self.prompt_tokens + self.completion_tokens
        return written + self.embedding_tokens + self.reranking_tokens


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A place in the documents under its mark (`[1]` in an answer, `1.` in a list), and what is
    quoted from there. Nothing in it links anywhere or calls anybody."""

    mark: str
    place: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """What a reader may do next with one press: as if `command`, of at most 60 bytes, had been
    sent. `in_place`: what comes of it takes the place of what the button stands under."""

    label: str
    command: str
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of every question. `query` is what was searched for; `passages` were offered to
    the model, best first; `note` says in the asker's language what a reader should know about
    how the text came about (model away, no key), or is "". `denial` says why a message was
    not taken, where it was not. `scope` bounds what it was made from: only where all of that may
    be seen is it shown again or a turn of the conversation. `staffed`: a person can be asked where
    it is given. `aside`: it is about what became of a message, and takes no other answer's place.

    The desk fills in the `name` under which it is kept, and what stands under the text: `excerpts`,
    `buttons`, and questions that may be asked next (`suggestions`).
    """

    text: str
    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    usage: Usage = Usage()
    index_version: str = ""
    query: str = ""
    evidence: Evidence | None = None
    note: str = ""
    name: str = ""
    denial: Denial | None = None
    scope: Scope = EVERYTHING
    staffed: bool = False
    aside: bool = False
    excerpts: tuple[Excerpt, ...] = ()
    buttons: tuple[Button, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def is_markdown(self) -> bool:
        """Whether the text was written by a model or a person or quoted from documents; ours is
        plain."""
        return self.outcome in _MARKDOWN


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with the question it is to, the chat it was given in, who asked, and the event that
    it answers. `votes` maps the key of an asker to `up` or `down`."""

    question: str
    answer: Answer
    chat: str
    asker: str = ""
    event_id: str = ""
    votes: Mapping[str, str] = field(default_factory=dict)


# Events of an answer in the making, in this order: Working... (while it waits in line), Searching,
# Found, Text..., Done. Of a command: Working..., Done.


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
class Working:
    """How far long work is, in the asker's words; each replaces the one before."""

    words: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end. `answer.text` is final and replaces the text streamed so far."""

    answer: Answer


Event = Searching | Found | Text | Working | Done
