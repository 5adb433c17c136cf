"""Budgets: who may spend what, what a call is counted for, what is said when nothing is left."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.conversation import combine_with_turns
from bot.answering.engine import Engine
from bot.answering.prompt import build_messages, count_tokens
from bot.budgets import Payers, Treasurer, payers, read_budget
from bot.desk import Desk
from bot.errors import BudgetSpent, LedgerError, ModelAway, ModelError, SettingsError
from bot.memory import MemoryPurse
from bot.metrics import Metrics
from bot.models.metered import MARGIN, MeteredModel, MeteredReranker
from bot.models.prices import ChatPrice
from bot.nouns import (
    Answer,
    Budget,
    Budgets,
    Cost,
    Done,
    Outcome,
    Payer,
    Reservation,
    Searching,
    Text,
    Turn,
)
from bot.phrases import phrases_in
from bot.seams import ModelEnd, ModelText, Prompt, Reranked
from bot.settings import Settings, read_settings
from bot.wiring import Parts
from tests.desks import make_desk, make_message
from tests.served import read_samples
from tests.test_engine import PASSAGES, Estimate, ScriptedModel, WordSearch
from tests.virtual_time import run_virtually

REPLY = "Refunds take 14 days [1]."
QUESTION = "How long do refunds take?"
USED = 130  # tokens that the scripted model says it has used
NOON = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
PRICE = ChatPrice(1000.0, 500.0, 10_000.0)


class Purse(MemoryPurse):
    """Shows what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: list[Reservation] = []
        self.settled: list[tuple[str, Cost]] = []
        self.error: LedgerError | None = None

    async def reserve(self, reservation: Reservation, budgets: Budgets, now: float) -> str:
        exceeded = await super().reserve(reservation, budgets, now)
        self.reserved += [] if exceeded else [reservation]
        return exceeded

    async def settle(self, reservation: Reservation, cost: Cost) -> None:
        self.settled.append((reservation.asker, cost))
        if self.error:
            raise self.error
        await super().settle(reservation, cost)


class House:
    """A desk over a real engine with a scripted model that costs money. `most` is what one call
    of it may cost, in tokens."""

    def __init__(
        self,
        asker: str | None = None,
        daily: str | None = None,
        *,
        model: ScriptedModel | None = None,
        price: ChatPrice | None = None,
    ) -> None:
        self.now = NOON
        self._chats = count()
        self.model = model or ScriptedModel(REPLY)
        self.purse = Purse()
        self.metrics = Metrics()
        budgets = Budgets(read_budget(asker), read_budget(daily))
        treasurer = Treasurer(self.purse, budgets, self.metrics, lambda: self.now)
        metered = MeteredModel(self.model, treasurer, Estimate(), price, 20)
        self.desk: Desk = make_desk(
            Engine(WordSearch(PASSAGES), metered, Estimate(), answer_tokens=200),
            is_admin=lambda asker: asker.id == "ada",
            metrics=self.metrics,
        )

    async def say(self, text: str, asker: str = "bob", chat: str = "") -> Answer:
        """In a conversation of its own, by default."""
        message = make_message(text, asker=asker, chat=chat or str(next(self._chats)))
        last = [event async for event in self.desk.handle(message)][-1]
        assert isinstance(last, Done)
        return last.answer


def measure_call() -> int:
    """The most that the question may cost, in tokens."""
    house = House("1000000 tokens")
    asyncio.run(house.say(QUESTION))
    return house.purse.reserved[0].cost.tokens


MOST = measure_call()


async def test_what_is_used_is_counted_until_the_budget_is_spent() -> None:
    house = House(f"{MOST + USED} tokens")
    for _ in range(2):
        assert (await house.say(QUESTION)).outcome is Outcome.ANSWERED
    assert house.purse.settled == [("test:bob", Cost(USED, 0.5))] * 2

    answer = await house.say(QUESTION)
    assert answer.outcome is Outcome.PASSAGES_ONLY
    assert answer.note == phrases_in("en").asker_budget_spent.format(hours=12)
    assert "14 days" in answer.text
    assert answer.usage.prompt_tokens == 0
    assert len(house.model.prompts) == 2
    assert read_samples(house.metrics, "unaffordable_total") == {("asker",): 1}


