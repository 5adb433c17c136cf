"""The seams of Openbook: what can be exchanged, as the smallest protocol that serves."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy
from numpy.typing import NDArray

from bot.nouns import (
    Answer,
    Budgets,
    Chat,
    Cost,
    Handoff,
    Kept,
    Message,
    Mode,
    Passage,
    Reservation,
    Scope,
    SearchResult,
    Told,
    Turn,
    Unanswered,
    Waiting,
)

Vectors = NDArray[numpy.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors.

    `identity` names model and version; an index built with another identity or `dimensions` is
    rebuilt. `dimensions` may be learned from the first call. `price_per_million` is dollars per
    million tokens, or None if unknown.
    """

    @property
    def identity(self) -> str: ...

    @property
    def price_per_million(self) -> float | None: ...

    async def dimensions(self) -> int: ...

    def count(self, text: str) -> int:
        """Tokens that embedding `text` is charged for."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), float32, rows of length 1. Raises ModelError."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """Shape (dimensions,), float32, length 1. Raises ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class Reranked:
    """`scores` are one a text, in their order: the higher, the better, on the model's own scale.
    `tokens` are those that the server counted, 0 where it does not tell; `price` is None if
    unknown."""

    scores: tuple[float, ...]
    tokens: int = 0
    price: float | None = 0.0


class Reranker(Protocol):
    """Judges how far texts answer a question by reading each together with it."""

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        """Raises ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that a chat model is given: `passages` are numbered from 1 in their order.

    `language` is an ISO 639-1 code; `answer_tokens` bounds the reply.
    """

    question: str
    passages: tuple[Passage, ...]
    turns: tuple[Turn, ...] = ()
    language: str = "en"
    answer_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class ModelText:
    delta: str


@dataclass(frozen=True, slots=True)
class ModelEnd:
    """The last item of a complete reply, with the server's own token counts where it gives them.

    `truncated`: the reply ends where `answer_tokens` ran out. `price` is None if unknown.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    price: float | None = 0.0
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question as one that stands without its conversation, and what writing it cost."""

    question: str
    end: ModelEnd = ModelEnd()


class ChatModel(Protocol):
    """Writes the answer. `window` is the number of tokens that prompt and reply share."""

    @property
    def name(self) -> str: ...

    @property
    def window(self) -> int: ...

    def reply(self, prompt: Prompt) -> AsyncIterator[ModelText | ModelEnd]:
        """Streams the reply and ends with one ModelEnd. Raises ModelError; text that came before
        an error is incomplete."""
        ...

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        """`question` without the need for `turns`, in its own language, for searching. Waits as
        for a reply: who has less patience gives up. Raises ModelError."""
        ...


class PassageSearch(Protocol):
    """What the engine asks of a search."""

    async def search(
        self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
    ) -> SearchResult:
        """In what the scope shows. Raises StoreError, and QuestionError for a query that is empty
        or too long."""
        ...


class Inbox(Protocol):
    """Messages from when they are accepted until they are answered. Raises LedgerError."""

    async def accept(self, message: Message, envelope: Mapping[str, Any] | None = None) -> bool:
        """Writes the message down; False if it has been before. One with an `envelope`, what the
        platform delivered, is taken up again if this process does not settle it."""
        ...

    async def begin_delivery(self, event_id: str, answer: str, numbers: Sequence[str]) -> None:
        """From here on the answer of that name may be there; `numbers` as in `Waiting.sent`. Raises
        LedgerError also where another process answers the message by now."""
        ...

    async def note_sent(self, event_id: str, numbers: Sequence[str]) -> None: ...

    async def settle(self, event_id: str, numbers: Sequence[str]) -> None:
        """The message is answered, or its asker was told why not."""
        ...

    async def find_sent(self, event_id: str) -> tuple[str, ...]: ...

    async def is_alone(self, event_id: str, chats: str) -> bool:
        """Whether of all whose chat's key begins with `chats` no other message is open or came in
        the last minutes."""
        ...

    async def release(self, event_id: str, numbers: Sequence[str]) -> None:
        """Leaves the message to whoever comes next."""
        ...

    async def renew(self, event_ids: Collection[str]) -> None:
        """To be called more often than a lease lasts: this process is still answering those."""
        ...

    async def claim(self, platforms: Collection[str]) -> list[Waiting]:
        """What nobody is answering, each for one process alone, and each a few times only."""
        ...


