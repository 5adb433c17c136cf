"""Turns to write are given at a pace that Telegram bears, in a time that jumps ahead."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram import pacing
from adapters.telegram.pacing import Pace, Tempo
from adapters.telegram.reading import Place
from tests.peers.telegram import Clock, Rates
from tests.peers.telegram.floods import Floods
from tests.virtual_time import run_virtually

ADA = Place(1, private=True)
LI = Place(2, private=True)
SHOP = Place(-1, private=False)
TOPIC = Place(-1, private=False, topic=12)
SLOWEST = 0.15  # seconds that one message takes longer to Telegram than another


near = partial(pytest.approx, abs=1e-4)


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Log:
    """Turns in the order in which they were given."""

    pace: Pace
    given: list[tuple[float, int, str]] = field(default_factory=list)

    async def take(self, place: Place, name: str = "") -> None:
        await self.pace.take_turn(place)
        self.given.append((now(), place.chat, name))

    def times(self, place: Place) -> list[float]:
        return [time for time, chat, _ in self.given if chat == place.chat]


def ask(places: Sequence[Place], tempo: Tempo | None = None) -> Log:
    """The turns that are given if all are asked for at once."""

    async def ask_all() -> Log:
        log = Log(Pace(tempo or Tempo()))
        await asyncio.gather(*(log.take(place, str(at)) for at, place in enumerate(places)))
        return log

    return run_virtually(ask_all())


def test_a_chat_takes_a_few_at_once_and_then_one_a_second() -> None:
    log = ask([ADA] * 9)
    assert log.times(ADA) == near([0] * 4 + [4.4] * 4 + [8.8])
    assert [name for *_, name in log.given] == list("012345678")


def test_a_group_takes_fewer_a_minute() -> None:
    log = ask([SHOP, TOPIC] * 10)
    assert sum(time < 60 for time in log.times(SHOP)) == 18
    assert log.times(SHOP)[18] == near(61)
    private = ask([ADA] * 20)
    assert private.times(ADA)[-1] == near(17.6)


def test_many_chats_take_few_a_second_between_them() -> None:
    log = ask([Place(chat, private=True) for chat in range(1, 101)])
    times = [time for time, *_ in log.given]
    assert [sum(second <= time < second + 1 for time in times) for second in range(4)] == [20] * 4
    assert times[:6] == near([0] * 4 + [0.2] * 2)
    assert [name for *_, name in log.given] == [str(at) for at in range(100)]


def test_a_chat_that_wants_much_lets_others_go_first() -> None:
    log = ask([*[ADA] * 12, LI, SHOP])
    assert log.times(LI) == near([0.2])
    assert log.times(SHOP) == near([0.2])
    assert log.times(ADA)[-1] == near(8.8)


def test_a_paused_chat_waits_alone_and_keeps_its_order() -> None:
    async def answer() -> Log:
        log = Log(Pace(Tempo()))
        log.pace.pause(ADA, 30)
        log.pace.pause(ADA, 2)  # the longer one holds
        await asyncio.gather(*(log.take(place, name) for place, name in [(ADA, "a"), (LI, "b")]))
        await asyncio.gather(log.take(ADA, "c"), log.take(ADA, "d"))
        return log

    log = run_virtually(answer())
    assert [name for *_, name in log.given] == ["b", "a", "c", "d"]
    assert log.times(LI) == near([0])
    assert log.times(ADA) == near([30] * 3)


def test_a_pause_reaches_those_who_wait_already() -> None:
    async def answer() -> Log:
        log = Log(Pace(Tempo()))
        places = [Place(chat, private=True) for chat in range(1, 11)]
        waiting = [asyncio.create_task(log.take(place)) for place in places]
        await asyncio.sleep(0.1)
        log.pace.pause(places[-1], 10)  # it is ready, and waits for the others
        await asyncio.gather(*waiting)
        return log

    log = run_virtually(answer())
    assert log.times(Place(10, private=True)) == near([10.1])
    assert len(log.given) == 10


def test_who_gives_up_waiting_takes_no_turn() -> None:
    async def answer() -> Log:
        log = Log(Pace(Tempo()))
        waiting = [asyncio.create_task(log.take(ADA, str(at))) for at in range(6)]
        await asyncio.sleep(1)
        waiting[4].cancel()
        await asyncio.wait(waiting)
        return log

    log = run_virtually(answer())
    assert [name for *_, name in log.given] == ["0", "1", "2", "3", "5"]


def test_spare_turns_leave_room_for_answers() -> None:
    async def preview() -> tuple[int, Log]:
        log, spare = Log(Pace(Tempo())), 0
        while now() < 55:
            spare += log.pace.take_spare_turn(SHOP)
            await asyncio.sleep(0.5)
        await asyncio.gather(*(log.take(SHOP) for _ in range(6)))
        return spare, log

    spare, log = run_virtually(preview())
    assert spare == 12
    assert log.times(SHOP) == near([55] * 4 + [59.4] * 2)


def test_spare_turns_are_refused_while_somebody_waits_or_must() -> None:
    async def preview() -> list[bool]:
        pace = Pace(Tempo())
        pace.pause(LI, 1)
        found = [pace.take_spare_turn(LI), pace.take_spare_turn(ADA)]
        waiting = asyncio.create_task(pace.take_turn(LI))
        await asyncio.sleep(0.5)
        found.append(pace.take_spare_turn(LI))
        await waiting
        found.append(pace.take_spare_turn(LI))
        return found

    assert run_virtually(preview()) == [False, True, False, True]


def test_spare_turns_of_many_chats_leave_room_in_all() -> None:
    async def preview() -> int:
        pace, spare = Pace(Tempo()), 0
        while now() < 0.99:
            for chat in range(1, 100):
                spare += pace.take_spare_turn(Place(chat, private=True))
            await asyncio.sleep(0.05)
        return spare

    assert run_virtually(preview()) == 14


def test_idle_chats_are_forgotten_and_busy_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "CHATS", 3)

    async def answer() -> set[int]:
        pace = Pace(Tempo())
        await pace.take_turn(ADA)
        await pace.take_turn(SHOP)
        pace.pause(LI, 100)
        await asyncio.sleep(10)
        await pace.take_turn(Place(3, private=True))
        return set(pace._chats)

    assert run_virtually(answer()) == {SHOP.chat, LI.chat, 3}


@dataclass(frozen=True, slots=True)
class Step:
    """After `gap` seconds: turns for answers, spare turns, and perhaps a pause, in `chats`. With
    many of them, few turns in each."""

    gap: float
    chats: tuple[int, ...]
    turns: int
    spare: int
    pause: float


GAPS = st.one_of(st.just(0.0), st.floats(0, 3), st.sampled_from((4.0, 59.9, 61.0)))
STEPS = st.builds(
    Step,
    gap=GAPS,
    chats=st.one_of(
        st.lists(st.integers(-2, 3).filter(bool), min_size=1, max_size=4, unique=True).map(tuple),
        st.integers(20, 60).map(lambda most: tuple(range(1, most))),
    ),
    turns=st.one_of(st.integers(0, 3), st.just(25)),
    spare=st.integers(0, 3),
    pause=st.sampled_from((0.0, 0.0, 0.0, 1.5, 20.0)),
)


@dataclass(slots=True)
class Trip:
    """What reaches Telegram: when, in which chat, as the how-manieth of an answer there."""

    delays: Sequence[float]
    arrived: list[tuple[float, int]] = field(default_factory=list)
    order: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0

    async def play(self, steps: Sequence[Step]) -> None:
        pace, tasks = Pace(Tempo()), []
        for step in steps:
            await asyncio.sleep(step.gap)
            for place in (Place(chat, private=chat > 0) for chat in step.chats):
                if step.pause:
                    pace.pause(place, step.pause)
                for _ in range(step.spare):
                    if pace.take_spare_turn(place):
                        self._send(place)
                for _ in range(min(step.turns, 60 // len(step.chats))):
                    tasks.append(asyncio.create_task(self._answer(pace, place, self.asked)))
                    self.asked += 1
        await asyncio.gather(*tasks)

    async def _answer(self, pace: Pace, place: Place, number: int) -> None:
        await pace.take_turn(place)
        self.order.append((place.chat, number))
        self._send(place)

    def _send(self, place: Place) -> None:
        delay = self.delays[int(now()) % len(self.delays)]  # the line is slow for some seconds
        self.arrived.append((now() + delay, place.chat))


class Watch(Clock):
    """A clock that shows what it is set to."""

    shown = 0.0

    @property
    def now(self) -> float:
        return self.shown


@given(
    steps=st.lists(STEPS, min_size=1, max_size=6),
    delays=st.lists(st.sampled_from((0.0, SLOWEST / 2, SLOWEST)), min_size=1, max_size=7),
)
@settings(max_examples=80, deadline=None)
def test_no_limit_of_telegrams_is_ever_broken(steps: list[Step], delays: list[float]) -> None:
    trip = Trip(delays)
    run_virtually(trip.play(steps))

    watch = Watch()
    check = partial(Floods(Rates(), watch).check, "sendMessage")
    for watch.shown, chat in sorted(trip.arrived):
        check(chat, group=chat < 0)  # raises Refusal
    assert len(trip.order) == trip.asked
    for chat in {chat for chat, _ in trip.order}:
        numbers = [number for other, number in trip.order if other == chat]
        assert numbers == sorted(numbers)
