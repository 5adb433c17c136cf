"""What is remembered while the process runs and lost with it: who waits in which chat, and, where
there is no ledger, everything that a ledger would keep."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from bot.nouns import (
    Budgets,
    Cost,
    Kept,
    Message,
    Reservation,
    Scope,
    Told,
    Turn,
    Waiting,
    find_exceeded,
)

# Remembered at once of each; what rested longest is forgotten first.
CHATS = 1000
ANSWERS = 5000
EVENTS = 50_000

_Value = TypeVar("_Value")


@dataclass(slots=True)
class Line:
    """Those who wait in a chat. `arriving` has one message written down at a time and `busy` one
    answered, in their order; `stop` is set for all that wait when their asker has enough. `chosen`
    is the language that was set for the chat, None until it has been looked up, `language` that of
    the last question."""

    language: str = ""
    chosen: str | None = None
    arriving: asyncio.Lock = field(default_factory=asyncio.Lock)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    @property
    def resting(self) -> bool:
        return not self.waiting and not self.arriving.locked()

    def stop_all(self) -> None:
        self.stop.set()
        self.stop = asyncio.Event()


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

    def items(self) -> list[tuple[str, _Value]]:
        """What rested longest first."""
        return list(self._values.items())

    def take(self, key: str) -> _Value | None:
        """The value, which is then no longer there."""
        return self._values.pop(key, None)


class Lines:
    """The line of each chat."""

    def __init__(self) -> None:
        self._lines = Recent[Line](CHATS, lambda line: line.resting)

    def open(self, chat: str) -> Line:
        line = self._lines.find(chat)
        if line is None:
            line = Line()
            self._lines.put(chat, line)
        return line


class MemoryInbox:
    """An Inbox that nobody takes anything up from."""

    def __init__(self) -> None:
        self._sent = Recent[tuple[str, ...]](EVENTS)

    async def accept(self, message: Message, envelope: Mapping[str, Any] | None = None) -> bool:
        if message.event_id in self._sent:
            return False
        self._sent.put(message.event_id, ())
        return True

    async def begin_delivery(self, event_id: str, answer: str, numbers: Sequence[str]) -> None:
        self._sent.put(event_id, tuple(numbers))

    async def note_sent(self, event_id: str, numbers: Sequence[str]) -> None:
        self._sent.put(event_id, tuple(numbers))

    async def settle(self, event_id: str, numbers: Sequence[str]) -> None:
        self._sent.put(event_id, tuple(numbers))

    async def find_sent(self, event_id: str) -> tuple[str, ...]:
        return self._sent.find(event_id) or ()

    async def is_alone(self, event_id: str, chats: str) -> bool:
        return False  # for all it knows

    async def release(self, event_id: str, numbers: Sequence[str]) -> None:
        self._sent.put(event_id, tuple(numbers))

    async def renew(self, event_ids: Collection[str]) -> None:
        pass

    async def claim(self, platforms: Collection[str]) -> list[Waiting]:
        return []


class MemoryLetters:
    """Letters of this process, which are asked for by no other."""

    def __init__(self) -> None:
        self._told = Recent[Told](EVENTS)

    async def find(self, occasion: str) -> Told | None:
        return self._told.find(occasion)

    async def note(self, occasion: str, told: Told, asker: str) -> None:
        self._told.put(occasion, told)


class MemoryArchive:
    """An Archive of the last answers."""

    def __init__(self) -> None:
        self._answers = Recent[Kept](ANSWERS)
        self._turns = Recent[list[str]](CHATS)
        self._languages = Recent[str](CHATS)
        self._given = Recent[tuple[int, datetime]](ANSWERS)
        self._count = 0

    async def keep(self, kept: Kept, *, remembered: bool) -> str:
        name = secrets.token_hex(4)
        self._answers.put(name, kept)
        self._count += 1
        self._given.put(name, (self._count, datetime.now(UTC)))
        if remembered:
            self._turns.put(kept.chat, [*(self._turns.find(kept.chat) or []), name])
        return name

    def list_kept(self) -> list[tuple[int, Kept, datetime]]:
        """Those that are still there with their numbers and when they were given, in order."""
        both = ((self._answers.find(name), given) for name, given in self._given.items())
        return [(number, kept, given) for kept, (number, given) in both if kept is not None]

    async def find(self, name: str, chat: str) -> Kept | None:
        kept = self._answers.find(name)
        return kept if kept and kept.chat == chat else None

    async def vote(self, name: str, asker: str, way: str) -> None:
        kept = self._answers.find(name)
        if kept is not None:
            others = {key: vote for key, vote in kept.votes.items() if key != asker}
            votes = others | ({asker: way} if way else {})
            self._answers.put(name, replace(kept, votes=votes))

    async def read_turns(self, chat: str, most: int, scope: Scope) -> list[Turn]:
        kept = [self._answers.find(name) for name in (self._turns.find(chat) or [])[-most:]]
        return [
            Turn(one.question, one.answer.text)
            for one in kept
            if one is not None and scope.covers(one.answer.scope)
        ]

    async def find_last(self, chat: str) -> str:
        return (self._turns.find(chat) or [""])[-1]

    async def forget_turns(self, chat: str, since: str = "") -> None:
        names = self._turns.find(chat) or []
        events = [kept.event_id if (kept := self._answers.find(name)) else "" for name in names]
        if not since:
            self._turns.put(chat, [])
        elif since in events:
            self._turns.put(chat, names[: events.index(since)])

    async def read_language(self, chat: str) -> str:
        return self._languages.find(chat) or ""

    async def set_language(self, chat: str, language: str) -> None:
        self._languages.put(chat, language)


class MemoryPurse:
    """A Purse of one process and of the last day."""

    def __init__(self) -> None:
        self._day = ""
        self._spent: dict[str, Cost] = {}
        self._reserved: dict[str, Reservation] = {}

    async def reserve(self, reservation: Reservation, budgets: Budgets, now: float) -> str:
        self._turn_to(reservation.day)
        self._reserved = {
            name: other for name, other in self._reserved.items() if other.expires > now
        }
        own = together = reservation.cost
        held = [(other.asker, other.cost) for other in self._reserved.values()]
        for asker, cost in (*self._spent.items(), *held):
            together += cost
            own += cost if asker == reservation.asker else Cost()
        exceeded = find_exceeded(budgets, own, together)
        if not exceeded:
            self._reserved[reservation.name] = reservation
        return exceeded

    async def settle(self, reservation: Reservation, cost: Cost) -> None:
        self._reserved.pop(reservation.name, None)
        if reservation.day == self._day:
            asker = reservation.asker
            self._spent[asker] = self._spent.get(asker, Cost()) + cost

    def _turn_to(self, day: str) -> None:
        if day != self._day:
            self._day, self._spent, self._reserved = day, {}, {}
