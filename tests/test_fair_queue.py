"""The queue: who comes next, what is told of it, and that no slot is lost or given twice."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fair_queue import PAUSE, TELLINGS, FairQueue, Place
from bot.nouns import Denial, Done, Outcome, Working
from bot.texts import CHINESE, ENGLISH, Words
from tests.desks import House, make_message
from tests.virtual_time import run_virtually

ASKERS = "abcd"
# Somebody asks; a question ends; a question that waits is given up (which one by its number).
STEPS = st.lists(st.sampled_from(ASKERS) | st.just("end") | st.integers(1, 8), max_size=60)


def join(queue: FairQueue, asker: str) -> Place:
    place = queue.join(asker)
    assert place is not None
    return place


async def take_steps(steps: Sequence[str | int], slots: int) -> None:
    queue = FairQueue(slots)
    running: list[Place] = []
    waiting: list[Place] = []
    for step in steps:
        numbers = {queue.find_number(place): place for place in waiting}
        assert sorted(numbers) == list(range(1, len(waiting) + 1))
        if isinstance(step, int):
            if step in numbers:
                waiting.remove(numbers[step])
                queue.leave(numbers[step])
        elif step != "end":
            waiting.append(join(queue, step))
        elif running:
            queue.leave(running.pop(0))
            if waiting:
                assert numbers[1].turn.done()
        called = [place for place in waiting if place.turn.done()]
        running += called
        waiting = [place for place in waiting if place not in called]
        assert len(running) <= slots
        assert not waiting or len(running) == slots
        assert queue.waiting == len(waiting)


@given(STEPS, st.integers(1, 3))
def test_numbers_tell_the_order_and_slots_are_neither_lost_nor_doubled(
    steps: list[str | int], slots: int
) -> None:
    run_virtually(take_steps(steps, slots))


async def serve_all(askers: Sequence[str]) -> list[str]:
    """The askers in the order in which their questions come up, all asked while one runs."""
    queue = FairQueue(1)
    running = join(queue, "somebody")
    places = [join(queue, asker) for asker in askers]
    order = []
    while places:
        queue.leave(running)
        (running,) = [place for place in places if place.turn.done()]
        places.remove(running)
        order.append(running.asker)
    return order


@given(st.lists(st.sampled_from(ASKERS), max_size=40))
def test_nobody_comes_up_twice_before_another_who_waits_has_come_up_once(askers: list[str]) -> None:
    order = run_virtually(serve_all(askers))
    assert sorted(order) == sorted(askers)
    left = list(order)
    while left:
        rest = list(dict.fromkeys(left))
        assert left[: len(rest)] == rest
        left = left[len(rest) :]


async def listen(place: Place, told: list[tuple[float, int]]) -> None:
    loop = asyncio.get_running_loop()
    excuse: asyncio.Future[None] = loop.create_future()
    async with aclosing(place.come_up(excuse)) as numbers:
        told += [(round(loop.time(), 3), number) async for number in numbers]


async def wait_for_three() -> list[tuple[float, int]]:
    queue = FairQueue(1)
    with ExitStack() as held:
        places = [held.enter_context(join(queue, asker)) for asker in "abbc"]
        told: list[tuple[float, int]] = []
        listening = asyncio.create_task(listen(places[2], told))
        for place in (places[0], places[1], places[3]):
            await asyncio.sleep(1.4 * PAUSE)
            queue.leave(place)
        await listening
        assert places[2].turn.done()
        held.pop_all()
    return told


def test_a_number_is_told_at_once_and_then_as_it_changes_but_not_too_often() -> None:
    assert run_virtually(wait_for_three()) == [(0, 3), (2 * PAUSE, 2), (3 * PAUSE, 1)]


async def wait_among_many() -> list[tuple[float, int]]:
    """The last of a hundred listens; one a second is let in."""
    queue = FairQueue(1)
    places = [join(queue, str(number)) for number in range(101)]
    told: list[tuple[float, int]] = []
    listening = asyncio.create_task(listen(places[-1], told))
    for place in places[:-1]:
        await asyncio.sleep(1.0)
        queue.leave(place)
    await listening
    return told


def test_where_many_wait_each_is_told_less_often() -> None:
    told = run_virtually(wait_among_many())
    numbers = [number for _, number in told]
    assert numbers[0] == 100
    assert numbers == sorted(numbers, reverse=True)
    pauses = [after - before for (before, _), (after, _) in pairwise(told)]
    assert pauses[0] == pytest.approx(100 / TELLINGS, abs=0.01)
    assert pauses[-1] == pytest.approx(PAUSE, abs=0.01)
    assert pauses == sorted(pauses, reverse=True)


async def test_one_question_is_not_held_back_by_anothers_ten() -> None:
    house = House(queue=FairQueue(1))
    asking = [asyncio.create_task(house.say("wait", asker="eve", chat="first"))]
    await house.engine.waiting.wait()
    asking += [
        asyncio.create_task(house.say(f"eve's {number}", asker="eve", chat=f"c{number}"))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    asking += [asyncio.create_task(house.say("bob's", asker="bob", chat="b"))]
    while not any(question.text == "bob's" for question in house.engine.asked):
        house.engine.gate.set()
        await asyncio.sleep(0)
    asked = [question.text for question in house.engine.asked]
    assert asked[:3] == ["wait", "eve's 0", "bob's"]
    answers = await asyncio.gather(*asking)
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}


@pytest.mark.parametrize(
    ("text", "words"), [("When do parcels leave?", ENGLISH), ("什么时候发货？", CHINESE)]
)
async def test_the_place_in_line_is_told_in_the_askers_language(text: str, words: Words) -> None:
    house = House(queue=FairQueue(1))
    first = asyncio.create_task(house.say("wait", chat="first"))
    await house.engine.waiting.wait()
    async with aclosing(house.desk.handle(make_message(text, chat="second"))) as events:
        assert await anext(events) == Working(words.in_line.format(number=1))
        house.engine.gate.set()
        assert [type(event) async for event in events][-1] is Done
    assert (await first).outcome is Outcome.ANSWERED


async def test_beyond_its_bound_the_queue_takes_nobody() -> None:
    house = House(queue=FairQueue(1, longest=2))
    asking = [asyncio.create_task(house.say("wait", chat="first"))]
    await house.engine.waiting.wait()
    for chat in "ab":
        asking.append(asyncio.create_task(house.say(f"noon {chat}", chat=chat)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    refused = await house.say("one more", chat="c", asker="eve")
    assert (refused.text, refused.denial) == (ENGLISH.queue_full, Denial.QUEUE_FULL)
    assert (await house.say("/help", chat="c")).outcome is Outcome.NOTICE
    house.engine.gate.set()
    answers = await asyncio.gather(*asking)
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}
    assert (await house.say("again", chat="c")).outcome is Outcome.ANSWERED


async def test_who_stops_waiting_leaves_the_line_and_who_stops_being_answered_gives_way() -> None:
    house = House(queue=FairQueue(1))
    first = asyncio.create_task(house.say("wait", chat="a"))
    await house.engine.waiting.wait()
    second = asyncio.create_task(house.say("noon", chat="b"))
    third = asyncio.create_task(house.say("night", chat="c"))
    await asyncio.sleep(0)
    await house.say("/stop", chat="b")
    assert (await second).outcome is Outcome.STOPPED
    await house.say("/stop", chat="a")
    assert (await first).outcome is Outcome.STOPPED
    assert (await third).outcome is Outcome.ANSWERED
    assert [question.text for question in house.engine.asked] == ["wait", "night"]
