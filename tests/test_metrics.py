"""What is counted: every question once, by what became of it, and what it cost."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.errors import DeletionRefused, ModelAway
from bot.metrics import Metrics
from bot.nouns import Answer, Done, Outcome, Usage
from bot.reports import IndexReport
from tests.desks import House, make_message
from tests.served import read_samples


def count_questions(house: House) -> dict[str, float]:
    counted = read_samples(house.metrics, "questions_total")
    assert {platform for _, platform in counted} <= {"test"}
    return {outcome: value for (outcome, _), value in counted.items()}


def see_load(house: House) -> tuple[float, float]:
    """Questions that wait, questions that are answered."""
    (waiting,) = read_samples(house.metrics, "questions_waiting").values()
    (running,) = read_samples(house.metrics, "questions_running").values()
    return waiting, running


async def test_each_question_is_counted_by_its_outcome() -> None:
    house = House()
    await house.say("noon")
    house.engine.outcome = Outcome.NOT_FOUND
    await house.say("ping")
    await house.say("ping")
    house.engine.error = ValueError("bug")
    await house.say("broken")
    assert count_questions(house) == {"answered": 1, "not_found": 2, "failed": 1}
    assert see_load(house) == (0, 0)


async def test_commands_are_no_questions_and_an_answer_shown_again_is_no_second_one() -> None:
    house = House()
    answer = await house.say("noon")
    for button in answer.buttons:
        await house.say(button.command)
    await house.say("/help")
    await house.say("/reindex")
    name = answer.buttons[0].command.split()[-1]
    assert (await house.say(f"/again {name}")).text == answer.text
    assert count_questions(house) == {"answered": 1}
    assert read_samples(house.metrics, "tokens_total")[("prompt", "gpt-test")] == 1200


async def test_what_an_answer_cost() -> None:
    metrics = Metrics("embeds-small", "reranks-small")
    usage = Usage("gpt-test", 1000, 400, 50, 7, 0.25, {"model": 2.0, "total": 3.0}, 11)
    for price in (0.25, 0.5, None):
        with metrics.question("slack") as end:
            answer = Answer("It is.", Outcome.ANSWERED, usage=replace(usage, price=price))
            end(answer)
    assert read_samples(metrics, "tokens_total") == {
        ("prompt", "gpt-test"): 1800,
        ("cached", "gpt-test"): 1200,
        ("completion", "gpt-test"): 150,
        ("embedding", "embeds-small"): 21,
        ("reranking", "reranks-small"): 33,
    }
    assert read_samples(metrics, "dollars_total") == {("answers",): 0.75}
    assert read_samples(metrics, "unpriced_total") == {("answers",): 1}
    assert read_samples(metrics, "stage_seconds_sum") == {("model",): 6, ("total",): 9}
    assert read_samples(metrics, "stage_seconds_count") == {("model",): 3, ("total",): 3}


async def test_refusals_are_counted_by_their_reason() -> None:
    house = House(per_minute=1)
    await house.say("one")
    await house.say("two")
    assert read_samples(house.metrics, "refused_total") == {("test", "too_fast"): 1}
    assert count_questions(house) == {"answered": 1, "denied": 1}

    await house.say("/search parcels")
    assert read_samples(house.metrics, "refused_total") == {("test", "too_fast"): 2}
    assert count_questions(house) == {"answered": 1, "denied": 1}

    house = House()
    tasks = [asyncio.create_task(house.say("wait")) for _ in range(9)]
    await house.engine.waiting.wait()
    house.engine.gate.set()
    await asyncio.gather(*tasks)
    assert read_samples(house.metrics, "refused_total") == {("test", "too_many_waiting"): 3}
    assert count_questions(house) == {"answered": 6, "denied": 3}


async def test_how_many_wait_and_how_many_are_answered() -> None:
    house = House()
    tasks = []
    for chats in ("aa", "b"):
        tasks += [asyncio.create_task(house.say(f"wait {chat}", chat=chat)) for chat in chats]
        await house.engine.waiting.wait()
        house.engine.waiting.clear()
    assert see_load(house) == (1, 2)
    house.engine.gate.set()
    await asyncio.gather(*tasks)
    assert see_load(house) == (0, 0)


async def test_a_question_that_nobody_waits_for_is_abandoned() -> None:
    house = House()
    async with aclosing(house.desk.handle(make_message("noon"))) as events:
        await anext(events)
        assert see_load(house) == (0, 1)
    waiting = asyncio.create_task(house.say("wait"))
    await house.engine.waiting.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert count_questions(house) == {"abandoned": 2}
    assert see_load(house) == (0, 0)


async def test_a_question_that_was_answered_is_not_abandoned_after_its_end() -> None:
    house = House()
    async with aclosing(house.desk.handle(make_message("noon"))) as events:
        async for event in events:
            if isinstance(event, Done):
                break
    assert count_questions(house) == {"answered": 1}


async def test_what_became_of_index_runs() -> None:
    house = House()
    await house.say("/reindex", asker="ada")
    house.librarian.error = ModelAway("The model is away.")
    await house.say("/reindex", asker="ada")
    house.librarian.error, house.librarian.deletes = None, (2, 3)
    await house.say("/reindex", asker="ada")
    assert read_samples(house.metrics, "index_runs_total") == {
        ("done",): 1,
        ("failed",): 1,
        ("refused",): 1,
    }


async def test_what_index_runs_cost() -> None:
    metrics = Metrics("embeds-small")
    for price in (0.5, None):
        with metrics.index_run() as run:
            run.report = IndexReport(tokens=90, price=price)
    assert read_samples(metrics, "tokens_total") == {("embedding", "embeds-small"): 180}
    assert read_samples(metrics, "dollars_total") == {("index",): 0.5}
    assert read_samples(metrics, "unpriced_total") == {("index",): 1}


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (DeletionRefused("Much would be deleted."), "refused"),
        (ValueError("bug"), "failed"),
        (asyncio.CancelledError(), "stopped"),
    ],
)
def test_an_index_run_that_does_not_end_well(error: BaseException, result: str) -> None:
    metrics = Metrics()
    with pytest.raises(type(error)), metrics.index_run():
        raise error
    assert read_samples(metrics, "index_runs_total") == {(result,): 1}


def test_two_countings_know_nothing_of_each_other() -> None:
    one, other = Metrics(), Metrics()
    one.note_restart("telegram")
    assert read_samples(other, "adapter_restarts_total") == {}


async def test_no_label_names_asker_question_or_file() -> None:
    house = House()
    await house.say("noon", asker="bob-the-asker", chat="a-secret-chat")
    await house.say("/reindex", asker="ada")
    shown = house.metrics.render().decode()
    for private in ("bob-the-asker", "a-secret-chat", "noon", "shop/", "new.md"):
        assert private not in shown
