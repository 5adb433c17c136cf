"""Adapters run side by side: one that fails is begun again, one that cannot work is given up."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from bot import serving
from bot.errors import PlatformError, SettingsError
from bot.metrics import Metrics
from bot.nouns import Answer, Chat, Told, Waiting
from bot.serving import LONGEST_PAUSE, STEADY
from tests.served import read_samples, serve_adapters
from tests.virtual_time import run_virtually


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Platform:
    """Runs that last so many seconds and end as `endings` say one after the other, then one that
    lasts until it is cancelled. `farewell` is the seconds that it takes to end."""

    name: str = "test"
    endings: list[Exception | None] = field(default_factory=list)
    lasts: float = 0.0
    routes: Sequence[web.RouteDef] = ()
    answering: Collection[str] = ()
    begun: list[float] = field(default_factory=list)
    ready: bool = False
    farewell: float = 0.0
    started: asyncio.Event = field(default_factory=asyncio.Event)

    def take_up(self, waiting: Waiting) -> None:
        raise NotImplementedError

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        raise NotImplementedError

    async def run(self) -> None:
        self.begun.append(now())
        self.ready = True
        self.started.set()
        try:
            if len(self.begun) > len(self.endings):
                await asyncio.Event().wait()
            await asyncio.sleep(self.lasts)
            if (error := self.endings[len(self.begun) - 1]) is not None:
                raise error
        finally:
            await asyncio.sleep(self.farewell)
            self.ready = False


def serve_for(seconds: float, *platforms: Platform, metrics: Metrics | None = None) -> None:
    """Cancelled then, if not ended before."""

    async def work() -> None:
        serving = asyncio.create_task(serve_adapters(*platforms, metrics=metrics))
        await asyncio.wait([serving], timeout=seconds)
        serving.cancel()
        await asyncio.wait([serving])
        if not serving.cancelled():
            serving.result()

    run_virtually(work())


def near(*times: float) -> object:
    return pytest.approx(list(times), abs=1e-4)


@pytest.mark.parametrize("ending", [PlatformError("Away."), ValueError("bug"), None])
def test_whoever_fails_is_begun_again_alone_after_longer_and_longer(
    ending: Exception | None,
) -> None:
    failing, steady = Platform("failing", [ending] * 9), Platform("steady")
    serve_for(400, failing, steady)
    assert failing.begun == near(0, 1, 3, 7, 15, 31, 63, 123, 183, 243)
    assert LONGEST_PAUSE == 60
    assert steady.begun == near(0)


def test_a_failure_after_a_long_time_is_a_new_one() -> None:
    failing = Platform("failing", [PlatformError("Away.")] * 3, lasts=STEADY + 1)
    serve_for(1000, failing)
    assert failing.begun == near(0, 122, 244, 366)


def test_whoever_cannot_work_is_given_up_and_others_go_on() -> None:
    wrong, right = Platform("wrong", [SettingsError("Wrong token.")]), Platform("right")
    serve_for(1000, wrong, right)
    assert (wrong.begun, right.begun) == (near(0), near(0))


def test_nobody_is_left() -> None:
    first = Platform("first", [PlatformError("Away."), SettingsError("Wrong token.")])
    second = Platform("second", [SettingsError("Wrong secret.")])
    with pytest.raises(SettingsError, match="Wrong token"):
        serve_for(1000, first, second)
    assert (len(first.begun), len(second.begun)) == (2, 1)


def test_all_have_time_to_end_when_it_stops() -> None:
    platforms = [Platform("quick"), Platform("slow", farewell=5), Platform("resting")]
    platforms[2].endings = [PlatformError("Away.")] * 9
    serve_for(20, *platforms)
    assert [one.ready for one in platforms] == [False] * 3
    assert [len(one.begun) for one in platforms] == [1, 1, 5]


def test_the_log_tells_why(caplog: pytest.LogCaptureFixture) -> None:
    serve_for(10, Platform("failing", [ValueError("bug"), PlatformError("Away.")]))
    shown = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("ERROR", "failing has failed") in shown
    assert ("WARNING", "failing: Away.") in shown


def answer(word: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(text=word)

    return handle


def find_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


async def test_all_routes_are_on_one_port_until_it_stops() -> None:
    port = find_port()
    platforms = [
        Platform(name, routes=[web.get(f"/{name}", answer(name))]) for name in ("one", "two")
    ]
    serving = asyncio.create_task(serve_adapters(*platforms, Platform("silent"), port=port))
    await asyncio.gather(*(one.started.wait() for one in platforms))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for name in ("one", "two"):
            async with session.get(f"/{name}") as response:
                assert await response.text() == name
        async with session.get("/three") as response:
            assert response.status == 404
    serving.cancel()
    await asyncio.wait([serving])
    with socket.socket() as one:
        one.bind(("127.0.0.1", port))


async def test_a_port_that_is_taken() -> None:
    platform = Platform("one", routes=[web.get("/one", answer("one"))])
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"The port {port} cannot be used") as refusal:
            await serve_adapters(platform, port=port)
    assert "PORT" in refusal.value.remedy
    assert platform.begun == []


def test_no_port_is_opened_where_nobody_calls() -> None:
    serve_for(5, Platform())  # a virtual loop could open none


async def test_the_port_where_somebody_calls_and_none_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = find_port()
    monkeypatch.setattr(serving, "PORT", port)
    platform = Platform(routes=[web.get("/one", answer("one"))])
    running = asyncio.create_task(serve_adapters(platform))
    await platform.started.wait()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for path in ("/one", "/healthz"):
            async with session.get(path) as response:
                assert response.status == 200
    running.cancel()
    await asyncio.wait([running])


def test_beginnings_after_the_first_are_counted() -> None:
    metrics = Metrics()
    failing = Platform("failing", [PlatformError("Away.")] * 3)
    serve_for(20, failing, Platform("steady"), metrics=metrics)
    assert len(failing.begun) == 4
    assert read_samples(metrics, "adapter_restarts_total") == {("failing",): 3}
