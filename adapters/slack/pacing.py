"""How fast Slack may be called, by its own figures, a little below them.

Most methods may be called so often a minute in a whole workspace; messages are posted about once a
second in a channel. `chat.startStream` and `chat.stopStream` take the fewest calls, so that only
some answers can be watched as they are written while many ask: the others come in one piece.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.memory import Recent
from bot.windows import Window, count, now, wait_out

CHANNELS = 2000  # watched at once
POST, UPDATE = "chat.postMessage", "chat.update"

# Calls a minute: Slack's own tiers have 20, 50 and 100.
PER_MINUTE: Mapping[str, int] = {
    "assistant.threads.setStatus": 300,
    "assistant.threads.setSuggestedPrompts": 90,
    "chat.appendStream": 90,
    "chat.delete": 45,
    "chat.startStream": 16,
    "chat.stopStream": 18,
    "chat.update": 45,
    "conversations.replies": 45,
    "users.info": 90,
    "views.publish": 90,
}
KEPT = 10  # calls a minute that previews leave to answers, where both use a method


@dataclass(frozen=True, slots=True)
class Tempo:
    """`second` and `minute` are the lengths that Slack counts in. A text is watched from `begin`
    seconds on, so that short answers come in one piece; `append` and `update` are the times between
    two of its states. `rotate` is how old a stream may get before Slack ends it. Slack may take
    `patience` for an answer to a call, `preview` for one that may as well be left out. When the bot
    stops, answers have `grace` to end, and telling of the others takes `last_words` at most."""

    second: float = 1.0
    minute: float = 60.0
    begin: float = 0.6
    append: float = 1.0
    update: float = 3.0
    rotate: float = 235.0
    posts: int = 4
    patience: float = 20.0
    preview: float = 3.0
    grace: float = 6.0
    last_words: float = 2.0


@dataclass(slots=True)
class _Line:
    """Calls of one kind, and who waits to make them."""

    window: Window | None
    waiting: asyncio.Lock = field(default_factory=asyncio.Lock)
    paused_until: float = 0.0

    def wait(self, moment: float) -> float:
        return max(self.paused_until - moment, self.window.wait(moment) if self.window else 0.0)


class Pace:
    def __init__(self, tempo: Tempo) -> None:
        self.tempo = tempo
        self._methods: dict[str, _Line] = {}
        self._channels = Recent[_Line](CHANNELS, lambda line: not line.waiting.locked())

    async def take_turn(self, method: str, channel: str = "") -> None:
        """Waits until the call may be made, and counts it. Who asks first is served first."""
        line = self._find(method, channel)
        async with line.waiting:
            await wait_out(lambda: line.wait(now()))
            if line.window:
                count([line.window])

    def take_spare_turn(self, method: str) -> bool:
        """Counts a call that may as well be left out, if there is room for it now and nobody
        waits."""
        line = self._find(method, "")
        if line.waiting.locked() or line.paused_until > now():
            return False
        return line.window is None or line.window.take(KEPT if method == UPDATE else 0)

    def pause(self, method: str, channel: str, seconds: float) -> None:
        """Slack wants no such call for so long."""
        line = self._find(method, channel)
        line.paused_until = max(line.paused_until, now() + seconds)

    def _find(self, method: str, channel: str) -> _Line:
        if method == POST:
            line = self._channels.find(channel)
            if line is None:
                posts = self.tempo.posts
                line = _Line(Window(posts, 1.1 * posts * self.tempo.second))
                self._channels.put(channel, line)
            return line
        if method not in self._methods:
            most = PER_MINUTE.get(method)
            self._methods[method] = _Line(Window(most, self.tempo.minute) if most else None)
        return self._methods[method]
