"""Models whose calls are paid for from budgets."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.answering.prompt import ChatMessage, build_messages, build_rewrite_messages, count_tokens
from bot.budgets import Treasurer, payers
from bot.errors import ModelError, SettingsError
from bot.models.openai_chat import REWRITE_TOKENS
from bot.models.openai_reranking import SECONDS as RERANKING_SECONDS
from bot.models.prices import ChatPrice, find_chat_price
from bot.nouns import Cost, Turn
from bot.seams import (
    ChatModel,
    Counter,
    ModelEnd,
    ModelText,
    Prompt,
    Reranked,
    Reranker,
    Rewritten,
)
from bot.settings import Settings

MARGIN = 30.0  # seconds beyond the longest answer for which money stays set aside


class _Meter:
    """What is known of a call's use so far."""

    def __init__(self) -> None:
        self.text = ""
        self.end: ModelEnd | None = None
        self.refused = False

    def note(self, item: ModelText | ModelEnd) -> None:
        if isinstance(item, ModelEnd):
            self.end = item
        else:
            self.text += item.delta


class MeteredModel:
    """Raises BudgetSpent instead of calling the model where the budgets do not allow it. `price` is
    None where nobody knows it; `seconds` is the longest that a call takes."""

    def __init__(
        self,
        model: ChatModel,
        treasurer: Treasurer,
        counter: Counter,
        price: ChatPrice | None,
        seconds: float,
    ) -> None:
        self._model = model
        self._treasurer = treasurer
        self._counter = counter
        self._price = price
        self._seconds = seconds + MARGIN

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def window(self) -> int:
        return self._model.window

    async def reply(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelEnd]:
        async with self._pay(build_messages(prompt), prompt.answer_tokens) as meter:
            items = self._model.reply(prompt)
            try:
                async for item in items:
                    meter.note(item)
                    yield item
            finally:
                if isinstance(items, AsyncGenerator):
                    await items.aclose()

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        messages = build_rewrite_messages(question, turns)
        async with self._pay(messages, REWRITE_TOKENS) as meter:
            rewritten = await self._model.rewrite(question, turns)
            meter.note(rewritten.end)
            return rewritten

    @asynccontextmanager
    async def _pay(
        self, messages: Sequence[ChatMessage], answer_tokens: int
    ) -> AsyncIterator[_Meter]:
        meter, paying = _Meter(), payers.get()
        if paying is None:
            yield meter
            return
        prompt_tokens = count_tokens(messages, self._counter)
        most = self._price_out(prompt_tokens, answer_tokens)
        reservation = await self._treasurer.reserve(paying, most, self._seconds)
        try:
            yield meter
        except ModelError:
            meter.refused = True
            raise
        finally:
            await self._treasurer.settle(reservation, self._read(meter, prompt_tokens))

    def _read(self, meter: _Meter, prompt_tokens: int) -> Cost:
        """What the server says; where it says nothing, as of a reply that broke off or was given
        up, what it was sent and has written. What it refused is free."""
        end = meter.end
        if end is not None and end.prompt_tokens:
            cost = self._price_out(end.prompt_tokens, end.completion_tokens, end.cached_tokens)
            return cost if end.price is None else Cost(cost.tokens, end.price)
        if meter.refused and not meter.text:
            return Cost()
        return self._price_out(prompt_tokens, self._counter.count(meter.text))

    def _price_out(self, prompt: int, completion: int, cached: int = 0) -> Cost:
        dollars = self._price.of(prompt, cached, completion) if self._price else 0.0
        return Cost(prompt + completion, dollars)


class MeteredReranker:
    """As MeteredModel; `price` is that of a million tokens."""

    def __init__(
        self, reranker: Reranker, treasurer: Treasurer, counter: Counter, price: float | None
    ) -> None:
        self._reranker = reranker
        self._treasurer = treasurer
        self._counter = counter
        self._price = price

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        paying = payers.get()
        if paying is None:
            return await self._reranker.rerank(query, texts)
        cost = self._price_out(self._count(query, texts))
        seconds = RERANKING_SECONDS + MARGIN
        reservation = await self._treasurer.reserve(paying, cost, seconds, needed=False)
        try:
            reranked = await self._reranker.rerank(query, texts)
            cost = self._price_out(reranked.tokens) if reranked.tokens else cost
        except ModelError:
            cost = Cost()
            raise
        finally:
            await self._treasurer.settle(reservation, cost)
        return reranked

    def _count(self, query: str, texts: Sequence[str]) -> int:
        """The question is read with each text again."""
        return len(texts) * self._counter.count(query) + sum(map(self._counter.count, texts))

    def _price_out(self, tokens: int) -> Cost:
        return Cost(tokens, tokens * (self._price or 0.0) / 1e6)


def meter_chat_model(
    model: ChatModel, treasurer: Treasurer, counter: Counter, settings: Settings
) -> ChatModel:
    """Raises SettingsError where nobody can tell whether the budgets are kept."""
    price = find_chat_price(settings)
    if price is None and treasurer.counts_dollars:
        raise _explain_unpriced(model.name, "OPENBOOK_CHAT_PRICE")
    return MeteredModel(model, treasurer, counter, price, settings.answer_seconds)


def meter_reranker(
    reranker: Reranker, treasurer: Treasurer, counter: Counter, settings: Settings
) -> Reranker:
    """Raises SettingsError as for the chat model."""
    price = settings.reranker_price
    if price is None and treasurer.counts_dollars:
        raise _explain_unpriced(settings.reranker or "", "OPENBOOK_RERANKER_PRICE")
    return MeteredReranker(reranker, treasurer, counter, price)


def _explain_unpriced(model: str, setting: str) -> SettingsError:
    return SettingsError(
        f"A budget is given in dollars, but the price of {model} is not known.",
        f"Set {setting}, or give the budget in tokens, such as 200000 tokens.",
    )
