"""kill -9 in every part of a question's life, then a new process: every question is answered once,
or its asker is offered the answer that may have got lost."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from bot.texts import ENGLISH
from tests.bot_child import Orders
from tests.ledgers import KINDS, make_address
from tests.peers.telegram import Chat, Clock, LostReply, TelegramPeer
from tests.telegram_bots import SPEED

ROOT = Path(__file__).parent.parent
LEASE = 1.0


class Bots:
    """Processes of the same bot, one after the other or several at once."""

    def __init__(self, orders: Orders) -> None:
        self._orders = json.dumps(asdict(orders))
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        self._running.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bot_child", self._orders), cwd=ROOT
            )
        )

    async def kill(self) -> None:
        """The oldest, with no time for anything."""
        process = self._running.pop(0)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def end(self) -> None:
        while self._running:
            await self.kill()


@pytest.fixture(params=KINDS)
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with make_address(request.param, tmp_path) as address:
        yield address


@asynccontextmanager
async def killed_bots(ledger: str, seconds: float) -> AsyncIterator[tuple[TelegramPeer, Bots]]:
    async with TelegramPeer(clock=Clock(SPEED)) as peer:
        orders = Orders("telegram", peer.url, (peer.token,), ledger, seconds, LEASE)
        bots = Bots(orders)
        try:
            yield peer, bots
        finally:
            await bots.end()


def count(chat: Chat, question: str) -> tuple[int, int]:
    """How often the answer stands there, and how often it was offered."""
    texts = [message.text for message in chat.answers]
    return texts.count(f"Answer to {question}"), texts.count(ENGLISH.delivery_unsure)


def _ignoring(told: Callable[[], tuple[int, int]]) -> Callable[[object], bool]:
    return lambda _: any(told())


async def test_a_question_is_answered_once_whenever_its_process_dies(ledger: str) -> None:
    """Killed at some moment between the first sign and the answer, again and again."""
    dice = random.Random(7)
    async with killed_bots(ledger, 0.4) as (peer, bots):
        askers = [peer.add_user(f"Asker {n}", started=True) for n in range(6)]
        group = peer.add_group("Shop", askers)
        for number, asker in enumerate(askers):
            await asker.say(f"When does parcel {number} leave?")
        await askers[0].say("/ask When does the group's parcel leave?", group)
        for _ in range(3):
            await bots.start()
            with suppress(AssertionError):
                await peer.wait_until_fetched(20)
            await asyncio.sleep(dice.uniform(0.0, 0.8))
            await bots.kill()
        await bots.start()
        for number, asker in enumerate(askers):
            told = partial(count, asker.private_chat, f"When does parcel {number} leave?")
            await asker.private_chat.wait_until(_ignoring(told), 40)
        await group.wait_for_text("Answer to", 40)
        await asyncio.sleep(2 * LEASE)

        for number, asker in enumerate(askers):
            answered, offered = count(asker.private_chat, f"When does parcel {number} leave?")
            assert answered <= 1
            assert answered or offered
        assert count(group, "When does the group's parcel leave?") == (1, 0)
        assert peer.violations == []


async def test_an_answer_on_its_way_when_the_process_died_is_offered(ledger: str) -> None:
    async with killed_bots(ledger, 0.1) as (peer, bots):
        ada = peer.add_user("Ada", started=True)
        peer.fail("sendMessage", LostReply())
        await ada.say("When does it leave?")
        await bots.start()
        await ada.private_chat.wait_for_text("Answer to", 20)
        await bots.kill()
        await bots.start()
        offer = await ada.private_chat.wait_for_text(ENGLISH.delivery_unsure, 20)
        await ada.press(offer, ENGLISH.again_label)
        await ada.private_chat.wait_until(lambda _: "Answer to" in offer.text, 20)
        assert len(ada.private_chat.answers) == 2


async def test_a_group_s_placeholder_becomes_the_answer_of_the_next_process(ledger: str) -> None:
    async with killed_bots(ledger, 3.0) as (peer, bots):
        ada = peer.add_user("Ada", started=True)
        group = peer.add_group("Shop", [ada])
        await ada.say("/ask When does it leave?", group)
        await bots.start()
        placeholder = await group.wait_for_text(ENGLISH.searching, 20)
        await asyncio.sleep(0.5)  # its number has been written down by then
        await bots.kill()
        await bots.start()
        await group.wait_until(lambda _: "Answer to" in placeholder.text, 30)
        assert len(group.answers) == 1
