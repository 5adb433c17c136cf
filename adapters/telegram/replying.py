"""One message's way to its answer: what is shown meanwhile, and the answer itself."""

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup, ReplyParameters

from adapters.telegram.previewing import Preview
from adapters.telegram.reading import Place, Said
from adapters.telegram.rendering import make_buttons, make_keyboard, render
from adapters.telegram.sending import Sender, Unsure, reply_to
from bot.desk import Desk
from bot.nouns import Answer, Done, Event, Found, Outcome, Searching, Text, Working

SHORT = 200  # characters that Telegram shows for a moment above a chat


class Reply:
    """`numbers` are those of the messages that show the answer."""

    def __init__(self, sender: Sender, desk: Desk, said: Said) -> None:
        self._sender = sender
        self._desk = desk
        self._said = said
        self._words = desk.speak_to(said.message)
        self._written = ""
        self._pressed = bool(said.press)
        self._shown: list[int] = []
        self.replace((str(said.number),) if said.in_place else ())

    def replace(self, numbers: Sequence[str]) -> None:
        """Puts the answer into those messages; to be called before anything is shown."""
        self._old = [*map(int, numbers)]
        first = self._old[0] if self._old else 0
        self._preview = Preview(self._sender, self._said, self._note, first)

    @property
    def numbers(self) -> tuple[int, ...]:
        return (*self._shown, *self._old)

    async def take(self, event: Event) -> None:
        """Raises PlatformError when the answer cannot be delivered."""
        match event:
            case Searching():
                self._preview.say(self._words.searching)
            case Found():
                self._preview.say(self._words.reading)
            case Working(words):
                await self._release()
                self._preview.say(words)
            case Text(delta):
                self._written += delta
                self._preview.show(self._written)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        await self._preview.close()
        if self._pressed and not (self._said.in_place and answer.outcome is not Outcome.DENIED):
            await self._finish_press(answer)
            return
        await self._release()
        message = self._said.message
        self._take_in_preview()
        await self._desk.deliveries.begin(message, answer, self._list())
        try:
            await self._deliver(answer)
        except Unsure:
            await self._deliver(await self._desk.deliveries.offer_again(message, answer))
        numbers = self._list()
        await self._desk.deliveries.settle(message, numbers)
        if message.replaces and not answer.aside:  # the next edit will name the first message
            await self._desk.deliveries.note_sent(message.replaces, numbers)

    async def abandon(self) -> None:
        """Tells that the answer comes later, from another process."""
        await self._preview.close()
        await self._deliver(Answer(self._words.restarting, Outcome.FAILED))
        if not self._said.press:
            await self._desk.deliveries.release(self._said.message, self._list())

    async def apologise(self) -> None:
        """Tells that the answer could not be shown."""
        await self.finish(Answer(self._words.unexpected, Outcome.FAILED))

    async def _finish_press(self, answer: Answer) -> None:
        """A short line is shown for a moment, more as a message; new buttons replace the old. In a
        group many may press: who must not changes nothing of what the others see."""
        line = len(answer.text) <= SHORT and "\n" not in answer.text
        toast = line and not answer.excerpts and not answer.is_markdown
        await self._release(answer.text if toast else "")
        if not toast:
            await self._deliver(answer)
        elif answer.buttons:
            buttons = make_buttons(answer.buttons)
            await self._sender.edit_buttons(self._said.place, self._said.number, buttons)

    async def _release(self, text: str = "") -> None:
        """A pressed button shows a clock until this."""
        if self._pressed:
            self._pressed = False
            await self._sender.answer_press(self._said.press, text)

    async def _deliver(self, answer: Answer) -> None:
        """Into the messages that are there, the rest into new ones; none is left over."""
        place, sender = self._said.place, self._sender
        self._take_in_preview()
        parts = render(answer)
        for count, part in enumerate(parts, start=1):
            last = count == len(parts)
            keyboard = make_keyboard(answer, private=place.private) if last else None
            old = self._old.pop(0) if self._old else 0
            inline = keyboard if isinstance(keyboard, InlineKeyboardMarkup) else None
            if old and await sender.edit(place, old, part, inline):
                self._shown.append(old)
                continue
            reply = reply_to(self._said) if count == 1 else None
            self._shown.append(await sender.send(place, part, reply=reply, keyboard=keyboard))
            await self._note()
        while self._old:
            await sender.delete(place, self._old.pop())

    def _take_in_preview(self) -> None:
        """The message that has grown is one of those that are there."""
        if (grown := self._preview.number) and grown not in self.numbers:
            self._old.insert(0, grown)

    async def _note(self) -> None:
        """Writes down which messages show something of the answer."""
        self._take_in_preview()
        await self._desk.deliveries.note_sent(self._said.message.event_id, self._list())

    def _list(self) -> tuple[str, ...]:
        return tuple(map(str, self.numbers))


async def tell(sender: Sender, place: Place, answer: Answer, reply_to: str) -> tuple[str, ...]:
    """Writes unasked, as a reply to the message of that number; the numbers of what was written.
    Raises PlatformError, BadRequest."""
    parts = render(answer)
    reply = ReplyParameters(int(reply_to), allow_sending_without_reply=True) if reply_to else None
    numbers = []
    for count, part in enumerate(parts, start=1):
        last = count == len(parts)
        keyboard = make_keyboard(answer, private=place.private) if last else None
        numbers.append(await sender.send(place, part, reply=reply, keyboard=keyboard))
        reply = None
    return tuple(map(str, numbers))
