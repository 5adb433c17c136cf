"""What a command is, and what it is given."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.access.doors import View
from bot.gaps import Gaps
from bot.learning import Learning
from bot.memory import Line
from bot.nouns import Answer, Done, Event, Kept, Message, Outcome, Scope
from bot.reindexing import Indexer, Reindexing
from bot.reports import Introduction
from bot.seams import Archive, Casebook, Inbox, PassageSearch
from bot.staff import Staff
from bot.telling import Telling
from bot.texts import Words
from bot.uploads import Uploads

# Chinese needs no space behind the name.
_COMMAND = re.compile(r"/([A-Za-z_]+)(?:\s+|(?=[\u2e80-\u9fff\uff00-\uffef])|$)(.*)", re.DOTALL)


class Introducer(Protocol):
    async def introduce(self, language: str, scope: Scope) -> Introduction: ...

    async def list_folders(self, scope: Scope) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What commands may use."""

    search: PassageSearch
    introducer: Introducer
    librarian: Indexer
    reindexing: Reindexing
    uploads: Uploads
    inbox: Inbox
    archive: Archive
    casebook: Casebook
    staff: Staff
    gaps: Gaps
    learning: Learning
    telling: Telling


@dataclass(frozen=True, slots=True)
class Call:
    """A command as given: what stands after its name, in which message, by an admin or not. `look`
    tells what may be seen in the reply, or in the chat that it is given, as it is then: a call may
    wait long for its turn."""

    argument: str
    message: Message
    admin: bool
    words: Words
    language: str
    line: Line
    look: Callable[..., Awaitable[View]]
    services: Services

    @property
    def sees_details(self) -> bool:
        """Whether what is said is read by an admin and nobody else."""
        return self.admin and self.message.chat.private

    async def find_answer(self, name: str) -> Kept | None:
        """The answer of that name, by default the last one, if it was given in this chat and all
        that it may hold may still be seen here."""
        archive, chat = self.services.archive, self.message.chat.key
        name = name or await archive.find_last(chat)
        kept = await archive.find(name, chat) if name else None
        scope = (await self.look()).scope
        return kept if kept and scope.covers(kept.answer.scope) else None


@dataclass(frozen=True, slots=True)
class Command:
    """Its line in /help is `Words.commands[name]`; `hidden` ones, which stand behind buttons, have
    none. `in_order`: without an argument it is about what was said before it in its chat, and waits
    for that. `counted`: with an argument it counts as a question of the asker's. `staffed`: it is
    for who can be passed on to people."""

    name: str
    run: Callable[[Call], AsyncGenerator[Event, None]]
    admins_only: bool = False
    hidden: bool = False
    in_order: bool = False
    counted: bool = False
    staffed: bool = False


# What in Chinese is typed to get a person, whoever answers.
_CALLS_HUMAN = frozenset(("人工", "转人工", "人工客服", "转人工客服"))


def parse_command(text: str) -> tuple[str, str] | None:
    """Name and argument, or None for a question; `/etc/hosts` begins a question."""
    if text.strip() in _CALLS_HUMAN:
        return "human", ""
    match = _COMMAND.fullmatch(text.strip())
    return (match[1].lower(), match[2].strip()) if match else None


def notice(text: str) -> Done:
    return Done(Answer(text, Outcome.NOTICE))


async def say(text: str) -> AsyncGenerator[Event, None]:
    """A notice as the only event."""
    yield notice(text)
