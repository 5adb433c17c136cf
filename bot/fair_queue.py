"""Questions that wait for one of a few slots, fair by asker: askers take turns, so that ten
questions of one do not hold back the one of another."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from typing import Self

AT_ONCE = 64  # questions that are answered at once; more wait
LONGEST = 1000  # questions that wait; more are refused
PAUSE = 5.0  # seconds between two words on how far a place has come, where few wait
TELLINGS = 5  # of such words in a second, to all who wait: they cost time that answers need


class Place:
    """A question's place, then, once its `turn` has come, its slot. It is left, or the slot given
    back, by the end of `with`."""

    def __init__(self, queue: "FairQueue", asker: str) -> None:
        self._queue = queue
        self.asker = asker
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._queue.leave(self)

    async def come_up(self, excuse: asyncio.Future[None]) -> AsyncGenerator[int, None]:
        """Its number in line, 1 for who is next, whenever it has changed; ends when its turn has
        come, or with `excuse`."""
        told = 0
        while not (self.turn.done() or excuse.done()):
            number = self._queue.find_number(self)
            if number != told:
                told = number
                yield number
            pause = max(PAUSE, self._queue.waiting / TELLINGS)
            await asyncio.wait(
                [self.turn, excuse], timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )


class FairQueue:
    def __init__(self, at_once: int = AT_ONCE, longest: int = LONGEST) -> None:
        self._free = at_once
        self._longest = longest
        # The places of each asker, the asker whose turn is next first.
        self._lines: OrderedDict[str, deque[Place]] = OrderedDict()
        self.waiting = 0

    def join(self, asker: str) -> Place | None:
        """None where too many wait already."""
        if not self._free and self.waiting >= self._longest:
            return None
        place = Place(self, asker)
        self._lines.setdefault(asker, deque()).append(place)
        self.waiting += 1
        self._call_next()
        return place

    def leave(self, place: Place) -> None:
        if place.turn.done():
            self._free += 1
            self._call_next()
            return
        self.waiting -= 1
        line = self._lines[place.asker]
        line.remove(place)
        if not line:
            del self._lines[place.asker]

    def find_number(self, place: Place) -> int:
        """Of a place whose turn has not come: in which round its asker's turn comes, and who comes
        before it in that round."""
        rounds = self._lines[place.asker].index(place)
        number, earlier = 1 + rounds, True
        for asker, line in self._lines.items():
            if asker == place.asker:
                earlier = False
            else:
                number += min(len(line), rounds + earlier)
        return number

    def _call_next(self) -> None:
        if not self._free or not self._lines:
            return
        asker, line = self._lines.popitem(last=False)
        place = line.popleft()
        if line:
            self._lines[asker] = line
        self._free -= 1
        self.waiting -= 1
        place.turn.set_result(None)
