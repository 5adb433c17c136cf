"""How much a bot may send how fast."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass

from tests.peers.telegram.clock import Clock
from tests.peers.telegram.refusal import Refusal

COUNTED = frozenset(("sendMessage", "sendDocument", "editMessageText", "editMessageReplyMarkup"))


@dataclass(frozen=True, slots=True)
class Rates:
    """Telegram's advice: about one message a second in a chat, 20 a minute in a group, 30 a second
    in all. How much of a burst it takes and how fast drafts may come is not published: these are
    cautious guesses."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20
    all_per_second: int = 30
    drafts_per_second: float = 1.5
    draft_burst: int = 4


UNLIMITED = Rates(1e9, 10**9, 10**9, 10**9, 1e9, 10**9)


class Floods:
    """Counts and refuses. Who has to wait is refused until the wait is over."""

    def __init__(self, rates: Rates, clock: Clock) -> None:
        self.rates = rates
        self._clock = clock
        self._sent: dict[str, deque[float]] = defaultdict(deque)
        self._levels: dict[str, tuple[float, float]] = {}
        self._until: dict[str, float] = {}

    def hold(self, method: str, chat_id: int, seconds: float) -> None:
        """Refuses this chat for so long: its drafts, or its messages and edits."""
        self._until[_name(method, chat_id)] = self._clock.now + seconds

    def check(self, method: str, chat_id: int, *, group: bool) -> None:
        """Raises Refusal with the seconds to wait."""
        rates, key = self.rates, _name(method, chat_id)
        if method == "sendMessageDraft":
            self._drip(key, rates.drafts_per_second, rates.draft_burst)
        elif method in COUNTED:
            self._drip(key, rates.chat_per_second, rates.chat_burst)
            if group:
                self._count(f"group {chat_id}", rates.group_per_minute, 60)
            self._count("all", rates.all_per_second, 1)

    def _drip(self, key: str, per_second: float, burst: int) -> None:
        """A bucket that leaks: `burst` at once, then so many a second."""
        self._refuse_waiting(key)
        now = self._clock.now
        level, at = self._levels.get(key, (0.0, now))
        level = max(0.0, level - (now - at) * per_second)
        if level + 1 > burst:
            self._refuse(key, (level + 1 - burst) / per_second)
        self._levels[key] = (level + 1, now)

    def _count(self, key: str, most: int, seconds: float) -> None:
        """At most so many within the last `seconds`."""
        self._refuse_waiting(key)
        now, sent = self._clock.now, self._sent[key]
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        if len(sent) >= most:
            self._refuse(key, sent[0] + seconds - now)
        sent.append(now)

    def _refuse_waiting(self, key: str) -> None:
        if (left := self._until.get(key, 0) - self._clock.now) > 0:
            self._refuse(key, left)

    def _refuse(self, key: str, seconds: float) -> None:
        wait = max(1, math.ceil(seconds))
        self._until[key] = max(self._until.get(key, 0), self._clock.now + seconds)
        raise flood(wait)


def _name(method: str, chat_id: int) -> str:
    return f"{'drafts' if method == 'sendMessageDraft' else 'chat'} {chat_id}"


def flood(seconds: int, *, breach: bool = True) -> Refusal:
    """The answer to who sends too much, or seems to."""
    return Refusal(
        429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}, breach=breach
    )
