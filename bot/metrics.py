"""What is counted while Openbook serves. No label names an asker, a question or a file."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.errors import DeletionRefused
from bot.nouns import Answer, Outcome, Usage
from bot.reports import IndexReport

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ABANDONED = "abandoned"  # the outcome of a question whose answer nobody waited for


@dataclass(slots=True)
class Run:
    """An index run; whoever ends it sets `report`."""

    report: IndexReport | None = None


class Metrics:
    """Counts for one process, from its start on. `embedding_model` and `reranker` are whom
    their tokens are paid to."""

    def __init__(self, embedding_model: str = "", reranker: str = "") -> None:
        self._embedding_model = embedding_model
        self._reranker = reranker
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._questions = self._counter("questions", "Questions by outcome", "platform", "outcome")
        self._refused = self._counter(
            "refused", "Messages that were not taken", "platform", "reason"
        )
        self._tokens = self._counter("tokens", "Tokens that were paid for", "kind", "model")
        self._money = self._counter("dollars", "Money spent, as far as prices are known", "purpose")
        self._unpriced = self._counter(
            "unpriced", "Answers and index runs whose price is unknown", "purpose"
        )
        self._unaffordable = self._counter(
            "unaffordable", "Model calls that a spent budget did not allow", "budget"
        )
        self._runs = self._counter("index_runs", "Index runs", "result")
        self._restarts = self._counter(
            "adapter_restarts", "Platforms that were begun again", "platform"
        )
        self._waiting = self._gauge("questions_waiting", "Questions that wait for their turn")
        self._running = self._gauge("questions_running", "Questions that are being answered")
        self._age = self._gauge("index_age_seconds", "Since the index was published; +Inf: none")
        self._ready = self._gauge("adapter_ready", "1 while a platform is connected", "platform")
        self._seconds = Histogram(
            "openbook_stage_seconds",
            "How long the stages of answers take",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )

    @contextmanager
    def question(self, platform: str) -> Iterator[Callable[[Answer], None]]:
        """Around a question, from its coming until its answer has left. What it gives is to be told
        the answer; the question has one outcome, whatever becomes of it."""
        outcomes = self._questions
        told = False

        def end(answer: Answer) -> None:
            nonlocal told
            told = True
            self._note_answer(answer)
            outcomes.labels(platform, answer.outcome).inc()

        outcome = ABANDONED
        self._waiting.inc()
        try:
            yield end
        except Exception:
            outcome = Outcome.FAILED
            raise
        finally:
            self._waiting.dec()
            if not told:
                outcomes.labels(platform, outcome).inc()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Around the part of a question in which it no longer waits."""
        self._waiting.dec()
        self._running.inc()
        try:
            yield
        finally:
            self._running.dec()
            self._waiting.inc()

    def note_reply(self, platform: str, answer: Answer) -> None:
        """Of any message, be it a question or a command."""
        if answer.denial is not None:
            self._refused.labels(platform, answer.denial).inc()

    def note_unaffordable(self, budget: str) -> None:
        """`asker` or `daily`."""
        self._unaffordable.labels(budget).inc()

    @contextmanager
    def index_run(self) -> Iterator[Run]:
        run, result = Run(), "stopped"
        try:
            yield run
            result = "done"
        except DeletionRefused:
            result = "refused"
            raise
        except Exception:
            result = "failed"
            raise
        finally:
            self._runs.labels(result).inc()
            if run.report is not None:
                self._count_tokens("embedding", self._embedding_model, run.report.tokens)
                self._count_money("index", run.report.price)

    def note_restart(self, platform: str) -> None:
        self._restarts.labels(platform).inc()

    def note_ready(self, platform: str, *, ready: bool) -> None:
        self._ready.labels(platform).set(ready)

    def note_index(self, published_at: datetime | None) -> None:
        """None: there is none that can be read. That it is then infinitely old lets an alarm on its
        age ring."""
        age = (datetime.now(UTC) - published_at).total_seconds() if published_at else math.inf
        self._age.set(age)

    def render(self) -> bytes:
        """In the text format of Prometheus, to be sent as CONTENT_TYPE."""
        return generate_latest(self._registry)

    def _note_answer(self, answer: Answer) -> None:
        for stage, seconds in answer.usage.seconds.items():
            self._seconds.labels(stage).observe(seconds)
        self._note_usage(answer.usage)

    def _note_usage(self, usage: Usage) -> None:
        self._count_tokens("prompt", usage.model, usage.prompt_tokens - usage.cached_tokens)
        self._count_tokens("cached", usage.model, usage.cached_tokens)
        self._count_tokens("completion", usage.model, usage.completion_tokens)
        self._count_tokens("embedding", self._embedding_model, usage.embedding_tokens)
        self._count_tokens("reranking", self._reranker, usage.reranking_tokens)
        self._count_money("answers", usage.price)

    def _count_tokens(self, kind: str, model: str, tokens: int) -> None:
        if tokens > 0:
            self._tokens.labels(kind, model).inc(tokens)

    def _count_money(self, purpose: str, price: float | None) -> None:
        if price is None:
            self._unpriced.labels(purpose).inc()
        else:
            self._money.labels(purpose).inc(price)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"openbook_{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"openbook_{name}", meaning, labels, registry=self._registry)
