"""A Telegram bot under test: the adapter at a desk, against the peer, on a clock that runs fast."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.telegram.adapter import Telegram
from adapters.telegram.pacing import Tempo
from bot.commands import COMMANDS
from bot.desk import Desk
from tests.desks import House
from tests.peers.telegram import Clock, Person, Rates, TelegramPeer

SPEED = 20.0


def speed_up(tempo: Tempo, speed: float = SPEED) -> Tempo:
    """The same tempo on a clock that runs faster; patience stays real."""
    return replace(
        tempo,
        second=tempo.second / speed,
        draft=tempo.draft / speed,
        edit=tempo.edit / speed,
        alive=tempo.alive / speed,
    )


@dataclass
class Bot:
    """What a test holds: the peer, people, and the desk behind the bot."""

    peer: TelegramPeer
    house: House
    ada: Person
    bob: Person
    running: list["asyncio.Task[None]"] = field(default_factory=list)

    def start(self, desk: Desk | None = None) -> None:
        self.running.append(asyncio.create_task(self.make(desk).run()))

    def make(
        self,
        desk: Desk | None = None,
        *,
        public_url: str = "",
        admins: Collection[str] = (),
        tempo: Tempo | None = None,
    ) -> Telegram:
        return Telegram(
            desk or self.house.desk,
            tuple(COMMANDS.values()),
            token=self.peer.token,
            api_url=self.peer.url,
            public_url=public_url,
            admins=admins or self.house.admins,
            tempo=tempo or speed_up(Tempo(patience=1.5, grace=1.0, last_words=0.5)),
        )

    async def stop(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.wait(self.running)


@asynccontextmanager
async def run_bot(
    folder: Path = Path(),
    *,
    started: bool = True,
    rates: Rates | None = None,
    speed: float = SPEED,
    per_minute: int = 0,
) -> AsyncIterator[Bot]:
    """A bot whose admin is Ada. At the end nothing may have been done that Telegram refuses."""
    house = House(folder, per_minute=per_minute)
    async with TelegramPeer(clock=Clock(speed), rates=rates or Rates()) as peer:
        ada = peer.add_user("Ada", language="en", started=True)
        bob = peer.add_user("Bob", language="zh-hans", started=True)
        house.admins = {f"telegram:{ada.id}"}
        bot = Bot(peer, house, ada, bob)
        if started:
            bot.start()
        try:
            yield bot
        finally:
            if bot.running:
                await bot.stop()
            await house.desk.close()
