"""Runs the adapters, each on its own: one that fails is begun again and the others go on."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Collection, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

from aiohttp import web

from bot.errors import OpenbookError, SettingsError
from bot.health import Health, Publication
from bot.metrics import Metrics
from bot.nouns import Answer, Chat, Told, Waiting

PORT = 8080  # where a platform calls and no port is named
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before an adapter is begun again
STEADY = 120.0  # seconds after which a failure is taken for a new one

logger = logging.getLogger(__name__)


class Adapter(Protocol):
    """A platform. `routes` are what its servers call on the HTTP port of this process; it is
    `ready` while messages come in."""

    @property
    def name(self) -> str: ...

    @property
    def ready(self) -> bool:
        """Whether it can answer now."""
        ...

    @property
    def routes(self) -> Sequence[web.RouteDef]: ...

    @property
    def answering(self) -> Collection[str]:
        """The events whose messages it is answering."""
        ...

    def take_up(self, waiting: Waiting) -> None:
        """Begins to answer a message of its platform that was left unanswered."""
        ...

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        """As `Teller` says."""
        ...

    async def run(self) -> None:
        """Until it is cancelled. Raises SettingsError where trying again cannot help."""
        ...


class Tasks:
    """The messages that an adapter is answering."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._arriving: list[str] = []

    @property
    def events(self) -> Collection[str]:
        """Those that are answered, and no longer than they are."""
        return [*self._arriving, *filter(None, self._tasks.values())]

    @contextmanager
    def expect(self, event_id: str) -> Iterator[None]:
        """Meanwhile its message is written down, and its answer begun if there is to be one."""
        self._arriving.append(event_id)
        try:
            yield
        finally:
            self._arriving.remove(event_id)

    def begin(self, work: Coroutine[Any, Any, None], event_id: str = "") -> None:
        task = asyncio.create_task(work)
        self._tasks[task] = event_id
        task.add_done_callback(self._tasks.pop)

    async def finish(self, grace: float, last_words: float) -> None:
        """Waits `grace` seconds for them to end, then cancels those that have not and waits
        `last_words` seconds for them to tell their askers."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=last_words)


async def serve(
    adapters: Sequence[Adapter],
    port: int | None,
    metrics: Metrics,
    find_publication: Publication,
) -> None:
    """Until it is cancelled, or every adapter has given up: raises why the first one has. Without
    a `port` one is opened only where a platform calls."""
    keepers = [Keeper(adapter, metrics) for adapter in adapters]
    routes = [route for adapter in adapters for route in adapter.routes]
    if routes and port is None:
        port = PORT
    health = Health(keepers, metrics, find_publication)
    async with _listen([*routes, *health.routes], port):
        running = [asyncio.create_task(keeper.run()) for keeper in keepers]
        try:
            await asyncio.wait(running)
        finally:
            for task in running:  # once: a second time would cut their farewells short
                task.cancel()
            await asyncio.wait(running)
    for task in running:
        if (error := task.result()) is not None:
            raise error


class Keeper:
    """Keeps an adapter running."""

    def __init__(self, adapter: Adapter, metrics: Metrics) -> None:
        self._adapter = adapter
        self._metrics = metrics
        self.name = adapter.name
        self.given_up = False

    @property
    def ready(self) -> bool:
        return self._adapter.ready

    async def run(self) -> SettingsError | None:
        """Why it is given up, once it is."""
        pause = SHORTEST_PAUSE
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await self._adapter.run()
            except SettingsError as error:
                logger.error("%s is given up: %s", self.name, error)  # noqa: TRY400
                self.given_up = True
                return error
            except OpenbookError as error:
                logger.warning("%s: %s", self.name, error)
            except Exception:
                logger.exception("%s has failed", self.name)
            if loop.time() - begun > STEADY:
                pause = SHORTEST_PAUSE
            logger.info("%s begins again in %.0f s", self.name, pause)
            await asyncio.sleep(pause)
            self._metrics.note_restart(self.name)
            pause = min(2 * pause, LONGEST_PAUSE)


@asynccontextmanager
async def _listen(routes: Sequence[web.RouteDef], port: int | None) -> AsyncGenerator[None, None]:
    if port is None:
        yield
        return
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await _open(runner, port)
        logger.info("Listening on port %d", port)
        yield
    finally:
        await runner.cleanup()


async def _open(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, port=port).start()
    except OSError as error:
        raise SettingsError(
            f"The port {port} cannot be used: {os.strerror(error.errno or 0)}.",
            "Set PORT to another.",
        ) from None
