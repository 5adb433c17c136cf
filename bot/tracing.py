"""Traces by OpenTelemetry: a span for each question, with a span for each of its stages. Nothing of
OpenTelemetry is imported unless traces are wanted. They hold no words of questions, answers or
documents."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.current import event_id
from bot.nouns import Answer, Done, Event, Found, Question, Searching
from bot.questions import Answerer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

PATIENCE = 2.0  # seconds for a collector to take what it is sent
LAST_WORDS = 0.5  # seconds for it to take what is left at the end

logger = logging.getLogger(__name__)


class Tracing:
    """Sends spans by `exporter`, for this process alone: nothing global is set."""

    def __init__(self, exporter: "SpanExporter") -> None:
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # The standard variables of OpenTelemetry may name it otherwise.
        resource = Resource({"service.name": "openbook"}).merge(OTELResourceDetector().detect())
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._exporter = exporter

    def watch(self, engine: Answerer) -> "Traced":
        return Traced(engine, self._provider)

    async def close(self) -> None:
        """Sends what is left. A collector that takes too long is given up: the process ends."""
        sending = asyncio.create_task(asyncio.to_thread(self._provider.shutdown))
        await asyncio.wait([sending], timeout=LAST_WORDS)
        if not sending.done():
            self._exporter.shutdown()
        await sending


class Traced:
    """An engine each of whose answers is told as a span."""

    def __init__(self, engine: Answerer, provider: "TracerProvider") -> None:
        self._engine = engine
        self._tracer = provider.get_tracer("openbook")

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        """As the engine does."""
        from opentelemetry.trace import Status, StatusCode

        span = self._tracer.start_span("question", attributes={"openbook.event": event_id.get()})
        since = time.time_ns()
        try:
            async with aclosing(self._engine.answer(question)) as events:
                async for event in events:
                    now = time.time_ns()
                    if stage := _find_stage(event):
                        self._tell_stage(span, stage, since, now)
                        since = now
                    if isinstance(event, Done):
                        _describe(span, event.answer)
                    yield event
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            span.end()

    def _tell_stage(self, question: "Span", stage: str, since: int, until: int) -> None:
        from opentelemetry.trace import set_span_in_context

        context = set_span_in_context(question)
        self._tracer.start_span(stage, context, start_time=since).end(until)


def open_tracing(endpoint: str) -> Tracing | None:
    """None, which the log explains, where the extra is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        logger.warning("There are no traces: install openbook[traces].")
        return None
    return Tracing(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=PATIENCE))


def _find_stage(event: Event) -> str:
    """The stage that ends with the event."""
    match event:
        case Searching():
            return "rewrite"
        case Found():
            return "search"
        case Done():
            return "write"
        case _:
            return ""


def _describe(span: "Span", answer: Answer) -> None:
    usage = answer.usage
    span.set_attribute("openbook.outcome", answer.outcome)
    span.set_attribute("openbook.index_version", answer.index_version)
    span.set_attribute("gen_ai.request.model", usage.model)
    span.set_attribute("gen_ai.usage.input_tokens", usage.prompt_tokens)
    span.set_attribute("gen_ai.usage.output_tokens", usage.completion_tokens)
    for stage, seconds in usage.seconds.items():
        span.set_attribute(f"openbook.seconds.{stage}", seconds)
