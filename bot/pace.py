"""How many questions one asker may ask in a minute."""

import math
import time
from collections import deque
from collections.abc import Callable

from bot.memory import Recent

WINDOW = 60.0  # seconds
ASKERS = 10_000  # watched at once


class Pace:
    """`per_minute` 0 sets no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._askers = Recent[deque[float]](ASKERS)

    def admit(self, asker: str) -> int:
        """0 if the asker may ask now, which is then counted; else the seconds until then."""
        if not self._per_minute:
            return 0
        now = self._clock()
        times = self._askers.find(asker) or deque()
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= self._per_minute:
            return math.ceil(times[0] + WINDOW - now)
        times.append(now)
        self._askers.put(asker, times)
        return 0
