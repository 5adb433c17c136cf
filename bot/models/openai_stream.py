"""Reads one streamed reply and notices what is wrong with it: the SDK reports neither a stream
that was cut nor one that is empty."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import openai
from openai.types.chat import ChatCompletionChunk
from openai.types.completion_usage import CompletionUsage

from bot.errors import ModelBroken
from bot.models.openai_faults import Fault, filtered, jitter, not_json
from bot.models.patience import Patience
from bot.models.prices import ChatPrice
from bot.models.thoughts import Thoughts
from bot.seams import ModelEnd, ModelText

USAGE_SECONDS = 2.0  # the answer is complete; only its token counts may still come


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to the first chunk and between two."""

    first: float
    next: float


@dataclass(slots=True)
class _Reply:
    """What has come so far."""

    chunks: int = 0
    wrote: bool = False
    finish_reason: str | None = None
    usage: CompletionUsage | None = None
    thoughts: Thoughts = field(default_factory=Thoughts)

    def take(self, chunk: ChatCompletionChunk) -> str:
        """What `chunk` adds to the answer; raises Fault for one of another shape."""
        self.chunks += 1
        try:
            self.usage = chunk.usage or self.usage
            if not chunk.choices:
                return ""
            choice = chunk.choices[0]
            self.finish_reason = choice.finish_reason or self.finish_reason
            text = self.thoughts.feed((choice.delta.content or "") if choice.delta else "")
            self.wrote = self.wrote or bool(text.strip())
        except (AttributeError, LookupError, TypeError):  # the SDK does not check what is sent
            raise Fault(not_json()) from None
        return text

    def finish(self, price: ChatPrice | None, *, streamed: bool) -> list[ModelText | ModelEnd]:
        """The last items; raises Fault where this is no complete reply. `streamed`: the server
        calls it a stream of events."""
        if not self.chunks and not streamed:
            raise Fault(not_json())
        rest = self.thoughts.finish()
        self.wrote = self.wrote or bool(rest.strip())
        end = self._end(price)
        return [ModelText(rest), end] if rest else [end]

    def _end(self, price: ChatPrice | None) -> ModelEnd:
        if self.finish_reason is None:
            raise self.broken_off()
        if self.finish_reason == "content_filter":
            raise Fault(filtered())
        truncated = self.finish_reason == "length"
        if not self.wrote and truncated:
            raise Fault(
                ModelBroken(
                    "The model used up its tokens before it wrote anything.",
                    "Raise OPENBOOK_ANSWER_TOKENS.",
                )
            )
        if not self.wrote:
            raise Fault(
                ModelBroken("The model gave an empty answer.", "Ask again or in other words.")
            )
        return _count_up(self.usage, price, truncated)

    def broken_off(self) -> Fault:
        """Worth another try as long as nobody has seen any text."""
        error = ModelBroken("The model's answer broke off.", "Ask again.")
        return Fault(error, None if self.wrote else jitter())


async def read_stream(
    stream: openai.AsyncStream[ChatCompletionChunk],
    patience: Patience,
    limits: Limits,
    price: ChatPrice | None,
) -> AsyncGenerator[ModelText | ModelEnd]:
    """Raises Fault, and what `bot.models.openai_faults.faults` turns into it."""
    reply = _Reply()
    limit = limits.first
    while True:
        try:
            chunk = await patience.wait(anext(stream), limit)
        except StopAsyncIteration:
            break
        except (openai.OpenAIError, TimeoutError, ValueError) as error:
            if reply.finish_reason is not None:
                break
            if _is_cut(error):
                raise reply.broken_off() from None
            raise
        if text := reply.take(chunk):
            yield ModelText(text)
        limit = limits.next if reply.finish_reason is None else USAGE_SECONDS
    for item in reply.finish(price, streamed=_is_event_stream(stream)):
        yield item


def _is_cut(error: Exception) -> bool:
    return isinstance(error, openai.APIConnectionError) and not isinstance(
        error, openai.APITimeoutError
    )


def _is_event_stream(stream: openai.AsyncStream[ChatCompletionChunk]) -> bool:
    return "event-stream" in stream.response.headers.get("content-type", "")


def _count_up(usage: CompletionUsage | None, price: ChatPrice | None, truncated: bool) -> ModelEnd:
    if not isinstance(usage, CompletionUsage):
        return ModelEnd(price=None, truncated=truncated)
    prompt = _whole(usage.prompt_tokens)
    completion = _whole(usage.completion_tokens)
    cached = min(_whole(getattr(usage.prompt_tokens_details, "cached_tokens", 0)), prompt)
    return ModelEnd(
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        price=price.of(prompt, cached, completion) if price else None,
        truncated=truncated,
    )


def _whole(number: object) -> int:
    """`number` if it is a count: servers leave counts out, or send null."""
    return number if isinstance(number, int) and number > 0 else 0
