"""Hand-offs to people: from who asks to the staff chat, and back.

Every step ends in words for whoever waits for it: a question counts as passed on only when the
staff chat has it, and what does not arrive is told at once to who wrote it. Messages of bots are
read by no adapter, and the staff chat itself cannot hand off, so nothing goes round in circles.
Whoever takes up a message that another process has begun to pass on passes it on only once.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.answering.links import find_allowed
from bot.answering.safety import neutralise
from bot.descriptions import list_sources
from bot.errors import OpenbookError, PlatformError
from bot.handoff import HELD, OPEN, Happening, follow
from bot.nouns import (
    Answer,
    Button,
    Chat,
    Handoff,
    Kept,
    Message,
    Outcome,
    read_chat_key,
)
from bot.seams import Archive, Casebook
from bot.telling import Telling
from bot.texts import Words, choose_words

SUBJECT = "handoff"  # of the messages in the staff chat that replies are passed on from
CALLING = timedelta(minutes=1)  # that telling the staff may take; longer: the process has ended
LOOK_SECONDS = 20.0
SILENCE = Answer("", Outcome.NOTICE, aside=True)

logger = logging.getLogger(__name__)


def tell_time() -> datetime:
    return datetime.now(UTC)


class Staff:
    """`place` is the staff chat, if there is one; `patience` how long nobody may say anything in a
    hand-off until the bot answers again."""

    def __init__(
        self,
        place: Chat | None,
        casebook: Casebook,
        archive: Archive,
        telling: Telling,
        *,
        patience: timedelta = timedelta(hours=8),
        clock: Callable[[], datetime] = tell_time,
    ) -> None:
        self.place = place
        self._casebook = casebook
        self._archive = archive
        self._telling = telling
        self._patience = patience
        self._clock = clock

    def is_here(self, chat: Chat) -> bool:
        """Whether the chat is the staff's, or a thread of it."""
        place = self.place
        return place is not None and chat.room == place.room and place.thread in ("", chat.thread)

    def serves(self, chat: Chat) -> bool:
        """Whether who asks there can be handed over to people, and these answer there."""
        if self.place is None or self.is_here(chat):
            return False
        return self._telling.reaches(self.place.platform) and self._telling.reaches(chat.platform)

    async def call(self, handoff: Handoff, kept: Kept | None, words: Words) -> Answer:
        """Has the staff told; what its asker is told."""
        opened = await self._casebook.open(replace(handoff, touched=self._clock()))
        opened = opened or await self._casebook.find_led(handoff.event_id)
        if opened is None:
            return Answer(words.human_already, Outcome.NOTICE)
        try:
            thread = await self._introduce(opened, kept)
        except PlatformError as error:
            logger.warning("The staff chat could not be told: %s", error)
            await self._move(opened, Happening.UNREACHED, handoff.event_id)
            return Answer(words.human_unreached, Outcome.FAILED)
        reached = replace(opened, thread=thread)
        await self._move(opened, Happening.REACHED, handoff.event_id, reached)
        return Answer(words.human_called, Outcome.NOTICE, buttons=_leave(words))

    async def find_held(self, message: Message) -> Handoff | None:
        """The hand-off that the message belongs to, as something that its asker says."""
        if not self.serves(message.chat):
            return None
        handoff = await self._casebook.find_open(message.chat.key, message.asker.key)
        if handoff is None or handoff.state not in HELD:
            return None
        if handoff.touched < self._clock() - self._patience:
            await self._expire(handoff)
            return None
        return handoff

    async def hear_asker(self, handoff: Handoff, message: Message, words: Words) -> Answer:
        """Passes on what the asker says; nothing to say where that worked."""
        name = handoff.name or handoff.asker
        text = f"{name}: {message.text}"
        if message.replaces:
            staff_words = await self._speak_to_staff(handoff)
            text = staff_words.asker_corrects.format(name=name, text=message.text)
        passed_on = Answer(_make_safe(text), Outcome.NOTICE)
        try:
            await self._tell_staff(handoff, passed_on, message.event_id)
        except PlatformError as error:
            logger.warning("The staff chat could not be told: %s", error)
            return Answer(words.not_passed_on, Outcome.FAILED, aside=True)
        await self._move(handoff, Happening.ASKER_SPOKE, message.event_id)
        return SILENCE

    async def hear_staff(self, handoff: Handoff, message: Message, words: Words) -> Answer:
        """Passes on what the staff says. The first time it is told that this is so."""
        event, said = message.replaces or message.event_id, handoff.said
        text = message.markdown or message.text
        if said.get(event) != text and follow(handoff.state, Happening.STAFF_SPOKE) is None:
            return Answer(words.handoff_over, Outcome.FAILED, aside=True)
        reply = _word_reply(text, message, handoff)
        chat, occasion = read_chat_key(handoff.chat), f"{message.event_id} asker"
        try:
            told = await self._telling.tell(chat, reply, occasion=occasion, asker=handoff.asker)
        except PlatformError as error:
            reason = words.reply_lost.format(reason=error.problem)
            return Answer(reason, Outcome.FAILED, aside=True)
        moved = replace(handoff, said={**said, event: text}, chat=told.chat.key)
        await self._move(handoff, Happening.STAFF_SPOKE, message.event_id, moved)
        first = said.keys() <= {message.event_id}
        return Answer(words.reply_passed_on, Outcome.NOTICE, aside=True) if first else SILENCE

    async def close(self, handoff: Handoff, message: Message, words: Words) -> Answer:
        """As the staff does."""
        event = message.event_id
        closed = handoff.event_id == event  # by a process that has ended since
        if not (closed or await self._move(handoff, Happening.STAFF_CLOSED, event)):
            return Answer(words.handoff_over, Outcome.NOTICE)
        await self._try_to_tell_asker(handoff, choose_words(handoff.language).human_over, event)
        buttons = (Button(words.keep_label, f"/keep {handoff.number}"),) if handoff.said else ()
        text = words.handoff_closed.format(name=message.asker.name or words.staff)
        await self._try_to_tell_staff(handoff, Answer(text, Outcome.NOTICE, buttons=buttons), event)
        return SILENCE

    async def leave(self, message: Message, words: Words) -> Answer:
        """As the asker does."""
        event = message.event_id
        handoff = await self._casebook.find_led(event)
        if handoff is None:
            handoff = await self._casebook.find_open(message.chat.key, message.asker.key)
            if handoff is None or not await self._move(handoff, Happening.ASKER_LEFT, event):
                return Answer(words.nobody_to_leave, Outcome.NOTICE)
        staff_words = await self._speak_to_staff(handoff)
        text = staff_words.asker_left.format(name=_make_safe(handoff.name or handoff.asker))
        await self._try_to_tell_staff(handoff, Answer(text, Outcome.NOTICE), event)
        return Answer(words.human_over, Outcome.NOTICE)

    async def find_replied(self, message: Message) -> Handoff | None:
        """The hand-off that a message in the staff chat replies to."""
        if not (message.reply_to and self.is_here(message.chat)):
            return None
        about = await self._casebook.find_subject(message.chat.room, message.reply_to)
        kind, _, number = about.partition(" ")
        return await self._casebook.find(int(number)) if kind == SUBJECT else None

    async def find(self, number: int) -> Handoff | None:
        return await self._casebook.find(number)

    async def watch(self, pause: float = LOOK_SECONDS) -> None:
        """Ends hand-offs in which nobody says anything, until it is cancelled."""
        while True:
            try:
                await self.end_quiet()
            except OpenbookError as error:
                logger.warning("%s", error)
            await asyncio.sleep(pause)

    async def end_quiet(self) -> None:
        now = self._clock()
        for handoff in await self._casebook.find_quiet(now - min(CALLING, self._patience)):
            patience = self._patience if handoff.state in HELD else CALLING
            if handoff.touched < now - patience:
                await self._expire(handoff)

    async def _expire(self, handoff: Handoff) -> None:
        now = await self._casebook.find(handoff.number)
        if now is None or now.touched != handoff.touched:
            return  # somebody has just spoken
        event = f"expired {handoff.number}"
        if not await self._move(handoff, Happening.RAN_OUT, event):
            return  # another process has
        words = choose_words(handoff.language)
        reached = handoff.state in HELD
        text = words.human_expired if reached else words.human_unreached
        await self._try_to_tell_asker(handoff, text, event)
        if reached:
            text = (await self._speak_to_staff(handoff)).handoff_expired
            await self._try_to_tell_staff(handoff, Answer(text, Outcome.NOTICE), event)

    async def _introduce(self, handoff: Handoff, kept: Kept | None) -> str:
        """Tells the staff who asks what, and what the bot has said; the number of the message that
        it is told in. Raises PlatformError."""
        words = await self._speak_to_staff(handoff)
        lines = [words.asks_for_human.format(name=handoff.name or "?", asker=handoff.asker)]
        if handoff.question:
            lines.append(words.asked.format(question=handoff.question))
        if kept is not None:
            lines.append(words.answered.format(answer=kept.answer.text))
        lines.append(words.how_to_reply)
        answer = Answer(
            _make_safe("\n\n".join(lines)),
            Outcome.NOTICE,
            excerpts=list_sources(kept.answer.citations, words) if kept else (),
            buttons=(Button(words.close_label, f"/close {handoff.number}"),),
        )
        # With its number: whoever asks again by the same message, as after a restart, when this
        # one is over, is introduced again.
        occasion = f"{handoff.event_id} {handoff.number}"
        return await self._tell_staff(handoff, answer, occasion)

    async def _tell_staff(self, handoff: Handoff, answer: Answer, event: str) -> str:
        """The number of the message; replies to it belong to the hand-off. Raises PlatformError."""
        if self.place is None:
            raise PlatformError("There is no staff chat.", "Set OPENBOOK_STAFF_CHAT.")
        occasion = f"{event} staff"
        told = await self._telling.tell(
            self.place, answer, handoff.thread, occasion=occasion, asker=handoff.asker
        )
        subject = f"{SUBJECT} {handoff.number}"
        await self._casebook.note_subject(self.place.room, told.numbers, subject)
        return told.numbers[0] if told.numbers else ""

    async def _try_to_tell_staff(self, handoff: Handoff, answer: Answer, event: str) -> None:
        try:
            await self._tell_staff(handoff, answer, event)
        except PlatformError as error:
            logger.warning("The staff chat could not be told: %s", error)

    async def _try_to_tell_asker(self, handoff: Handoff, text: str, event: str) -> None:
        chat, answer = read_chat_key(handoff.chat), Answer(text, Outcome.NOTICE)
        try:
            await self._telling.tell(chat, answer, occasion=f"{event} asker", asker=handoff.asker)
        except PlatformError as error:
            logger.warning("%s could not be told: %s", handoff.asker, error)

    async def _move(
        self,
        handoff: Handoff,
        happening: Happening,
        event: str,
        changed: Handoff | None = None,
    ) -> bool:
        """To the next state by the event, and to what is `changed` by it. False where it cannot
        happen any more. Nobody touches what has ended."""
        state = follow(handoff.state, happening)
        if state is None:
            return False
        touched = self._clock() if state in OPEN else handoff.touched
        after = replace(changed or handoff, state=state, touched=touched, event_id=event)
        return await self._casebook.change(handoff, after)

    async def _speak_to_staff(self, handoff: Handoff) -> Words:
        """In the language that the staff chat is set to, else that of who asks."""
        chosen = await self._archive.read_language(self.place.key) if self.place else ""
        return choose_words(chosen or handoff.language)


def _word_reply(text: str, message: Message, handoff: Handoff) -> Answer:
    """What the staff says, as its asker is told it: as a correction of what they were told."""
    words, name = choose_words(handoff.language), message.asker.name
    note = words.from_person.format(name=name) if name else words.from_staff
    if message.replaces in handoff.said:
        note = words.corrected.format(note=note)
    return Answer(text, Outcome.RELAYED, note=note, buttons=_leave(words))


def _leave(words: Words) -> tuple[Button, ...]:
    return (Button(words.leave_label, "/close"),)


def _make_safe(text: str) -> str:
    """What somebody else wrote calls nobody in the staff chat."""
    return neutralise(text, find_allowed([text]))
