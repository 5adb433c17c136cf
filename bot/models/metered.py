"""A chat model whose calls are paid for from budgets."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.answering.prompt import ChatMessage, build_messages, build_rewrite_messages, count_tokens
from bot.budgets import Treasurer, payers
from bot.errors import ModelError
from bot.models.openai_chat import REWRITE_TOKENS
from bot.models.prices import ChatPrice
from bot.nouns import Cost, Turn
from bot.seams import ChatModel, Counter, ModelEnd, ModelText, Prompt, Rewritten

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
