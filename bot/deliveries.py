"""What becomes of answers on their way: so that none is lost and none is shown twice, whenever a
process ends."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.access.doors import View
from bot.nouns import Answer, Button, Kept, Message, Outcome, Waiting
from bot.presenting import present
from bot.seams import Archive, Inbox
from bot.texts import Words


class Deliveries:
    """Written down for the adapters, each step before it is taken. `speak_to` gives the words of
    the language that a message is answered in, `look` what all who read the reply may see."""

    def __init__(
        self,
        inbox: Inbox,
        archive: Archive,
        speak_to: Callable[[Message], Words],
        look: Callable[[Message], Awaitable[View]],
    ) -> None:
        self._inbox = inbox
        self._archive = archive
        self._speak_to = speak_to
        self._look = look

    async def offer_again(self, message: Message, answer: Answer) -> Answer:
        """What to say where an answer may have been lost on its way: a button shows it again."""
        words, name = self._speak_to(message), await self._name(message, answer)
        button = Button(words.again_label, f"/again {name}", in_place=True)
        return Answer(words.delivery_unsure, Outcome.NOTICE, buttons=(button,))

    async def begin(self, message: Message, answer: Answer, numbers: Sequence[str] = ()) -> None:
        """From here on the answer may be there. `numbers` are those of the platform's messages that
        show something of it already."""
        name = await self._name(message, answer)
        await self._inbox.begin_delivery(message.event_id, name, numbers)

    async def note_sent(self, event_id: str, numbers: Sequence[str]) -> None:
        await self._inbox.note_sent(event_id, numbers)

    async def recall(self, message: Message, waiting: Waiting) -> Answer | None:
        """What to deliver of a message that was taken up while its answer was on its way: that
        answer where it can be put into the messages that are there, or where there are none for
        sure; else the offer to show it. The last time, that it is given up."""
        words = self._speak_to(message)
        if waiting.last:
            return Answer(words.given_up, Outcome.FAILED)
        if waiting.answer is None:
            return None
        view = await self._look(message)
        if not view.scope.covers(waiting.answer.scope):
            return Answer(words.rights_changed, Outcome.FAILED)
        answer = present(waiting.answer, words, waiting.answer.name)
        return answer if waiting.sent or waiting.sought else await self.offer_again(message, answer)

    async def settle(self, message: Message, numbers: Sequence[str] = ()) -> None:
        """The message is answered, or its asker was told why not."""
        await self._inbox.settle(message.event_id, numbers)

    async def find_sent(self, event_id: str) -> tuple[str, ...]:
        """The numbers of the messages that show the answer to an event; of "" there are none."""
        return await self._inbox.find_sent(event_id) if event_id else ()

    async def is_alone(self, message: Message) -> bool:
        """Whether nobody else can be spoken to in the same room now, in whatever thread."""
        room = replace(message.chat, thread="")
        return await self._inbox.is_alone(message.event_id, room.key)

    async def release(self, message: Message, numbers: Sequence[str] = ()) -> None:
        """Leaves the message to whoever comes next."""
        await self._inbox.release(message.event_id, numbers)

    async def _name(self, message: Message, answer: Answer) -> str:
        """The name that the answer is kept under."""
        kept = Kept(message.text, answer, message.chat.key, message.asker.key, message.event_id)
        return answer.name or await self._archive.keep(kept, remembered=False)
