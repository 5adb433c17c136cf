"""How fast Slack may be called, by its own figures, a little below them.

Most methods may be called so often a minute in a whole workspace; messages are posted about once a
second in a channel. `chat.startStream` and `chat.stopStream` take the fewest calls, so that only
some answers can be watched as they are written while many ask: the others come in one piece.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.memory import Recent
from bot.windows import Window, now, wait_out

CHANNELS = 2000  # watched at once
POST = "chat.postMessage"

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


class Pace:
    def __init__(self, tempo: Tempo) -> None:
        self.tempo = tempo
        self._methods = {method: Window(most, tempo.minute) for method, most in PER_MINUTE.items()}
        self._channels = Recent[Window](CHANNELS)
        self._paused: dict[str, float] = {}

    async def take_turn(self, method: str, channel: str = "") -> None:
        """Waits until the call may be made, and counts it."""
        window, name = self._find(method, channel), _name(method, channel)
        while True:
            await wait_out(lambda: max(self._left(name), window.wait(now()) if window else 0.0))
            if window is None or window.take():
                return

    def take_spare_turn(self, method: str) -> bool:
        """Counts a call that may as well be left out, if there is room for it now."""
        window = self._find(method, "")
        if self._left(method) > 0:
            return False
        return window is None or window.take(KEPT if method == "chat.update" else 0)

    def pause(self, method: str, channel: str, seconds: float) -> None:
        """Slack wants no such call for so long."""
        self._paused[_name(method, channel)] = now() + seconds

    def _left(self, name: str) -> float:
        left = self._paused.get(name, 0.0) - now()
        if left <= 0:
            self._paused.pop(name, None)
        return left

    def _find(self, method: str, channel: str) -> Window | None:
        if method != POST:
            return self._methods.get(method)
        window = self._channels.find(channel)
        if window is None:
            posts = self.tempo.posts
            window = Window(posts, 1.1 * posts * self.tempo.second)
            self._channels.put(channel, window)
        return window


def _name(method: str, channel: str) -> str:
    return f"{method}/{channel}" if method == POST else method
