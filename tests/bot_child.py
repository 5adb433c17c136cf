"""A bot in a process of its own, to be killed: `python -m tests.bot_child JSON`. The settings are
the peer's address and token, the ledger's address, and how long the scripted model takes."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any

from adapters.telegram.adapter import Telegram
from adapters.telegram.pacing import Tempo
from bot.commands import COMMANDS
from bot.ledger.opening import open_ledger
from bot.recovery import take_up_messages
from bot.serving import Adapter
from tests.benchmarks.crowd import ScriptedEngine
from tests.desks import make_desk
from tests.telegram_bots import speed_up


@dataclass(frozen=True, slots=True)
class Orders:
    platform: str
    url: str
    tokens: tuple[str, ...]
    ledger: str
    seconds: float
    lease: float


def build(orders: Orders, desk: Any) -> Adapter:  # noqa: ANN401 (a desk)
    return Telegram(
        desk,
        tuple(COMMANDS.values()),
        token=orders.tokens[0],
        api_url=orders.url,
        tempo=speed_up(Tempo(patience=2.0)),
    )


async def main(orders: Orders) -> None:
    async with open_ledger(orders.ledger, orders.lease) as ledger:
        desk = make_desk(ScriptedEngine(orders.seconds), inbox=ledger.inbox, archive=ledger.archive)
        adapter = build(orders, desk)
        await asyncio.gather(adapter.run(), take_up_messages(desk, [adapter], orders.lease / 4))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    asyncio.run(main(Orders(**{**given, "tokens": tuple(given["tokens"])})))
