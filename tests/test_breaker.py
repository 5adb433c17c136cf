"""The breaker, with a clock that moves by hand."""

import asyncio
from dataclasses import dataclass

import pytest

from bot.errors import ModelAway, ModelBroken, ModelError
from bot.models.breaker import Breaker


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Line:
    """A model server behind a breaker; `calls` counts those that got through."""

    clock: Clock
    breaker: Breaker
    calls: int = 0

    def call(self, error: BaseException | None = None) -> None:
        with self.breaker.guard():
            self.calls += 1
            if error:
                raise error

    def fail(self, times: int, error: ModelError | None = None) -> None:
        for _ in range(times):
            with pytest.raises(ModelError):
                self.call(error or ModelAway("down"))


@pytest.fixture
def line() -> Line:
    clock = Clock()
    return Line(clock, Breaker(failures=5, seconds=30, clock=clock))


def test_five_failures_in_time_open_it(line: Line) -> None:
    line.fail(5)
    with pytest.raises(ModelAway, match="tried again in 30 seconds"):
        line.call()
    assert line.calls == 5


def test_failures_far_apart_do_not(line: Line) -> None:
    for _ in range(20):
        line.fail(1)
        line.clock.now += 7.6
    assert line.calls == 20


def test_a_success_between_starts_the_count_anew(line: Line) -> None:
    for _ in range(5):
        line.fail(4)
        line.call()
    assert line.calls == 25


@pytest.mark.parametrize("error", [ModelBroken("cut"), ValueError("bug")])
def test_other_errors_do_not_count(line: Line, error: Exception) -> None:
    for _ in range(20):
        with pytest.raises(type(error)):
            line.call(error)
    assert line.calls == 20


def test_one_probe_closes_it(line: Line) -> None:
    line.fail(5)
    line.clock.now += 30
    line.call()
    line.fail(4)
    line.call()
    assert line.calls == 11


def test_a_failed_probe_opens_it_again(line: Line) -> None:
    line.fail(5)
    line.clock.now += 30
    line.fail(1)
    line.clock.now += 29
    with pytest.raises(ModelAway, match="tried again in 1 seconds"):
        line.call()
    assert line.calls == 6


def test_only_one_probe_at_a_time(line: Line) -> None:
    line.fail(5)
    line.clock.now += 30
    with line.breaker.guard(), pytest.raises(ModelAway):
        line.call()
    line.call()
    assert line.calls == 6


def test_a_cancelled_probe_makes_room_for_another(line: Line) -> None:
    line.fail(5)
    line.clock.now += 30
    with pytest.raises(asyncio.CancelledError):
        line.call(asyncio.CancelledError())
    line.fail(1)
    with pytest.raises(ModelAway, match="several times"):
        line.call()
    assert line.calls == 7
