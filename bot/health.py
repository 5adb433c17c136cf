"""What the HTTP port tells whoever watches over this process; nothing of it is secret."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from bot.errors import IndexMissing, StoreError
from bot.metrics import CONTENT_TYPE, Metrics

PATIENCE = 5.0  # seconds that the index has to answer

Publication = Callable[[], Awaitable[datetime]]


class Platform(Protocol):
    """A platform as it is served: `ready` while messages come in, `given_up` for good."""

    @property
    def name(self) -> str: ...

    @property
    def ready(self) -> bool: ...

    @property
    def given_up(self) -> bool: ...


class Health:
    """`find_publication` tells when the index was published and raises StoreError."""

    def __init__(
        self, platforms: Sequence[Platform], metrics: Metrics, find_publication: Publication
    ) -> None:
        self._platforms = platforms
        self._metrics = metrics
        self._find_publication = find_publication

    @property
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._tell_alive),
            web.get("/readyz", self._tell_ready),
            web.get("/metrics", self._show_metrics),
        ]

    async def _tell_alive(self, _: web.Request) -> web.Response:
        """That this is answered at all says that the loop works."""
        given_up = all(one.given_up for one in self._platforms)
        return _say("every platform is given up" if given_up else "")

    async def _tell_ready(self, _: web.Request) -> web.Response:
        if not any(one.ready for one in self._platforms):
            return _say("no platform is connected")
        try:
            await self._look_at_index()
        except IndexMissing:
            return _say("there is no index yet")
        except StoreError:
            return _say("the index cannot be read")
        return _say("")

    async def _show_metrics(self, _: web.Request) -> web.Response:
        for one in self._platforms:
            self._metrics.note_ready(one.name, ready=one.ready)
        try:
            self._metrics.note_index(await self._look_at_index())
        except StoreError:
            self._metrics.note_index(None)
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    async def _look_at_index(self) -> datetime:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._find_publication()
        except TimeoutError:
            raise StoreError("The index does not answer.") from None


def _say(fault: str) -> web.Response:
    return web.Response(text=f"{fault or 'ok'}\n", status=503 if fault else 200)
