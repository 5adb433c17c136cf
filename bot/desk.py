"""The one door for every platform: a message comes in, the events of its answer go out."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from bot.commands import COMMANDS, Call, Indexer, notice, parse_command
from bot.errors import OpenbookError, QuestionError
from bot.languages import detect_language
from bot.nouns import Answer, Asker, Done, Event, Message, Outcome, Question, Text, Turn
from bot.seams import PassageSearch
from bot.texts import Words, choose_words

TURNS = 10  # remembered of a conversation
CONVERSATIONS = 1000  # remembered at once; the one that rested longest is forgotten first

_REMEMBERED = frozenset({Outcome.ANSWERED, Outcome.NOT_FOUND, Outcome.PASSAGES_ONLY})

logger = logging.getLogger(__name__)


class Answerer(Protocol):
    def answer(self, question: Question) -> AsyncGenerator[Event, None]: ...


@dataclass(slots=True)
class Conversation:
    """What the desk remembers of a chat; `busy` lets one message in at a time, in their order."""

    turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=TURNS))
    last_answer: Answer | None = None
    language: str = ""
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0

    def forget(self) -> None:
        self.turns.clear()
        self.last_answer = None


class Desk:
    """Answers messages: commands itself, questions by the engine. Knows no platform."""

    def __init__(
        self,
        engine: Answerer,
        search: PassageSearch,
        librarian: Indexer,
        *,
        is_admin: Callable[[Asker], bool],
    ) -> None:
        self._engine = engine
        self._search = search
        self._librarian = librarian
        self._is_admin = is_admin
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    async def handle(self, message: Message) -> AsyncGenerator[Event, None]:
        """Ends with one Done, whatever goes wrong. Close it early to give an answer up; the
        conversation then remembers nothing of it."""
        conversation = self._open(message.chat.key)
        try:
            async with conversation.busy:
                language = _choose_language(message, conversation)
                events = self._answer(message, conversation, choose_words(language))
                async with aclosing(events):
                    async for event in events:
                        yield event
        finally:
            conversation.waiting -= 1

    async def _answer(
        self, message: Message, conversation: Conversation, words: Words
    ) -> AsyncGenerator[Event, None]:
        admin = self._is_admin(message.asker)
        command = parse_command(message.text)
        events = (
            self._run_command(*command, admin, conversation, words)
            if command
            else self._run_engine(message.text, conversation)
        )
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        except OpenbookError as error:
            logger.info("%s: %s", message.event_id, error)
            yield Done(Answer(_say_failure(error, words, admin=admin), Outcome.FAILED))
        except Exception:  # nobody may be left without a reply; the log says where it broke
            logger.exception("Message %s could not be answered", message.event_id)
            yield Done(Answer(words.unexpected, Outcome.FAILED))

    async def _run_command(
        self, name: str, argument: str, admin: bool, conversation: Conversation, words: Words
    ) -> AsyncGenerator[Event, None]:
        command = COMMANDS.get(name)
        if command is None:
            yield Done(notice(words.unknown_command.format(name=f"/{name}")))
        elif command.admins_only and not admin:
            yield Done(Answer(words.admins_only.format(name=f"/{name}"), Outcome.DENIED))
        else:
            if name in words.waiting:
                yield Text(words.waiting[name])
            call = Call(
                argument=argument,
                admin=admin,
                words=words,
                last_answer=conversation.last_answer,
                search=self._search,
                librarian=self._librarian,
                forget=conversation.forget,
            )
            yield Done(await command.run(call))

    async def _run_engine(
        self, text: str, conversation: Conversation
    ) -> AsyncGenerator[Event, None]:
        question = Question(text, tuple(conversation.turns))
        async with aclosing(self._engine.answer(question)) as events:
            async for event in events:
                if isinstance(event, Done) and event.answer.outcome in _REMEMBERED:
                    conversation.turns.append(Turn(text, event.answer.text))
                    conversation.last_answer = event.answer
                yield event

    def _open(self, key: str) -> Conversation:
        conversation = self._conversations.setdefault(key, Conversation())
        self._conversations.move_to_end(key)
        conversation.waiting += 1
        resting = (name for name, other in self._conversations.items() if not other.waiting)
        if len(self._conversations) > CONVERSATIONS and (oldest := next(resting, None)):
            del self._conversations[oldest]
        return conversation


def _choose_language(message: Message, conversation: Conversation) -> str:
    """That of the question; a command, or a question that shows none, is answered in the one used
    before or set by the asker."""
    if parse_command(message.text) is None:
        conversation.language = detect_language(message.text, conversation.language)
    return conversation.language or message.asker.language


def _say_failure(error: OpenbookError, words: Words, *, admin: bool) -> str:
    """Details may name files and addresses, so only admins get them. What is wrong with a
    question its asker must know."""
    if isinstance(error, QuestionError):
        return str(error)
    said = next(words.failures[kind] for kind in type(error).__mro__ if kind in words.failures)
    return f"{said}\n\n{error}" if admin else said