async def test_the_note_is_in_the_askers_language() -> None:
    house = House("1 tokens")
    assert (await house.say("国内运费是多少元？")).note == (
        phrases_in("zh").asker_budget_spent.format(hours=12)
    )
    house = House(daily="1 tokens")
    assert (await house.say("国内运费是多少元？")).note == (
        phrases_in("zh").daily_budget_spent.format(hours=12)
    )


async def test_each_asker_has_a_budget_and_admins_only_that_of_all() -> None:
    house = House(f"{MOST} tokens", f"{MOST + 4 * USED} tokens")
    for asker in ("bob", "eve", "ada", "ada", "ada"):
        assert (await house.say(QUESTION, asker)).outcome is Outcome.ANSWERED
    assert (await house.say(QUESTION, "bob")).note.startswith("Your budget")
    for asker in ("ada", "kim"):
        answer = await house.say(QUESTION, asker)
        assert answer.note == phrases_in("en").daily_budget_spent.format(hours=12)
    assert read_samples(house.metrics, "unaffordable_total") == {("asker",): 1, ("daily",): 2}


async def test_a_new_day_has_a_new_budget() -> None:
    house = House(f"{MOST} tokens")
    await house.say(QUESTION)
    house.now = datetime(2026, 5, 4, 23, 59, 59, tzinfo=UTC)
    assert (await house.say(QUESTION)).note == (phrases_in("en").asker_budget_spent.format(hours=1))
    house.now += timedelta(seconds=1)
    assert (await house.say(QUESTION)).outcome is Outcome.ANSWERED


async def test_what_costs_nothing_needs_no_budget() -> None:
    house = House("1 tokens")
    assert (await house.say("Hello!")).outcome is Outcome.NOTICE
    assert (await house.say("Where is Zanzibar?")).outcome is Outcome.NOT_FOUND
    assert house.purse.reserved == []


async def test_money_is_set_aside_while_the_answer_is_written() -> None:
    model = ScriptedModel("Refunds ", stall=True)
    house = House(f"{MOST + 1} tokens", model=model)
    running = asyncio.create_task(house.say(QUESTION, chat="one"))
    await model.asked.wait()
    (reserved,) = house.purse.reserved
    assert reserved.cost.tokens == count_tokens(build_messages(model.prompts[0]), Estimate()) + 200
    assert reserved.expires == NOON.timestamp() + 20 + MARGIN
    assert (await house.say("How long do refunds really take?")).outcome is Outcome.PASSAGES_ONLY
    running.cancel()
    await asyncio.wait([running])


async def test_what_is_given_up_is_counted_as_far_as_it_was_written() -> None:
    model = ScriptedModel("Refunds take ", stall=True)
    house = House("100000 tokens", model=model)
    async with aclosing(house.desk.handle(make_message(QUESTION))) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    prompt = count_tokens(build_messages(model.prompts[0]), Estimate())
    assert model.closed
    assert house.purse.settled == [("test:bob", Cost(prompt + Estimate().count("Refunds take ")))]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((ModelAway("Refused."),), 0),
        ((ModelText(REPLY), ModelAway("Cut.")), None),
        ((ModelText(REPLY), ModelEnd(price=None)), None),
        ((ModelText(REPLY), ModelEnd(100, 0, 30)), 130),
    ],
    ids=["refused", "broken off", "uncounted", "counted"],
)
async def test_what_a_call_is_counted_for(
    items: tuple[ModelText | ModelEnd | ModelError, ...], expected: int | None
) -> None:
    """None: what was sent and what has come."""

    class Model(ScriptedModel):
        async def reply(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelEnd]:
            self.prompts.append(prompt)
            for item in items:
                if isinstance(item, ModelError):
                    raise item
                yield item

    model = Model()
    house = House("100000 tokens", model=model)
    await house.say(QUESTION)
    ((_, cost),) = house.purse.settled
    seen = count_tokens(build_messages(model.prompts[0]), Estimate()) + Estimate().count(REPLY)
    assert cost.tokens == (seen if expected is None else expected)


