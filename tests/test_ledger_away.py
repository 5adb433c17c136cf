"""The ledger fails for a while under a process that lives on: every question is answered once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.ledger.opening import open_ledger
from bot.nouns import Answer, Done, Event, Outcome, Question, Text
from bot.questions import Answerer
from bot.recovery import LOOKS, take_up_messages
from bot.serving import Adapter
from bot.texts import ENGLISH
from tests import slack_bots, telegram_bots
from tests.desks import Engine, make_desk
from tests.ledgers import KINDS, make_address, take_away

LEASE = 1.0


@pytest.fixture(params=KINDS)
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with make_address(request.param, tmp_path) as address:
        yield address


@asynccontextmanager
async def serve(
    address: str,
    engine: Answerer,
    make: Callable[..., Adapter],
    lease: float = LEASE,
    *,
    heard: bool = True,
) -> AsyncIterator[Adapter]:
    """`heard`: whether it tells others that it lives."""
    async with open_ledger(address, lease) as ledger:
        desk = make_desk(engine, inbox=ledger.inbox, archive=ledger.archive)
        adapter = make(desk)
        running = [asyncio.create_task(adapter.run())]
        if heard:
            looking = take_up_messages(desk, [adapter], lease / LOOKS)
            running.append(asyncio.create_task(looking))
        try:
            yield adapter
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)


async def wait_until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not look():  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.05)


async def lose_the_ledger(address: str, engine: Engine, adapter: Adapter) -> None:
    """While the answer is being written, until it could not be delivered."""
    await engine.waiting.wait()
    async with take_away(address):
        engine.gate.set()
        await wait_until(lambda: not adapter.answering)


async def test_telegram_answers_when_the_ledger_is_back(address: str) -> None:
    engine = Engine()
    async with (
        telegram_bots.run_bot(started=False) as bot,
        serve(address, engine, bot.make) as adapter,
    ):
        await bot.ada.say("wait for it")
        await lose_the_ledger(address, engine, adapter)
        await bot.ada.private_chat.wait_for_text("It is wait for it", 20)
        await wait_until(lambda: not adapter.answering)
        assert len(bot.ada.private_chat.answers) == 1


async def test_slack_answers_when_the_ledger_is_back(address: str) -> None:
    engine = Engine()
    async with (
        slack_bots.run_bot(started=False) as bot,
        serve(address, engine, bot.make) as adapter,
    ):
        await bot.peer.connected()
        await bot.ada.say("wait for it")
        await lose_the_ledger(address, engine, adapter)
        await bot.peer.wait_until(lambda: list_finished(bot, "It is wait for it"), 20)
        await wait_until(lambda: not adapter.answering)
        assert len(bot.ada.dm.by_bot) == 1


class Halfway:
    """Writes half of its answer, and the rest when it may."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        yield Text("It is ")
        await self.gate.wait()
        yield Text("noon.")
        yield Done(Answer("It is noon.", Outcome.ANSWERED))


async def test_who_was_taken_for_dead_says_no_more(address: str) -> None:
    """Nor is what it had begun to say left beside the answer, though Slack has ended that by itself
    and lets nobody change it."""
    slow, quick = Halfway(), Halfway()
    quick.gate.set()
    async with (
        slack_bots.run_bot(started=False) as bot,
        serve(address, slow, bot.make, heard=False) as adapter,
    ):
        await bot.peer.connected()
        await bot.ada.say("When?")
        await bot.peer.wait_until(lambda: bot.ada.dm.by_bot, 20)
        bot.peer.clock.advance(400)
        async with serve(address, quick, bot.make) as other:
            await bot.peer.wait_until(lambda: list_finished(bot, "It is noon."), 20)
            slow.gate.set()
            await wait_until(lambda: not [*adapter.answering, *other.answering])
        assert len(bot.ada.dm.by_bot) == 1
        assert bot.peer.violations == []


def list_finished(bot: slack_bots.Bot, words: str) -> Collection[object]:
    return [one for one in bot.ada.dm.by_bot if one.finished and words in one.content]


async def test_who_cannot_be_answered_is_told(address: str) -> None:
    """The process that took the question ends each time; only the last one that takes it up has
    nothing more to do with it than to say so."""
    async with telegram_bots.run_bot(started=False) as bot:
        async with open_ledger(address, 0.01) as ledger:
            engine = Engine()
            desk = make_desk(engine, inbox=ledger.inbox, archive=ledger.archive)
            running = asyncio.create_task(bot.make(desk).run())
            await bot.ada.say("wait for it")
            await engine.waiting.wait()
            running.cancel()
            await asyncio.wait([running])
        async with open_ledger(address, 0.01) as ledger, asyncio.timeout(20):
            for _ in range(3):
                while not await ledger.inbox.claim(["telegram"]):  # noqa: ASYNC110 (the same)
                    await asyncio.sleep(0.01)
        async with serve(address, Engine(), bot.make, lease=0.05):
            await bot.ada.private_chat.wait_for_text(ENGLISH.given_up, 20)
