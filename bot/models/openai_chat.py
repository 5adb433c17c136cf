"""Answers written by a GPT model, or any other behind the Chat Completions interface."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Self

import openai
from openai.types.chat import ChatCompletionChunk

from bot.answering.prompt import ChatMessage, build_messages, build_rewrite_messages
from bot.errors import ModelBroken
from bot.models.breaker import Breaker
from bot.models.openai_client import build_client, find_server
from bot.models.openai_faults import Fault, Role, faults
from bot.models.openai_parameters import Alternatives, Parameters
from bot.models.openai_stream import Limits, read_stream
from bot.models.patience import Patience
from bot.models.prices import find_chat_price, find_window
from bot.models.surrogates import replace_surrogates
from bot.nouns import Turn
from bot.seams import ModelEnd, ModelText, Prompt, Rewritten
from bot.settings import Settings

# Another try after a longer pause would keep a person waiting who could have the passages.
LONGEST_PAUSE = 5.0
FIRST_SHARE = 1 / 2
NEXT_SHARE = 1 / 3
REWRITE_TOKENS = 200
REWRITE_CHARACTERS = 1000

_TOKENS = object()  # stands for the request's own limit of answer tokens
_REASONS = re.compile(r"^(gpt-[5-9]|o\d)")


class OpenAIChatModel:
    """A ChatModel. Waits for the whole answer at most `answer_seconds`, half of it for the first
    token and a third between two; tries once more if that may help and no text has come yet."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.chat_model
        self.window = find_window(settings)
        self._price = find_chat_price(settings)
        self._seconds = settings.answer_seconds
        server = find_server(settings)
        self._client = build_client(server)
        self._role = Role(
            model=settings.chat_model,
            model_setting="OPENBOOK_CHAT_MODEL",
            server=server,
            slow_remedy="Ask again later; raise OPENBOOK_ANSWER_SECONDS if it is always so slow.",
        )
        self._parameters = Parameters(*_choose_parameters(settings))
        self._breaker = Breaker()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def reply(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelEnd]:
        messages = build_messages(prompt)
        async with aclosing(self._ask(messages, prompt.answer_tokens)) as items:
            async for item in items:
                yield item

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        """Raises ModelError; ModelBroken where the reply cannot be a question."""
        messages = build_rewrite_messages(question, turns)
        text, end = "", ModelEnd()
        async with aclosing(self._ask(messages, REWRITE_TOKENS)) as items:
            async for item in items:
                match item:
                    case ModelText(delta):
                        text += delta
                    case ModelEnd():
                        end = item
        line = text.strip().partition("\n")[0].strip("\"'“”「」 ")  # reasons may follow
        if not line or end.truncated or len(line) > REWRITE_CHARACTERS:
            raise ModelBroken("The model did not rewrite the question.")
        return Rewritten(line, end)

    async def _ask(
        self, messages: Sequence[ChatMessage], tokens: int
    ) -> AsyncGenerator[ModelText | ModelEnd]:
        patience = Patience(self._seconds)
        tries = 2
        with self._breaker.guard():
            while tries:
                tries -= 1
                try:
                    async with aclosing(self._try(messages, tokens, patience)) as items:
                        async for item in items:
                            tries = 0
                            yield item
                    tries = 0
                except Fault as fault:
                    pause = fault.pause
                    if not tries or pause is None or pause > min(LONGEST_PAUSE, patience.left):
                        raise fault.error from None
                    await patience.sleep(pause)

    async def _try(
        self, messages: Sequence[ChatMessage], tokens: int, patience: Patience
    ) -> AsyncGenerator[ModelText | ModelEnd]:
        first = patience.spent + self._seconds * FIRST_SHARE
        with faults(self._role):
            stream = await self._open(messages, tokens, patience, first)
            try:
                limits = Limits(first - patience.spent, self._seconds * NEXT_SHARE)
                async for item in read_stream(stream, patience, limits, self._price):
                    yield item
            finally:
                await stream.close()

    async def _open(
        self, messages: Sequence[ChatMessage], tokens: int, patience: Patience, first: float
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Sends the request, again without a parameter that the server refuses by name."""
        while True:
            sent = self._parameters.current()
            body = {
                "model": self.name,
                "messages": [_render(message) for message in messages],
                "stream": True,
                **{name: tokens if value is _TOKENS else value for name, value in sent.items()},
            }
            request = self._client.post(
                "/chat/completions",
                body=body,
                cast_to=ChatCompletionChunk,
                stream=True,
                stream_cls=openai.AsyncStream[ChatCompletionChunk],
            )
            try:
                return await patience.wait(request, first - patience.spent)
            except openai.APIStatusError as refusal:
                if not self._parameters.learn(refusal, sent):
                    raise


def _render(message: ChatMessage) -> dict[str, str]:
    return {"role": message.role, "content": replace_surrogates(message.content)}


def _choose_parameters(settings: Settings) -> list[Alternatives]:
    """What the model and its server most likely take, first; see bot.models.openai_parameters."""
    limits: Alternatives = [("max_completion_tokens", _TOKENS), ("max_tokens", _TOKENS)]
    groups: list[Alternatives] = [[("stream_options", {"include_usage": True})]]
    if settings.openai_base_url is None:
        groups.append([("prompt_cache_key", "openbook")])
    else:
        limits = limits[::-1]
    if _REASONS.match(settings.chat_model):
        # The less it reasons, the sooner it writes; which of these exist differs by model.
        groups.append([("reasoning_effort", effort) for effort in ("none", "minimal", "low")])
    else:
        groups.append([("temperature", 0)])
    return [limits, *groups]