class Archive(Protocol):
    """Answers, the votes on them, the conversations they make. Raises LedgerError."""

    async def keep(self, kept: Kept, *, remembered: bool) -> str:
        """The name it can be found by. `remembered` ones are turns of their conversation."""
        ...

    async def find(self, name: str, chat: str) -> Kept | None:
        """Answers are shown again only where they were given."""
        ...

    async def vote(self, name: str, asker: str, way: str) -> None:
        """An empty `way` takes the vote back."""
        ...

    async def read_turns(self, chat: str, most: int, scope: Scope) -> list[Turn]:
        """Of the last turns of a conversation those that were made from nothing outside of the
        scope, oldest first."""
        ...

    async def find_last(self, chat: str) -> str:
        """The name of the conversation's last answer, or ""."""
        ...

    async def forget_turns(self, chat: str, since: str = "") -> None:
        """The conversation, or what came in it from that event on."""
        ...

    async def read_language(self, chat: str) -> str: ...

    async def set_language(self, chat: str, language: str) -> None: ...


class Purse(Protocol):
    """What was spent each day by whom, and what is set aside for calls that are going on. Raises
    LedgerError."""

    async def reserve(self, reservation: Reservation, budgets: Budgets, now: float) -> str:
        """Sets it aside if with it neither budget is exceeded, whatever other processes do at the
        same time; what has expired at `now` (seconds since 1970) is no longer set aside. "" if it
        did, else `find_exceeded`."""
        ...

    async def settle(self, reservation: Reservation, cost: Cost) -> None:
        """Counts `cost` instead of what was set aside."""
        ...


class Counter(Protocol):
    """Counts the tokens that a text costs a chat model, never too few."""

    def count(self, text: str) -> int: ...


class Casebook(Protocol):
    """Hand-offs, questions without an answer, and which of the bot's messages are about what.
    Raises LedgerError."""

    async def open(self, handoff: Handoff) -> Handoff | None:
        """With its number; None if its asker has one open in its chat."""
        ...

    async def find(self, number: int) -> Handoff | None: ...

    async def find_open(self, chat: str, asker: str) -> Handoff | None: ...

    async def find_led(self, event_id: str) -> Handoff | None:
        """The one whose state that event led to."""
        ...

    async def change(self, before: Handoff, after: Handoff) -> bool:
        """Changes what differs between the two. False if it is no longer in the state that `before`
        says, or its asker has another one open where it would be now."""
        ...

    async def find_quiet(self, since: datetime) -> list[Handoff]:
        """Those open in which nobody has said anything since then."""
        ...

    async def note_subject(self, room: str, numbers: Sequence[str], subject: str) -> None:
        """The messages of those numbers are about the `subject`."""
        ...

    async def find_subject(self, room: str, number: str) -> str:
        """What the message is about, or ""."""
        ...

    async def read_unanswered(self, most: int) -> list[Unanswered]:
        """The last ones that are not settled, oldest first."""
        ...

    async def settle(self, numbers: Sequence[int]) -> None:
        """These questions are answered now, or need no answer."""
        ...


class Teller(Protocol):
    """Writes into a chat of its platform unasked."""

    @property
    def name(self) -> str: ...

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        """As a reply to the message of that number, if there is one; `apart` from the thread that
        the chat is, so that it can be replied to by itself. Raises PlatformError, also where
        nobody can be written to there."""
        ...
