"""The index is kept up to date by itself, in a time that jumps ahead."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.errors import IndexMissing, ModelAway, OpenbookError, StoreError
from bot.metrics import Metrics
from bot.reindexing import Reindexing
from bot.reports import IndexReport, IndexStatus, Progress
from bot.upkeep import LONGEST_PAUSE, SHORTEST_PAUSE, UNWATCHED, Upkeep
from tests.desks import Librarian
from tests.virtual_time import run_virtually

HOUR, DAY = 3600.0, 86400.0
EVENING = datetime.fromisoformat("2026-03-05 22:00")  # when the time of the loop is 0
THREE = 5 * HOUR  # the next morning


def now() -> float:
    return asyncio.get_running_loop().time()


class TimedLibrarian(Librarian):
    """Notes when its runs begin; each lasts `seconds`. It has an index, or says why not."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.seconds = 0.0
        self.at_once = 0
        self.most_at_once = 0
        self.why_no_index: OpenbookError | None = None

    async def index(
        self,
        *,
        agree: Callable[[int, int], Awaitable[bool]] | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> IndexReport:
        self.times.append(now())
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            report = await super().index(agree=agree, progress=progress)
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        return report

    async def status(self) -> IndexStatus:
        if self.why_no_index:
            raise self.why_no_index
        return await super().status()


@dataclass
class Folder:
    """Changes at these times, as a watch tells of them: later where nobody waited. The watch ends
    by `faults` first, one after the other."""

    times: list[float]
    faults: list[Exception] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)

    async def follow(self) -> AsyncGenerator[None, None]:
        self.watched.append(now())
        if self.faults:
            raise self.faults.pop(0)
        for time in self.times:
            await asyncio.sleep(max(0.0, time - now()))
            yield
        await asyncio.Event().wait()


class House:
    def __init__(self) -> None:
        self.librarian = TimedLibrarian()
        self.clock_is_ahead = timedelta()

    def read_clock(self) -> datetime:
        return EVENING + timedelta(seconds=now()) + self.clock_is_ahead

    def keep_up(
        self,
        seconds: float,
        *,
        schedule: str = "",
        folder: Folder | None = None,
        meanwhile: Callable[[Reindexing], Awaitable[None]] | None = None,
    ) -> list[float]:
        """The times at which runs began until then."""

        async def work() -> None:
            reindexing = Reindexing(self.librarian, Metrics())
            upkeep = Upkeep(
                reindexing,
                self.librarian,
                schedule=schedule,
                changes=folder.follow if folder else None,
                clock=self.read_clock,
            )
            keeping = asyncio.create_task(upkeep.run())
            if meanwhile:
                await meanwhile(reindexing)
            await asyncio.wait([keeping], timeout=seconds - now())
            assert not keeping.done()
            keeping.cancel()
            await asyncio.wait([keeping])
            await reindexing.close()

        run_virtually(work())
        return self.librarian.times


@pytest.fixture
def house() -> House:
    return House()


def near(*times: float) -> object:
    return pytest.approx(list(times), abs=0.1)


def test_nothing_is_done_unasked(house: House) -> None:
    assert house.keep_up(30 * DAY) == []