async def test_rewriting_a_question_is_counted_too() -> None:
    house = House("100000 tokens")
    await house.say(QUESTION, chat="c")
    house.model.rewritten = "How long do refunds to Canada take?"
    await house.say("And to Canada?", chat="c")
    assert [cost.tokens for _, cost in house.purse.settled] == [USED, 10, USED]

    house = House("1 tokens")
    await house.say(QUESTION, chat="c")
    house.model.rewritten = "How long do refunds to Canada take?"
    answer = await house.say("And to Canada?", chat="c")
    assert answer.query == combine_with_turns("And to Canada?", [Turn(QUESTION, "")])


async def test_dollars_are_those_of_the_server_else_of_the_price() -> None:
    house = House("100", price=PRICE)
    await house.say(QUESTION)
    (reserved,) = house.purse.reserved
    assert reserved.cost.dollars == pytest.approx((MOST - 200) / 1000 + 200 / 100)
    assert house.purse.settled == [("test:bob", Cost(USED, 0.5))]
    assert (await House("0.5", price=PRICE).say(QUESTION)).outcome is Outcome.PASSAGES_ONLY


async def test_who_can_pay_pays_for_all_who_ask_the_same() -> None:
    house = House(f"{MOST} tokens", model=ScriptedModel(REPLY))
    await house.say(QUESTION, "bob")
    both = await asyncio.gather(house.say(QUESTION, "bob"), house.say(QUESTION, "eve"))
    assert {answer.outcome for answer in both} == {Outcome.ANSWERED}
    assert [asker for asker, _ in house.purse.settled] == ["test:bob", "test:eve"]


async def test_who_comes_before_the_call_may_pay_and_who_comes_after_it_has_another() -> None:
    house = House(f"{MOST} tokens")
    await house.say(QUESTION, "bob")
    async with aclosing(house.desk.handle(make_message(QUESTION, asker="bob"))) as events:
        assert isinstance(await anext(events), Searching)
        assert (await house.say(QUESTION, "eve")).outcome is Outcome.ANSWERED
        (*_, last) = [event async for event in events]
    assert isinstance(last, Done)
    assert last.answer.outcome is Outcome.ANSWERED

    async with aclosing(house.desk.handle(make_message(QUESTION, asker="bob", chat="d"))) as events:
        async for event in events:
            if isinstance(event, Done):
                assert event.answer.outcome is Outcome.PASSAGES_ONLY
                assert (await house.say(QUESTION, "kim")).outcome is Outcome.ANSWERED


async def test_an_answer_is_given_even_if_its_cost_cannot_be_written_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House("100000 tokens")
    house.purse.error = LedgerError("The disk is full.")
    assert (await house.say(QUESTION)).outcome is Outcome.ANSWERED
    assert "is not counted: The disk is full." in caplog.text


async def ask_crowd(questions: list[tuple[int, int]]) -> House:
    house = House(f"{2 * MOST} tokens", f"{3 * MOST} tokens")
    asking = [house.say(f"{QUESTION} {number}", f"asker {asker}") for asker, number in questions]
    await asyncio.gather(*asking)
    return house


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99)), max_size=30))
def test_no_budget_is_ever_exceeded_whoever_asks_at_once(questions: list[tuple[int, int]]) -> None:
    house = run_virtually(ask_crowd(questions))
    spent: dict[str, int] = {}
    for asker, cost in house.purse.settled:
        spent[asker] = spent.get(asker, 0) + cost.tokens
    assert max(spent.values(), default=0) <= 2 * MOST
    assert sum(spent.values()) <= 3 * MOST
    assert len(house.purse.settled) == len(house.purse.reserved) == len(house.model.prompts)


class ScriptedReranker:
    def __init__(self, tokens: int, failure: ModelError | None = None) -> None:
        self.tokens = tokens
        self.failure = failure

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        if self.failure:
            raise self.failure
        return Reranked((0.5,) * len(texts), self.tokens)


