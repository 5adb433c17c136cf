"""Spares a failing server, and the people who would wait for it."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.errors import ModelAway, ModelError


class Breaker:
    """Closed until `failures` calls within `seconds` end in ModelAway; then open: calls fail at
    once. After `seconds` it is half open and lets one call through, which closes or reopens it.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._failed: deque[float] = deque(maxlen=failures)
        self._opened: float | None = None
        self._probing = False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Put around one call; raises ModelAway instead of running it while open."""
        self._admit()
        probe, self._probing = self._opened is not None, self._opened is not None
        try:
            yield
        except ModelAway:
            self._record_failure(probe)
            raise
        except ModelError:
            self._close()  # it answered, if not well
            raise
        else:
            self._close()
        finally:
            # A call that was given up by its caller proves nothing: the next one may probe.
            if probe:
                self._probing = False

    def _admit(self) -> None:
        if self._opened is None:
            return
        wait = self._opened + self._seconds - self._clock()
        if wait > 0 or self._probing:
            raise ModelAway(
                "The model server failed several times just now.",
                f"It is tried again in {max(1, math.ceil(wait))} seconds.",
            )

    def _record_failure(self, probe: bool) -> None:
        now = self._clock()
        self._failed.append(now)
        full = len(self._failed) == self._failed.maxlen
        if probe or (full and now - self._failed[0] <= self._seconds):
            self._opened = now

    def _close(self) -> None:
        self._failed.clear()
        self._opened = None