def test_it_runs_at_the_set_times(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    times = house.keep_up(3 * DAY, schedule="0 3 * * *")
    assert times == near(THREE, THREE + DAY, THREE + 2 * DAY)
    assert "The next scheduled index run is at 2026-03-06 03:00:00" in caplog.messages
    assert len([line for line in caplog.messages if "Nothing has changed" in line]) == 3


def test_a_clock_that_is_set_counts_within_a_minute(house: House) -> None:
    async def set_clock(_: Reindexing) -> None:
        await asyncio.sleep(HOUR)
        house.clock_is_ahead = timedelta(hours=1)

    times = house.keep_up(DAY, schedule="0 3 * * *", meanwhile=set_clock)
    assert times == near(THREE - HOUR)


@pytest.mark.parametrize("schedule", ["", "0 3 * * *"])
def test_the_first_index_is_made_at_once_and_tried_again(house: House, schedule: str) -> None:
    house.librarian.why_no_index = IndexMissing("There is no index.")
    house.librarian.error = ModelAway("It is away.")
    assert house.keep_up(40, schedule=schedule) == near(0, SHORTEST_PAUSE)


def test_an_index_that_cannot_be_used_is_told(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.librarian.why_no_index = StoreError("It is broken.", "Mend it.")
    assert house.keep_up(60) == []
    assert caplog.messages == ["The index cannot be used: It is broken. Mend it."]


def test_changes_are_followed_from_the_start(house: House) -> None:
    folder = Folder([100.0, 200.0])
    assert house.keep_up(DAY, folder=folder) == near(0, 100, 200)


def test_changes_during_a_run_are_one_run_more(house: House) -> None:
    house.librarian.seconds = 60
    folder = Folder([100.0, 110.0, 120.0, 159.0])
    assert house.keep_up(DAY, folder=folder) == near(0, 100, 160)
    assert house.librarian.most_at_once == 1


@pytest.mark.parametrize("fault", [ModelAway("It is away."), ValueError("bug")])
def test_failures_are_tried_again_after_longer_and_longer(
    house: House, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    house.librarian.error = fault

    async def mend(_: Reindexing) -> None:
        await asyncio.sleep(THREE + 10 * HOUR)
        house.librarian.error = None

    times = house.keep_up(16 * HOUR, schedule="0 3 * * *", meanwhile=mend)
    waits = [later - earlier for earlier, later in pairwise(times)]
    doubled = [SHORTEST_PAUSE * 2**number for number in range(6)]
    assert waits[:6] == near(*doubled)
    assert waits[6:] == near(*[LONGEST_PAUSE] * len(waits[6:]))
    assert house.librarian.runs == 1, "one that succeeds ends it"
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == len(times) - 1
    assert all("could not be indexed" in error.getMessage() for error in errors)


def test_changes_do_not_hurry_a_run_that_fails(house: House) -> None:
    house.librarian.error = ModelAway("It is away.")
    folder = Folder([float(second) for second in range(1, 500)])
    assert house.keep_up(500, folder=folder) == near(0, 30, 90, 210, 450)


def test_much_is_never_deleted_by_itself(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.librarian.deletes = (80, 100)
    times = house.keep_up(2 * DAY, schedule="0 3 * * *")
    assert times == near(THREE, THREE + DAY), "it is not tried again before its time"
    assert house.librarian.runs == 0
    refusals = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(refusals) == 2
    for word in ("80 of 100", "/reindex", "openbook index --yes", "mount"):
        assert word in refusals[0].getMessage()


def test_a_folder_that_cannot_be_watched_is_looked_through(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder([700.0], [OSError("Too many watches."), RuntimeError("Strange.")])
    times = house.keep_up(DAY, folder=folder)
    assert times == near(0, UNWATCHED, 2 * UNWATCHED, 700)
    told = next(line for line in caplog.messages if "cannot be watched" in line)
    assert told.endswith("every 5 minutes: Too many watches.")


def test_an_admin_sees_how_far_it_is_and_no_second_run_begins(house: House) -> None:
    house.librarian.seconds = 60
    seen: list[tuple[float, Progress | IndexReport]] = []

    async def look(reindexing: Reindexing) -> None:
        await asyncio.sleep(THREE + 10)
        seen.extend([(now(), step) async for step in reindexing.follow()])

    assert house.keep_up(DAY, schedule="0 3 * * *", meanwhile=look) == near(THREE)
    assert [type(step) for _, step in seen] == [Progress, IndexReport]
    assert [time for time, _ in seen] == near(THREE + 10, THREE + 60)


def test_it_waits_for_a_run_that_an_admin_asked_for(house: House) -> None:
    house.librarian.seconds = 60

    async def ask(reindexing: Reindexing) -> None:
        await asyncio.sleep(THREE - 10)
        async for _ in reindexing.follow():
            pass

    times = house.keep_up(DAY, schedule="0 3 * * *", meanwhile=ask)
    assert times == near(THREE - 10, THREE + 50)
    assert house.librarian.most_at_once == 1
