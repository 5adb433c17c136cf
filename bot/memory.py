"""What the desk remembers while the process runs: conversations, answers, votes, events."""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.nouns import Answer, Turn

TURNS = 10  # remembered of a conversation
# Remembered at once of each; what rested longest is forgotten first.
CONVERSATIONS = 1000
ANSWERS = 5000
EVENTS = 50_000

_Value = TypeVar("_Value")


@dataclass(slots=True)
class Conversation:
    """What is remembered of a chat. `busy` lets one message in at a time, in their order; `stop`
    is set for all messages that wait when their asker has enough. `chosen` is the language that
    was set, `language` that of the last question."""

    turns: deque[tuple[str, Turn]] = field(default_factory=lambda: deque(maxlen=TURNS))
    last_answer: str = ""
    language: str = ""
    chosen: str = ""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    def forget(self) -> None:
        self.turns.clear()
        self.last_answer = ""

    def forget_from(self, event_id: str) -> None:
        """The turn of that message, which has changed, and those that came after it."""
        ids = [known for known, _ in self.turns]
        if event_id in ids:
            self.turns = deque(list(self.turns)[: ids.index(event_id)], maxlen=TURNS)

    def stop_all(self) -> None:
        self.stop.set()
        self.stop = asyncio.Event()


@dataclass(slots=True)
class Kept:
    """An answer with the question it is to and the chat it was given in. `votes` maps the key of
    an asker to `up` or `down`."""

    question: str
    answer: Answer
    chat: str
    votes: dict[str, str] = field(default_factory=dict)


class Memory:
    """Everything in it is lost with the process."""

    def __init__(self) -> None:
        self._conversations = Recent[Conversation](CONVERSATIONS, lambda other: not other.waiting)
        self._answers = Recent[Kept](ANSWERS)
        self._events = Recent[None](EVENTS)

    def note_event(self, event_id: str) -> bool:
        """False if it has been noted before."""
        if event_id in self._events:
            return False
        self._events.put(event_id, None)
        return True

    def open(self, chat: str) -> Conversation:
        conversation = self._conversations.find(chat)
        if conversation is None:
            conversation = Conversation()
            self._conversations.put(chat, conversation)
        return conversation

    def keep(self, kept: Kept) -> str:
        """The name it can be found by, short enough for a button and of no use elsewhere."""
        name = secrets.token_hex(4)
        self._answers.put(name, kept)
        return name

    def find(self, name: str, chat: str) -> Kept | None:
        """Answers are shown again only where they were given."""
        kept = self._answers.find(name)
        return kept if kept and kept.chat == chat else None


class Recent(Generic[_Value]):
    """The `most` values that were used last; those that are not `resting` stay beyond that."""

    def __init__(self, most: int, resting: Callable[[_Value], bool] = lambda _: True) -> None:
        self._most = most
        self._resting = resting
        self._values: OrderedDict[str, _Value] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def find(self, key: str) -> _Value | None:
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: str, value: _Value) -> None:
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            resting = (name for name, other in self._values.items() if self._resting(other))
            if (oldest := next(resting, key)) != key:
                del self._values[oldest]

    def take(self, key: str) -> _Value | None:
        """The value, which is then no longer there."""
        return self._values.pop(key, None)
