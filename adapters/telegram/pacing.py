"""How fast Telegram may be written to, by its own advice.

About one message a second in a chat, 20 a minute in a group, 30 a second in all; edits count like
messages. How fast drafts may come is not published.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from adapters.telegram.reading import Place

CHATS = 10_000  # watched at once, before idle ones are forgotten


@dataclass(frozen=True, slots=True)
class Tempo:
    """`draft` and `edit` are the seconds between two states of a text that is being written,
    `alive` those after which a draft is shown again before it fades, `patience` those that
    Telegram may take for an answer. When the bot stops, answers have `grace` to end, and telling
    of those that have not takes `last_words` at most. `burst` is how many messages
    a chat takes at once. The limits stand a little below Telegram's, since clocks differ."""

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
class _Window:
    """At most `most` within `seconds`."""

    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float, spare: int = 0) -> float:
        """Seconds until one more is allowed that leaves `spare` others."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        over = len(self.times) + spare - self.most
        if over < 0 or not self.times:
            return 0.0
        return self.times[min(over, len(self.times) - 1)] + self.seconds - now


class Pace:
    """Who writes waits for its turn. Times are those of the event loop."""

    def __init__(self, tempo: Tempo) -> None:
        self.tempo = tempo
        # Spread over the second: what leaves evenly does not arrive in heaps.
        self._all = _Window(max(1, tempo.all_per_second // 4), tempo.second / 4)
        self._line = asyncio.Lock()
        self._chats: dict[int, list[_Window]] = {}
        self._paused: dict[int, float] = {}

    async def take_turn(self, place: Place) -> None:
        """Waits until a message or edit may go there, and counts it. Chats are served in the order
        in which they are ready."""
        windows = self._windows(place)
        await _wait_out(lambda: max(self._left(place), *(one.wait(_now()) for one in windows)))
        _count(windows)
        async with self._line:
            await _wait_out(lambda: self._all.wait(_now()))
            _count([self._all])

    def take_spare_turn(self, place: Place) -> bool:
        """Counts one that may as well be left out, if there is room for it now."""
        windows, kept = self._windows(place), self.tempo.kept_for_answers
        spares = [(self._all, 1), *((one, kept if one.most > kept else 0) for one in windows)]
        if self._left(place) > 0 or any(one.wait(_now(), spare) for one, spare in spares):
            return False
        _count([self._all, *windows])
        return True

    def pause(self, place: Place, seconds: float) -> None:
        """Telegram wants nothing from us in that chat for so long."""
        self._paused[place.chat] = _now() + seconds

    def _left(self, place: Place) -> float:
        return self._paused.get(place.chat, 0.0) - _now()

    def _windows(self, place: Place) -> list[_Window]:
        if place.chat not in self._chats:
            self._forget()
            tempo = self.tempo
            windows = [_Window(tempo.burst, 1.1 * tempo.burst * tempo.second)]
            if not place.private:
                windows.append(_Window(tempo.group_per_minute, 60 * tempo.second))
            self._chats[place.chat] = windows
        return self._chats[place.chat]

    def _forget(self) -> None:
        """Chats that nothing was sent to for longer than any window."""
        if len(self._chats) < CHATS:
            return
        now = _now()
        for chat, windows in list(self._chats.items()):
            if not any(one.wait(now, one.most) for one in windows):
                del self._chats[chat]
                self._paused.pop(chat, None)


async def _wait_out(left: Callable[[], float]) -> None:
    """Until there is nothing left to wait for."""
    while True:
        seconds = left()
        if seconds <= 0:
            return
        await asyncio.sleep(seconds)


def _count(windows: Iterable[_Window]) -> None:
    for window in windows:
        window.times.append(_now())


def _now() -> float:
    return asyncio.get_running_loop().time()