@pytest.mark.parametrize(
    ("reranker", "expected"),
    [
        (ScriptedReranker(30), 30),
        (ScriptedReranker(0), None),
        (ScriptedReranker(30, ModelAway("Refused.")), 0),
    ],
    ids=["counted", "uncounted", "refused"],
)
async def test_what_reranking_is_counted_for(
    reranker: ScriptedReranker, expected: int | None
) -> None:
    """None: what was sent, the question with each passage."""
    texts = ["Refunds take 14 days.", "Parcels take two."]
    sent = sum(Estimate().count(QUESTION) + Estimate().count(text) for text in texts)
    purse = Purse()
    treasurer = Treasurer(purse, Budgets(read_budget(f"{sent} tokens"), None), Metrics())
    metered = MeteredReranker(reranker, treasurer, Estimate(), 1000.0)
    paying = Payers()
    paying.present.append(Payer("bob"))

    async def rerank() -> None:
        payers.set(paying)
        with suppress(ModelAway):
            await metered.rerank(QUESTION, texts)

    await asyncio.create_task(rerank())
    (reserved,) = purse.reserved
    assert reserved.cost.tokens == sent
    assert reserved.cost.dollars == pytest.approx(sent / 1000)
    ((asker, cost),) = purse.settled
    assert (asker, cost.tokens) == ("bob", sent if expected is None else expected)
    assert cost.dollars == pytest.approx(cost.tokens / 1000)
    if cost.tokens:
        with pytest.raises(BudgetSpent):
            await asyncio.create_task(rerank())
        assert not paying.broke  # the answer does without it, and others may join
    with suppress(ModelAway):
        await metered.rerank(QUESTION, texts)  # for nobody: nothing to be paid
    assert len(purse.reserved) == 1


def test_reranking_for_dollars_needs_a_known_price() -> None:
    given = {
        "OPENBOOK_RERANKER": "nobody-knows",
        "OPENBOOK_RERANKER_URL": "http://127.0.0.1:1/v1",
        "OPENBOOK_DAILY_BUDGET": "5",
    }
    with pytest.raises(SettingsError, match="OPENBOOK_RERANKER_PRICE"):
        _ = Parts(Settings.model_validate(given)).search
    for more in ({"OPENBOOK_RERANKER_PRICE": 0}, {"OPENBOOK_DAILY_BUDGET": "1000 tokens"}):
        assert Parts(Settings.model_validate(given | more)).search


@pytest.mark.parametrize(
    ("setting", "value"),
    [("OPENBOOK_ASKER_BUDGET", "0.5"), ("OPENBOOK_DAILY_BUDGET", "5")],
)
def test_dollars_need_a_known_price(setting: str, value: str) -> None:
    given = {"OPENAI_API_KEY": "k", "OPENBOOK_CHAT_MODEL": "nobody-knows", setting: value}
    with pytest.raises(SettingsError, match="OPENBOOK_CHAT_PRICE"):
        _ = Parts(Settings.model_validate(given)).engine
    for more in ({"OPENBOOK_CHAT_PRICE": "1/1/1"}, {setting: "1000 tokens"}):
        assert Parts(Settings.model_validate(given | more)).engine
    assert Parts(Settings.model_validate({setting: value})).engine


@pytest.mark.parametrize(
    ("setting", "budget"),
    [
        ("0.50", Budget(0.5)),
        ("5", Budget(5)),
        ("200000 tokens", Budget(200_000, in_tokens=True)),
        ("", None),
    ],
)
def test_amounts_are_dollars_or_tokens(
    setting: str, budget: Budget | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_DAILY_BUDGET", setting)
    assert read_budget(read_settings().daily_budget) == budget


@pytest.mark.parametrize(
    "setting", ["0", "-1", "0 tokens", "much", "tokens", "$5", "5 dollars", "inf", "nan"]
)
def test_other_amounts_are_refused(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_ASKER_BUDGET", setting)
    with pytest.raises(SettingsError, match="OPENBOOK_ASKER_BUDGET: must be dollars"):
        read_settings()
