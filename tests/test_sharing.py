"""The same question at the same time: answered once, told to each, and paid for once."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.errors import StoreError
from bot.fair_queue import FairQueue
from bot.nouns import Answer, Done, Event, Found, Outcome, Payer, Question, Searching, Text, Turn
from bot.sharing import Sharing, normalise
from bot.texts import ENGLISH
from tests.desks import House, make_message
from tests.served import read_samples

QUESTION = Question("When do parcels leave?")


async def ask(house: House, name: str, text: str = "wait") -> list[Event]:
    return await house.events(make_message(text, chat=name, asker=name))


def end_of(events: list[Event]) -> Answer:
    last = events[-1]
    assert isinstance(last, Done)
    return last.answer


async def let_join() -> None:
    """Those who were begun come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_all_who_ask_the_same_get_the_whole_answer_of_one_call() -> None:
    house = House()
    asking = [asyncio.create_task(ask(house, name)) for name in ("bob", "eve")]
    await house.engine.waiting.wait()
    asking.append(asyncio.create_task(ask(house, "kim", "  WAIT?")))
    await let_join()
    house.engine.gate.set()
    told = await asyncio.gather(*asking)

    assert len(house.engine.asked) == 1
    for events in told:
        assert [type(event) for event in events] == [Searching, Found, Text, Done]
    names = {end_of(events).name for events in told}
    assert len(names) == 3
    for name, chat in zip(("bob", "eve", "kim"), told, strict=True):
        button = end_of(chat).buttons[-1].command
        assert "Searched for: wait" in (await house.say(button, chat=name)).text


async def test_what_a_shared_answer_cost_is_counted_once() -> None:
    house = House()
    asking = [asyncio.create_task(ask(house, name)) for name in ("bob", "eve", "kim")]
    await house.engine.waiting.wait()
    house.engine.gate.set()
    answers = [end_of(events) for events in await asyncio.gather(*asking)]

    assert sorted(answer.usage.prompt_tokens for answer in answers) == [0, 0, 1200]
    assert {answer.usage.model for answer in answers} == {"gpt-test"}
    assert read_samples(house.metrics, "tokens_total")[("prompt", "gpt-test")] == 1200
    assert read_samples(house.metrics, "stage_seconds_count")[("model",)] == 1
    assert read_samples(house.metrics, "questions_total") == {("answered", "test"): 3}
    (waiting,) = read_samples(house.metrics, "questions_waiting").values()
    (running,) = read_samples(house.metrics, "questions_running").values()
    assert (waiting, running) == (0, 0)


async def test_who_stops_takes_the_answer_from_nobody() -> None:
    house = House()
    leader = asyncio.create_task(ask(house, "bob"))
    await house.engine.waiting.wait()
    follower = asyncio.create_task(ask(house, "eve"))
    await let_join()

    await house.say("/stop", chat="bob")
    assert end_of(await leader).outcome is Outcome.STOPPED
    assert house.engine.finished == 0
    house.engine.gate.set()
    answer = end_of(await follower)
    assert (answer.outcome, answer.usage.prompt_tokens) == (Outcome.ANSWERED, 1200)
    assert len(house.engine.asked) == 1


async def test_who_disconnects_takes_the_answer_from_nobody() -> None:
    house = House()
    async with aclosing(house.desk.handle(make_message("wait", asker="bob"))) as events:
        assert isinstance(await anext(events), Searching)
        follower = asyncio.create_task(ask(house, "eve"))
        await let_join()
    cancelled = asyncio.create_task(ask(house, "kim"))
    await let_join()
    cancelled.cancel()
    await asyncio.wait([cancelled])
    house.engine.gate.set()
    assert end_of(await follower).outcome is Outcome.ANSWERED
    assert len(house.engine.asked) == 1


