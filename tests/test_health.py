"""What the HTTP port tells: whether the process lives, whether it can answer, and its figures."""

import asyncio
import math
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from bot import health
from bot.errors import IndexMissing, StoreError
from bot.health import Health, Publication
from bot.metrics import Metrics
from bot.store.published import PublishedIndex
from tests.libraries import Library
from tests.served import read_samples


@dataclass
class Platform:
    name: str = "telegram"
    ready: bool = True
    given_up: bool = False


@dataclass
class Page:
    status: int
    text: str
    kind: str


@asynccontextmanager
async def port(*platforms: Platform, publication: Publication) -> AsyncIterator[ClientSession]:
    application = web.Application()
    application.add_routes(Health(platforms, Metrics(), publication).routes)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, number = runner.addresses[0][:2]
        async with ClientSession(f"http://{host}:{number}") as session:
            yield session
    finally:
        await runner.cleanup()


async def get(session: ClientSession, path: str) -> Page:
    async with session.get(path) as response:
        return Page(response.status, await response.text(), response.headers["Content-Type"])


async def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def no_index() -> datetime:
    raise IndexMissing("There is no index in /home/ada/secret yet.")


async def damaged() -> datetime:
    raise StoreError("The file /home/ada/secret/x.lance is damaged.")


async def stalled() -> datetime:
    await asyncio.Event().wait()
    raise AssertionError


async def test_all_is_well() -> None:
    async with port(Platform(), publication=an_hour_ago) as session:
        for path in ("/healthz", "/readyz"):
            page = await get(session, path)
            assert (page.status, page.text) == (200, "ok\n")


@pytest.mark.parametrize(
    ("publication", "reason"),
    [
        (no_index, "there is no index yet"),
        (damaged, "the index cannot be read"),
        (stalled, "the index cannot be read"),
    ],
)
async def test_the_process_lives_but_has_no_index(
    publication: Publication, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    async with port(Platform(), publication=publication) as session:
        page = await get(session, "/readyz")
        assert (page.status, page.text) == (503, f"{reason}\n")
        assert (await get(session, "/healthz")).status == 200
        metrics = await get(session, "/metrics")
        assert read_samples(metrics.text, "index_age_seconds") == {(): math.inf}
        assert "secret" not in metrics.text


async def test_one_connected_platform_is_enough() -> None:
    away, there = Platform("telegram", ready=False, given_up=True), Platform("slack")
    async with port(away, there, publication=an_hour_ago) as session:
        assert (await get(session, "/healthz")).status == 200
        assert (await get(session, "/readyz")).status == 200
        there.ready = False
        page = await get(session, "/readyz")
        assert (page.status, page.text) == (503, "no platform is connected\n")
        assert (await get(session, "/healthz")).status == 200
        there.given_up = True
        page = await get(session, "/healthz")
        assert (page.status, page.text) == (503, "every platform is given up\n")


async def test_the_figures() -> None:
    platforms = Platform("telegram"), Platform("slack", ready=False)
    async with port(*platforms, publication=an_hour_ago) as session:
        page = await get(session, "/metrics")
    assert page.status == 200
    assert page.kind.startswith("text/plain")
    assert read_samples(page.text, "adapter_ready") == {("telegram",): 1, ("slack",): 0}
    (age,) = read_samples(page.text, "index_age_seconds").values()
    assert age == pytest.approx(3600, abs=60)


async def test_an_index_that_comes_goes_and_comes_back(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("a.md", "# A\n\nParcels leave at noon.\n")
    index = PublishedIndex(library.uri)

    async def find() -> datetime:
        return (await index.snapshot()).manifest.published_at

    async with port(Platform(), publication=find) as session:

        async def look() -> int:
            return (await get(session, "/readyz")).status

        assert await look() == 503
        await library.index()
        assert await look() == 200
        shutil.rmtree(library.index_folder)
        assert await look() == 503
        await library.index()
        assert await look() == 200
    index.close()
