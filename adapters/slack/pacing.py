"""How fast Slack may be called, where it matters: by its own figures, a little below them."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from bot.memory import Recent

CHANNELS = 2000  # watched at once


@dataclass(frozen=True, slots=True)
class Tempo:
    """`second` and `minute` are the lengths that Slack counts in. An answer streams while there
    are fewer than `streams` begun in the minute, as beginning and ending one are counted together
    for the whole workspace; else it comes in one piece. `append` is the time between two states,
    `appends` how many of them a minute. `rotate` is how old a stream may get before Slack ends it.
    """

    second: float = 1.0
    minute: float = 60.0
    streams: int = 16
    append: float = 1.2
    appends: int = 90
    rotate: float = 235.0
    progress: float = 3.0
    posts: int = 4
    patience: float = 20.0
    grace: float = 6.0
    last_words: float = 2.0


@dataclass(slots=True)
class _Window:
    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return 0.0 if len(self.times) < self.most else self.times[0] + self.seconds - now

    def take(self) -> bool:
        """Counts one, if there is room for it now."""
        now = asyncio.get_running_loop().time()
        if self.wait(now) > 0:
            return False
        self.times.append(now)
        return True


class Pace:
    def __init__(self, tempo: Tempo) -> None:
        self.tempo = tempo
        self._streams = _Window(tempo.streams, tempo.minute)
        self._appends = _Window(tempo.appends, tempo.minute)
        self._posts = Recent[_Window](CHANNELS)

    def may_stream(self) -> bool:
        return self._streams.take()

    def may_append(self) -> bool:
        return self._appends.take()

    async def wait_to_post(self, channel: str) -> None:
        """About one message a second in a channel, a few at once."""
        window = self._posts.find(channel)
        if window is None:
            tempo = self.tempo
            window = _Window(tempo.posts, 1.1 * tempo.posts * tempo.second)
            self._posts.put(channel, window)
        while not window.take():
            wait = window.wait(asyncio.get_running_loop().time())
            await asyncio.sleep(max(wait, 0.001))
