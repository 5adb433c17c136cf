"""An answer that may have got lost with its process is offered by the next one."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.texts import ENGLISH
from tests.bot_child import Orders
from tests.ledgers import KINDS, make_address
from tests.peers.telegram import Clock, LostReply, TelegramPeer
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
