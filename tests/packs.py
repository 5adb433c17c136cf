"""Processes of one bot that are killed at a chosen step and born anew."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from aiohttp import ClientError, ClientSession, web

from tests.nursery import Nursery

PATIENCE = 150.0  # seconds: more than the longest rest of a message that was taken up often


class Pack:
    """So many processes with the same settings but for `PORT`; a context manager ends them."""

    def __init__(
        self, nursery: Nursery, environment: Mapping[str, str], folder: Path, size: int
    ) -> None:
        self._nursery = nursery
        self._environment = environment
        self._folder = folder
        self.size = size
        self._dead: list[int] = []
        self._strikes = 0
        self._struck = asyncio.Event()
        self.ports: dict[int, int] = {}  # of the living

    def strike(self, port: int) -> None:
        """kill -9 for the process that holds this end of a connection, before it can do anything
        more."""
        self._strike(_find_holder(port, list(self.ports)))

    def strike_listener(self, port: int) -> None:
        """The same for the one whose `PORT` that is, if it lives still."""
        self._strike(next((number for number, own in self.ports.items() if own == port), 0))

    def _strike(self, number: int) -> None:
        """0 for one that is dead already: what it has sent before arrives all the same."""
        if number:
            os.kill(number, SIGKILL)
            del self.ports[number]
            self._dead.append(number)
        self._strikes += 1
        self._struck.set()

    async def wait_for_strikes(self, count: int) -> None:
        """So many since the last filling."""
        async with asyncio.timeout(PATIENCE):
            while self._strikes < count:
                self._struck.clear()
                await self._struck.wait()

    async def fill(self) -> None:
        """Puts new processes in the place of those that were struck; returns when all are ready."""
        self._strikes = 0
        while self._dead:
            self._nursery.kill(self._dead.pop())
        while len(self.ports) < self.size:
            port = find_port()
            environment = {**self._environment, "PORT": str(port)}
            self.ports[self._nursery.bear(environment, self._folder / "log")] = port
        async with asyncio.timeout(PATIENCE), ClientSession() as session:
            for port in self.ports.values():
                while not await _is_ready(session, port):  # noqa: ASYNC110 (it tells nobody)
                    await asyncio.sleep(0.02)

    def __enter__(self) -> "Pack":
        return self

    def __exit__(self, *_: object) -> None:
        for number in [*self.ports, *self._dead]:
            self._nursery.kill(number)


class Entrance:
    """What a host has before several processes of one bot: gives each call to one in turn. An async
    context manager; `url` is set inside."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._turn = 0
        self._deaths: list[bool] = []

    async def __aenter__(self) -> "Entrance":
        application = web.Application()
        application.router.add_post("/{path:.*}", self._pass_on)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    def fail(self, *, delivered: bool) -> None:
        """Another one of the next calls is the end of the process that it is for, before or after
        it was taken."""
        self._deaths.append(delivered)

    async def _pass_on(self, request: web.Request) -> web.Response:
        ports = list(self._pack.ports.values())
        if not ports:
            return web.Response(status=502)
        self._turn += 1
        port = ports[self._turn % len(ports)]
        delivered = self._deaths.pop(0) if self._deaths else None
        if delivered is False:
            self._pack.strike_listener(port)
        response = await self._ask(request, port)
        if delivered:
            self._pack.strike_listener(port)
            return web.Response(status=502)
        return response

    async def _ask(self, request: web.Request, port: int) -> web.Response:
        address = f"http://127.0.0.1:{port}{request.path}"
        hop = ("host", "content-length", "transfer-encoding")
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in hop
        }
        with suppress(ClientError):
            body = await request.read()
            async with self._session.post(address, data=body, headers=headers) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.content_type,
                )
        return web.Response(status=502)


def find_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


async def _is_ready(session: ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except ClientError:
        return False


def _find_holder(port: int, numbers: list[int]) -> int:
    """The process with the socket that is bound to a port, 0 if there is none. Several are told
    apart on Linux only."""
    if len(numbers) <= 1:
        return sum(numbers)
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {line[9] for line in lines if int(line[1].rpartition(":")[2], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for number in numbers:
        for descriptor in Path(f"/proc/{number}/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) in wanted:
                    return number
    return 0
