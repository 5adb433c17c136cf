"""The one door for every platform: a message comes in, the events of its answer go out."""

import logging
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from bot.access.doors import View
from bot.commands import COMMANDS
from bot.commands.administering import offer
from bot.commands.admitting import keep_to_view, turn_away
from bot.commands.calls import Call, Services, notice, parse_command, say
from bot.commands.helping import hear
from bot.current import event_id
from bot.deliveries import Deliveries
from bot.errors import OpenbookError
from bot.failing import say_failure
from bot.languages import detect_language
from bot.memory import Line, Lines
from bot.metrics import Metrics
from bot.nouns import (
    Answer,
    Asker,
    Chat,
    Denial,
    Done,
    Event,
    Kept,
    Message,
    Outcome,
    Payer,
    Question,
    Turn,
    Waiting,
)
from bot.pace import Pace
from bot.presenting import present
from bot.questions import Questions
from bot.stopping import end_at
from bot.texts import Words, choose_words

TURNS = 10  # of a conversation that a question may refer to
WAITING = 5  # messages of a chat that wait for their turn; more are refused

_REMEMBERED = frozenset({Outcome.ANSWERED, Outcome.NOT_FOUND, Outcome.PASSAGES_ONLY})

logger = logging.getLogger(__name__)


class Doorkeeper(Protocol):
    """Who is let in, and what may be seen by all who read the answer to a message."""

    def is_admin(self, asker: Asker) -> bool: ...

    def admits(self, message: Message) -> bool: ...

    async def look(self, message: Message) -> View: ...


