"""How fast Telegram may be written to, by its own advice.

About one message a second in a chat, 20 a minute in a group, 30 a second in all; edits count like
messages. How fast drafts may come is not published.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.telegram.reading import Place
from bot.windows import Window, count, now, wait_out

CHATS = 10_000  # watched at once, before idle ones are forgotten
PORTIONS = 5  # that those of a second are let out in
# Seconds in which Telegram counts those of a minute, and one more: on the way there some messages
# catch up with those before them.
MINUTE = 61


@dataclass(frozen=True, slots=True)
class Tempo:
    """`draft` and `edit` are the seconds between two states of a text that is being written,
    `alive` those after which a draft is shown again before it fades, `patience` those that
    Telegram may take for an answer. When the bot stops, answers have `grace` to end, and telling
    of those that have not takes `last_words` at most. `burst` is how many messages a chat takes at
    once. The limits stand a little below Telegram's, since clocks differ."""

    second: float = 1.0
    draft: float = 0.9
    edit: float = 3.5
    alive: float = 18.0
    patience: float = 20.0
    grace: float = 6.0
    last_words: float = 2.0
    burst: int = 4
    group_per_minute: int = 18
    all_per_second: int = 20
    # Of those in a group, what previews leave to answers.
    kept_for_answers: int = 6


@dataclass(slots=True)
class _Line:
    """What a chat may be sent, and who waits to send there."""

    windows: tuple[Window, ...]
    waiting: asyncio.Lock = field(default_factory=asyncio.Lock)
    paused_until: float = 0.0

    def wait(self, moment: float) -> float:
        return max(self.paused_until - moment, *(window.wait(moment) for window in self.windows))

    def rests(self, moment: float) -> bool:
        """Whether nothing waits or was sent for longer than any window."""
        return (
            not self.waiting.locked()
            and not any(one.wait(moment, one.most) for one in self.windows)
            and self.paused_until <= moment
        )


class Pace:
    """Who writes waits for its turn. Times are those of the event loop."""

    def __init__(self, tempo: Tempo) -> None:
        self.tempo = tempo
        second = tempo.second
        # The smaller window spreads what the larger one would let out at once.
        share = max(1, tempo.all_per_second // PORTIONS)
        self._all = (
            Window(tempo.all_per_second, second),
            Window(share, second * share / tempo.all_per_second),
        )
        self._sending = asyncio.Lock()
        self._chats: dict[int, _Line] = {}

    async def take_turn(self, place: Place) -> None:
        """Waits until a message or edit may go there, and counts it. A chat is served in the order
        of asking, chats in that in which they are ready: none waits for the pause of another."""
        line = self._find(place)
        async with line.waiting:
            taken = False
            while not taken:
                taken = await self._try_turn(line)

    async def _try_turn(self, line: _Line) -> bool:
        """False if a spare turn or a pause came between."""
        await wait_out(lambda: line.wait(now()))
        async with self._sending:
            await wait_out(lambda: max(window.wait(now()) for window in self._all))
            free = line.wait(now()) <= 0
            if free:
                count((*self._all, *line.windows))
            return free

    def take_spare_turn(self, place: Place) -> bool:
        """Counts one that may as well be left out, if there is room for it now and nobody waits."""
        line, kept, moment = self._find(place), self.tempo.kept_for_answers, now()
        windows = (*self._all, *line.windows)
        if line.waiting.locked() or line.paused_until > moment:
            return False
        if any(one.wait(moment, kept if one.most > kept else 0) for one in windows):
            return False
        count(windows)
        return True

    def pause(self, place: Place, seconds: float) -> None:
        """Telegram wants nothing from us in that chat for so long."""
        line = self._find(place)
        line.paused_until = max(line.paused_until, now() + seconds)

    def _find(self, place: Place) -> _Line:
        line = self._chats.get(place.chat)
        if line is None:
            self._forget()
            line = self._chats[place.chat] = _Line(tuple(self._make_windows(place)))
        return line

    def _make_windows(self, place: Place) -> Iterator[Window]:
        tempo = self.tempo
        yield Window(tempo.burst, 1.1 * tempo.burst * tempo.second)
        if not place.private:
            yield Window(tempo.group_per_minute, MINUTE * tempo.second)

    def _forget(self) -> None:
        """Chats that nothing was sent to for longer than any window."""
        if len(self._chats) < CHATS:
            return
        moment = now()
        chats = self._chats.items()
        self._chats = {chat: line for chat, line in chats if not line.rests(moment)}