async def test_an_answer_that_nobody_waits_for_is_given_up() -> None:
    house = House()
    asking = [asyncio.create_task(ask(house, name)) for name in ("bob", "eve")]
    await house.engine.waiting.wait()
    await let_join()
    await house.say("/stop", chat="bob")
    assert house.engine.finished == 0
    await house.say("/stop", chat="eve")
    await asyncio.gather(*asking)
    assert house.engine.finished == 1


async def test_a_failure_is_told_to_all_and_kept_for_nobody() -> None:
    house = House()
    house.engine.error = StoreError("The disk is full.")
    asking = [asyncio.create_task(ask(house, name)) for name in ("bob", "eve")]
    await house.engine.waiting.wait()
    await let_join()
    house.engine.gate.set()
    for events in await asyncio.gather(*asking):
        assert end_of(events).text == ENGLISH.failures[StoreError]
    house.engine.error = None
    assert end_of(await ask(house, "bob")).outcome is Outcome.ANSWERED
    assert len(house.engine.asked) == 2


async def test_those_who_wait_in_line_go_with_the_first_whose_turn_comes() -> None:
    house = House(queue=FairQueue(1))
    first = asyncio.create_task(ask(house, "ann", "wait for ann"))
    await house.engine.waiting.wait()
    house.engine.waiting.clear()
    asking = [asyncio.create_task(ask(house, name)) for name in ("bob", "eve", "kim")]
    await let_join()
    await house.say("/stop", chat="ann")
    await first
    await house.engine.waiting.wait()
    (waiting,) = read_samples(house.metrics, "questions_waiting").values()
    house.engine.gate.set()
    answers = [end_of(events) for events in await asyncio.gather(*asking)]
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}
    assert [question.text for question in house.engine.asked] == ["wait for ann", "wait"]
    assert waiting <= 2
    assert end_of(await ask(house, "lee", "noon")).outcome is Outcome.ANSWERED


async def test_an_answer_that_has_ended_is_not_shared_with_who_comes_later() -> None:
    house = House()
    async with aclosing(house.desk.handle(make_message("noon", asker="bob"))) as events:
        async for event in events:
            if isinstance(event, Done):
                assert end_of(await ask(house, "eve", "noon")).usage.prompt_tokens == 1200
    assert len(house.engine.asked) == 2


async def test_nobody_joins_those_who_cannot_pay() -> None:
    sharing, bob, eve = Sharing(), Payer("test:bob"), Payer("test:eve")
    async with sharing.join(QUESTION, bob) as shared:
        async with sharing.join(QUESTION, eve) as other:
            assert other is shared
            assert shared.payers.present == [bob, eve]
        shared.payers.broke = True
        async with sharing.join(QUESTION, eve) as other:
            assert other is not shared
    async with sharing.join(QUESTION, eve) as other:
        assert other.payers.present == [eve]


async def test_a_conversation_shares_with_nobody() -> None:
    house = House()
    await ask(house, "bob", "noon")
    await ask(house, "eve", "noon")
    asking = [asyncio.create_task(ask(house, name, "wait")) for name in ("bob", "eve")]
    await let_join()
    house.engine.gate.set()
    await asyncio.gather(*asking)
    assert len(house.engine.asked) == 4


@pytest.mark.parametrize(
    "text",
    [
        "when do parcels leave",
        " When  do\nparcels leave ?",
        "Ｗｈｅｎ do parcels leave？",
        "WHEN DO PARCELS LEAVE!",
    ],
)
def test_the_look_of_a_question_does_not_matter(text: str) -> None:
    assert normalise(Question(text)) == normalise(QUESTION)


@pytest.mark.parametrize(
    "other",
    [
        replace(QUESTION, text="When do parcels arrive?"),
        replace(QUESTION, text="When do parcels leave? And letters?"),
        replace(QUESTION, language="zh"),
        replace(QUESTION, turns=(Turn("Parcels?", "Yes."),)),
    ],
)
def test_another_question_is_another(other: Question) -> None:
    assert normalise(other) != normalise(QUESTION)
