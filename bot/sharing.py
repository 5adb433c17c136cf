"""The same question, asked by several at the same time, is answered once for all of them."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from time import perf_counter

from bot.budgets import Payers, payers
from bot.nouns import Done, Event, Payer, Question, Usage

_CLOSING = re.compile(r"[\s?!.。]+$")


class Shared:
    """One answer in the making, for all who follow it. It is made in a task of its own, so that
    whoever leaves takes it from nobody."""

    def __init__(self) -> None:
        self.payers = Payers()
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._events: list[Event] = []
        self._news = asyncio.Event()
        self._wanted = asyncio.Event()
        self._making: asyncio.Task[None] | None = None
        self._counted = False

    @property
    def is_open(self) -> bool:
        """To whoever asks the same from now on."""
        ended = bool(self._events) and isinstance(self._events[-1], Done)
        failed = self._making is not None and self._making.done()
        return not (ended or failed or self.payers.broke)

    def begin(self, events: AsyncGenerator[Event, None], held: ExitStack) -> None:
        """Has the answer made of `events`; what is `held` is given back at their end."""
        self.begun.set_result(None)
        self._making = asyncio.create_task(self._make(events))
        self._making.add_done_callback(lambda making: self._settle(making, held))

    async def follow(self) -> AsyncGenerator[Event, None]:
        """All events, from the first one on. What the answer cost is with the first who takes its
        end, and nothing with the others. Raises what went wrong, to each who follows."""
        if self._making is None:
            raise RuntimeError("Nobody has begun this answer.")
        since, taken = perf_counter(), 0
        while True:
            if taken < len(self._events):
                event = self._events[taken]
                taken += 1
                yield self._count_once(event, since)
            elif self._making.done():
                self._making.result()
                return
            else:
                self._wanted.set()
                await self._news.wait()

    async def close(self) -> None:
        """Gives the answer up."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.wait([self._making])

    async def _make(self, events: AsyncGenerator[Event, None]) -> None:
        """Each event when somebody has taken the one before it: what is held is kept until the
        answer has been delivered, so that no more are made than a platform takes."""
        payers.set(self.payers)
        async with aclosing(events):
            async for event in events:
                self._events.append(event)
                self._wanted.clear()
                self._wake()
                await self._wanted.wait()

    def _count_once(self, event: Event, since: float) -> Event:
        if not isinstance(event, Done):
            return event
        if not self._counted:
            self._counted = True
            return event
        usage = Usage(event.answer.usage.model, seconds={"total": perf_counter() - since})
        return Done(replace(event.answer, usage=usage))

    def _settle(self, making: asyncio.Task[None], held: ExitStack) -> None:
        """What went wrong is told to who follows; where nobody does, nobody misses it."""
        held.close()
        if not making.cancelled():
            making.exception()
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Sharing:
    """Finds those who ask the same."""

    def __init__(self) -> None:
        self._shared: dict[Question, Shared] = {}

    @asynccontextmanager
    async def join(self, question: Question, payer: Payer) -> AsyncIterator[Shared]:
        """The answer that is being made for others, or one to begin. The last who leaves ends it.
        A question that refers to others before it is nobody else's."""
        key = normalise(question)
        shared = self._shared.get(key) if key else None
        if shared is None or not shared.is_open:
            shared = Shared()
            if key:
                self._shared[key] = shared
        present = shared.payers.present
        present.append(payer)
        try:
            yield shared
        finally:
            present.remove(payer)
            if not present:
                if key and self._shared.get(key) is shared:
                    del self._shared[key]
                await shared.close()


def normalise(question: Question) -> Question | None:
    """The same for all who may share an answer; None where nobody may. Only the look of the text is
    changed: whatever else a question says of itself tells it apart from others."""
    if question.turns:
        return None
    text = " ".join(unicodedata.normalize("NFKC", question.text).casefold().split())
    return replace(question, text=_CLOSING.sub("", text))
