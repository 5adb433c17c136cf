"""A question's way to its answer: it waits in line, unless the same is being answered already."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from typing import Protocol

from bot.fair_queue import FairQueue
from bot.metrics import Metrics
from bot.nouns import Answer, Denial, Done, Event, Outcome, Payer, Question, Working
from bot.sharing import Sharing
from bot.texts import Words


class Answerer(Protocol):
    def answer(self, question: Question) -> AsyncGenerator[Event, None]: ...


class Questions:
    def __init__(self, engine: Answerer, queue: FairQueue, metrics: Metrics) -> None:
        self._engine = engine
        self._queue = queue
        self._metrics = metrics
        self._sharing = Sharing()

    async def answer(
        self, question: Question, payer: Payer, words: Words
    ) -> AsyncGenerator[Event, None]:
        """Its number in line as long as it waits, then the events of the answer. Close it early to
        give the answer up; others who have asked the same still get theirs."""
        async with self._sharing.join(question, payer) as shared:
            if not shared.begun.done():
                place = self._queue.join(payer.asker)
                if place is None:
                    text = words.queue_full
                    yield Done(Answer(text, Outcome.DENIED, denial=Denial.QUEUE_FULL))
                    return
                with ExitStack() as held:
                    held.enter_context(place)
                    async with aclosing(place.come_up(shared.begun)) as numbers:
                        async for number in numbers:
                            yield Working(words.in_line.format(number=number))
                    if not shared.begun.done():
                        shared.begin(self._engine.answer(question), held.pop_all())
            async with self._metrics.running(), aclosing(shared.follow()) as events:
                async for event in events:
                    yield event
