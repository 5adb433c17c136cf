"""A Slack bot under test: the adapter at a desk, against the peer, on a clock that runs fast."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import ClientError, web

from adapters.slack.adapter import Slack
from adapters.slack.manifest import make_manifest
from adapters.slack.pacing import Tempo
from bot.desk import Desk
from tests.desks import House
from tests.peers.slack import Channel, Message, Person, Rates, SlackPeer
from tests.peers.slack.workspace import TEAM

SPEED = 10.0


def speed_up(tempo: Tempo, speed: float = SPEED) -> Tempo:
    """The same tempo on a clock that runs faster; patience stays real."""
    return replace(
        tempo,
        second=tempo.second / speed,
        minute=tempo.minute / speed,
        begin=tempo.begin / speed,
        append=tempo.append / speed,
        update=tempo.update / speed,
        rotate=tempo.rotate / speed,
    )


@dataclass
class Bot:
    """What a test holds: the peer, people, a channel, and the desk behind the bot."""

    peer: SlackPeer
    house: House
    ada: Person
    bob: Person
    general: Channel
    http: bool = False
    running: list["asyncio.Task[None]"] = field(default_factory=list)
    runners: list[web.AppRunner] = field(default_factory=list)

    def make(self, desk: Desk | None = None, tempo: Tempo | None = None) -> Slack:
        return Slack(
            desk or self.house.desk,
            bot_token=self.peer.bot_token,
            app_token="" if self.http else self.peer.app_token,
            signing_secret=self.peer.signing_secret if self.http else "",
            api_url=self.peer.url,
            tempo=tempo or speed_up(Tempo(grace=1.0, last_words=0.5)),
        )

    async def start(self, desk: Desk | None = None, tempo: Tempo | None = None) -> None:
        """Returns when Slack can reach the bot."""
        adapter = self.make(desk, tempo)
        self.running.append(asyncio.create_task(adapter.run()))
        if self.http:
            await self.wait_until_called(await self._open_port(adapter))
        else:
            await self.peer.connected()

    async def wait_until_called(self, address: str) -> None:
        """Has Slack call the bot there."""
        self.peer.request_url = address
        async with asyncio.timeout(10):
            while not await self._is_called():  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.02)

    async def _is_called(self) -> bool:
        with suppress(ClientError):
            return await self.peer.verify_url()
        return False

    async def _open_port(self, adapter: Slack) -> str:
        application = web.Application()
        application.add_routes(adapter.routes)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.runners.append(runner)
        path = next(iter(application.router.resources())).canonical
        return f"http://127.0.0.1:{runner.addresses[0][1]}{path}"

    async def stop(self) -> None:
        for task in self.running:
            task.cancel()
        if self.running:
            await asyncio.wait(self.running)
        for runner in self.runners:
            await runner.cleanup()

    async def settle(self) -> None:
        """Waits until all that was brought to the bot is acknowledged."""
        courier = self.peer.courier
        await self.peer.wait_until(lambda: all(one.done for one in courier.deliveries))

    async def ask(self, text: str, person: Person | None = None) -> Message:
        """A question in direct messages and its answer."""
        person = person or self.ada
        await person.say(text)
        return await (await person.dm.next_message()).settled()


@asynccontextmanager
async def run_bot(
    folder: Path = Path(),
    *,
    started: bool = True,
    http: bool = False,
    rates: Rates | None = None,
    speed: float = SPEED,
    per_minute: int = 0,
) -> AsyncIterator[Bot]:
    """A bot whose admin is Ada, limited to what its manifest asks for."""
    house = House(folder, per_minute=per_minute)
    async with SlackPeer(speed=speed, rates=rates or Rates()) as peer:
        peer.install(make_manifest("https://bot.example" if http else ""))
        # Its three seconds stay real ones: they are for the network, which does not run faster.
        peer.courier.ack_seconds *= speed
        ada = peer.add_user("Ada")
        bob = peer.add_user("Bob", locale="zh-CN")
        general = peer.add_channel("general", ada, bob)
        house.admins = {f"slack:{TEAM}/{ada.id}"}
        bot = Bot(peer, house, ada, bob, general, http)
        try:
            if started:
                await bot.start()
            yield bot
        finally:
            await bot.stop()
            await house.desk.close()
