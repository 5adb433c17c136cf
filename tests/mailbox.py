"""A platform of which only what is told unasked matters."""

import asyncio
from dataclasses import dataclass, field

from bot.errors import PlatformError
from bot.nouns import Answer, Chat, Told

PERSON = "@"  # before a thread that only one person sees; what is told there goes to them directly


@dataclass(frozen=True)
class Letter:
    room: str
    answer: Answer
    number: str
    reply_to: str


@dataclass
class Mailbox:
    """Takes what is told, in order; `closed` rooms take nothing."""

    name: str = "test"
    letters: list[Letter] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        if chat.thread.startswith(PERSON):
            chat = Chat(chat.platform, f"direct-{chat.thread[1:]}")
        if chat.room in self.closed:
            raise PlatformError("Nobody can be written to there.")
        number = str(len(self.letters) + 1)
        self.letters.append(Letter(chat.room, answer, number, reply_to))
        self.arrived.set()
        return Told(chat, (number,))

    def read(self, room: str) -> list[str]:
        """The texts told there."""
        return [one.answer.text for one in self.letters if one.room == room]

    def last(self, room: str) -> Letter:
        return [one for one in self.letters if one.room == room][-1]
