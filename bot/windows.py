"""At most so many of something within so many seconds. Times are those of the event loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Window:
    """At most `most` within `seconds`."""

    most: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, moment: float, spare: int = 0) -> float:
        """Seconds until one more is allowed that leaves `spare` others."""
        while self.times and self.times[0] <= moment - self.seconds:
            self.times.popleft()
        over = len(self.times) + spare - self.most
        if over < 0 or not self.times:
            return 0.0
        return self.times[min(over, len(self.times) - 1)] + self.seconds - moment

    def take(self, spare: int = 0) -> bool:
        """Counts one, if there is room for it now that leaves `spare` others."""
        if self.wait(now(), spare) > 0:
            return False
        self.times.append(now())
        return True


async def wait_out(left: Callable[[], float]) -> None:
    """Until there is nothing left to wait for."""
    while True:
        seconds = left()
        if seconds <= 0:
            return
        await asyncio.sleep(seconds)


def count(windows: Iterable[Window]) -> None:
    for window in windows:
        window.times.append(now())


def now() -> float:
    return asyncio.get_running_loop().time()