class Desk:
    """Answers messages: commands itself, questions by the engine. Knows no platform."""

    def __init__(
        self,
        questions: Questions,
        services: Services,
        *,
        doors: Doorkeeper,
        pace: Pace,
        metrics: Metrics,
        within: timedelta = timedelta.max,
    ) -> None:
        """`within` is how old a message may be to be answered."""
        self._questions = questions
        self._services = services
        self._doors = doors
        self._pace = pace
        self._metrics = metrics
        self._within = within
        self._lines = Lines()
        self.deliveries = Deliveries(services.inbox, services.archive, self.speak_to, doors.look)

    async def accept(self, message: Message, envelope: Mapping[str, Any] | None = None) -> bool:
        """Writes the message down; False if it is not new: platforms deliver some twice. To be
        asked before `handle`, and before the platform is told that the message has arrived. With
        the `envelope` that it came in, it is answered even if this process ends. Raises
        LedgerError."""
        line = self._lines.open(message.chat.key)
        async with line.arriving:  # of two that are written at once the ledger may end any first
            if line.chosen is None:
                line.chosen = await self._services.archive.read_language(message.chat.key)
            return await self._services.inbox.accept(message, envelope)

    async def handle(self, message: Message) -> AsyncGenerator[Event, None]:
        """Ends with one Done, whatever goes wrong. Messages of a chat are answered in the order in
        which the first event is asked for. Close it early to give an answer up; the conversation
        then remembers nothing of it."""
        event_id.set(message.event_id)
        call = self._prepare(message)
        try:
            async with aclosing(self._choose(call)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        self._metrics.note_reply(message.asker.platform, event.answer)
                    yield event
        except OpenbookError as error:
            logger.info("%s: %s", message.event_id, error)
            yield Done(await say_failure(error, call))
        except Exception as error:  # nobody may be left without a reply; the log says where
            logger.exception("Message %s could not be answered", message.event_id)
            yield Done(await say_failure(error, call))

    def speak_to(self, message: Message) -> Words:
        """The words of the language that the chat is held in, for what a platform says itself."""
        return self._prepare(message).words

    async def expects(self, message: Message) -> bool:
        """Whether it replies to what the bot has asked people to reply to, or is for a person that
        its asker talks to. Raises LedgerError."""
        services, room = self._services, message.chat.room
        replied = await services.casebook.find_subject(room, message.reply_to)
        return bool(replied or await services.staff.find_held(message))

    async def corrects(self, message: Message) -> bool:
        """Whether the edit is for a person who is asked instead of the bot, or by one. Raises
        LedgerError."""
        staff = self._services.staff
        return bool(await staff.find_replied(message) or await staff.find_held(message))

    async def take_up(
        self, platforms: Collection[str], answering: Collection[str]
    ) -> list[Waiting]:
        """Messages that nobody answers; this process does from now on, besides those of the events
        that it is `answering`."""
        await self._services.inbox.renew(answering)
        return await self._services.inbox.claim(platforms)

    async def close(self) -> None:
        await self._services.reindexing.close()

    def _prepare(self, message: Message) -> Call:
        line = self._lines.open(message.chat.key)
        language = _choose_language(message, line)
        return Call(
            argument="",
            message=message,
            admin=self._doors.is_admin(message.asker),
            words=choose_words(language),
            language=language,
            line=line,
            look=partial(self._look, message),
            services=self._services,
        )

    async def _look(self, message: Message, chat: Chat | None = None) -> View:
        return await self._doors.look(replace(message, chat=chat) if chat else message)

    def _choose(self, call: Call) -> AsyncGenerator[Event, None]:
        """The events by what the message is: a file, a command or a question."""
        message = call.message
        if not self._doors.admits(message):
            return turn_away(call)
        if datetime.now(UTC) - message.time > self._within:
            return say(call.words.came_late)
        if message.attachment is not None:
            return self._receive(call)
        if not message.text.strip():
            return say(call.words.only_words)
        name, argument = parse_command(message.text) or ("ask", message.text)
        if name == "ask" and (text := argument or message.quoted):
            return self._answer(text, call)
        return self._run_command(name, argument, call)

    async def _receive(self, call: Call) -> AsyncGenerator[Event, None]:
        attachment, asker = call.message.attachment, call.message.asker.key
        if attachment is None or not call.admin:
            logger.info("%s may add no documents", asker)
            yield Done(Answer(call.words.upload_admins_only.format(asker=asker), Outcome.DENIED))
        else:
            yield Done(offer(call, attachment))

    async def _run_command(
        self, name: str, argument: str, call: Call
    ) -> AsyncGenerator[Event, None]:
        command, words, asker = COMMANDS.get(name), call.words, call.message.asker.key
        if command is None:
            yield notice(words.unknown_command.format(name=f"/{name}"))
            return
        if command.admins_only and not call.admin:
            logger.info("%s may not use /%s", asker, name)
            text = words.admins_only.format(name=f"/{name}", asker=asker)
            yield Done(Answer(text, Outcome.DENIED))
            return
        if command.counted and argument and (refusal := self._hold_back(call)):
            yield refusal
            return
        call = replace(call, argument=argument)
        waits = command.in_order and not argument
        events = self._in_turn(call, lambda: command.run(call)) if waits else command.run(call)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _in_turn(
        self, call: Call, begin: Callable[[], AsyncGenerator[Event, None]]
    ) -> AsyncGenerator[Event, None]:
        """The events that begin when those of the chat's earlier messages have ended."""
        line, stop = call.line, call.line.stop
        if line.waiting > WAITING:
            text = call.words.too_many_waiting.format(waiting=line.waiting)
            yield Done(Answer(text, Outcome.DENIED, denial=Denial.TOO_MANY_WAITING))
            return
        line.waiting += 1
        try:
            async with (
                line.busy,
                aclosing(end_at(stop, begin(), call.words.stopped)) as events,
            ):
                async for event in events:
                    yield event
        finally:
            line.waiting -= 1

    async def _answer(self, text: str, call: Call) -> AsyncGenerator[Event, None]:
        """Whoever does not take the last event has given the answer up."""
        events = self._in_turn(call, lambda: self._pass_on(text, call))
        with self._metrics.question(call.message.asker.platform) as end:
            async with aclosing(events):
                async for event in events:
                    match event:
                        case Done(answer):
                            end(answer)
                            yield Done(await self._note(text, answer, call))
                        case _:
                            yield event

    async def _pass_on(self, text: str, call: Call) -> AsyncGenerator[Event, None]:
        """To a person where one has the word, else to the engine."""
        heard = await hear(call, lambda: self._hold_back(call))
        async with aclosing(heard or self._run_engine(text, call)) as events:
            async for event in events:
                yield event

    async def _run_engine(self, text: str, call: Call) -> AsyncGenerator[Event, None]:
        message, archive = call.message, self._services.archive
        if refusal := self._hold_back(call):
            yield refusal
            return
        if message.replaces:
            await archive.forget_turns(message.chat.key, message.replaces)
        view = await call.look()
        turns = await archive.read_turns(message.chat.key, TURNS, view.scope)
        if message.quoted and message.quoted != text:
            turns.append(Turn(message.quoted, ""))
        question = Question(text, tuple(turns), call.line.chosen or "", view.scope)
        payer = Payer(message.asker.key, limited=not call.admin)
        async with aclosing(self._questions.answer(question, payer, call.words)) as events:
            async for event in keep_to_view(events, view, call):
                yield event

    def _hold_back(self, call: Call) -> Done | None:
        """The refusal for who asks too much; else the question is counted."""
        wait = 0 if call.admin else self._pace.admit(call.message.asker.key)
        text = call.words.too_fast.format(seconds=wait)
        return Done(Answer(text, Outcome.DENIED, denial=Denial.TOO_FAST)) if wait else None

    async def _note(self, text: str, answer: Answer, call: Call) -> Answer:
        """The answer as shown, once it is remembered."""
        if answer.outcome not in _REMEMBERED:
            return present(answer, call.words)
        message = call.message
        answer = replace(answer, staffed=self._services.staff.serves(message.chat))
        said = message.replaces or message.event_id
        kept = Kept(text, answer, message.chat.key, message.asker.key, said)
        name = await self._services.archive.keep(kept, remembered=True)
        return present(answer, call.words, name)


def _choose_language(message: Message, line: Line) -> str:
    """The one that was chosen, else that of the question; a command, or a question that shows
    none, is answered in the one used before or set by the asker."""
    if line.chosen:
        return line.chosen
    command, argument = parse_command(message.text) or ("ask", message.text)
    if command == "ask":
        line.language = detect_language(argument, line.language)
    return line.language or message.asker.language
