"""Brings events, commands and interactions to the app, and again if it does not say "got it".

An event that is not acknowledged within three seconds comes again at once, a minute and five
minutes later; commands and interactions do not."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.peers.slack.clock import Clock
from tests.peers.slack.faults import DeliveryFault, Violation
from tests.peers.slack.news import PATIENCE, News

JSON = dict[str, Any]
ACK_SECONDS = 3.0
RETRIES_AFTER = (0.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `reason` as Slack names it in its retry header; `final` if the
    app asked for no more."""

    acknowledged: bool
    reply: object = None
    reason: str = ""
    final: bool = False
    fault: bool = False  # arranged by the test: not the app's doing


@dataclass(eq=False, slots=True)
class Delivery:
    """One event, command or interaction on its way; `kind` as Socket Mode calls it:
    `events_api`, `slash_commands` or `interactive`."""

    kind: str
    payload: JSON
    news: News
    outcomes: list[Outcome] = field(default_factory=list)
    done: bool = False

    @property
    def acknowledged(self) -> bool:
        return any(outcome.acknowledged for outcome in self.outcomes)

    @property
    def reply(self) -> object:
        """The body of the acknowledgement."""
        return next((outcome.reply for outcome in self.outcomes if outcome.acknowledged), None)

    async def finished(self, patience: float = PATIENCE) -> "Delivery":
        """Itself, once acknowledged or given up."""
        await self.news.wait_until(lambda: self.done, patience, f"{self.kind} to be acknowledged")
        return self


@dataclass(frozen=True, slots=True)
class Retry:
    number: int
    reason: str


class Carrier(Protocol):
    """Socket Mode or HTTP."""

    async def carry(self, delivery: Delivery, retry: Retry | None, seconds: float) -> Outcome:
        """One attempt that waits so many Slack seconds for the app."""
        ...


@dataclass
class Courier:
    """`hold` and `release` stop and start all deliveries; `faults` are used up one an attempt."""

    clock: Clock
    news: News
    carrier: Callable[[], Carrier]
    violations: list[Violation]
    ack_seconds: float = ACK_SECONDS
    retries_after: tuple[float, ...] = RETRIES_AFTER
    deliveries: list[Delivery] = field(default_factory=list)
    faults: deque[DeliveryFault] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def send(
        self, kind: str, payload: JSON, then: Callable[[Delivery], None] = lambda _: None
    ) -> Delivery:
        """Starts a delivery; `then` is called once it is acknowledged."""
        delivery = Delivery(kind, payload, self.news)
        self.deliveries.append(delivery)
        self._start(delivery, None, then)
        return delivery

    def repeat(self, delivery: Delivery, reason: str = "timeout") -> None:
        """Sends once more what was sent already, as a retry."""
        self._start(delivery, Retry(len(delivery.outcomes), reason), lambda _: None)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def unacknowledged(self) -> list[Delivery]:
        return [delivery for delivery in self.deliveries if not delivery.acknowledged]

    def _start(
        self, delivery: Delivery, retry: Retry | None, then: Callable[[Delivery], None]
    ) -> None:
        task = asyncio.create_task(self._deliver(delivery, retry, then))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self, delivery: Delivery, retry: Retry | None, then: Callable[[Delivery], None]
    ) -> None:
        pauses = self.retries_after if delivery.kind == "events_api" and retry is None else ()
        for number, pause in enumerate(itertools.chain((0.0,), pauses)):
            await self.clock.sleep(pause)
            await self._open.wait()
            outcome = await self._attempt(delivery, retry)
            delivery.outcomes.append(outcome)
            self.news.tell("attempt", delivery)
            if outcome.acknowledged:
                then(delivery)
            if outcome.acknowledged or outcome.final:
                break
            retry = Retry(number + 1, outcome.reason)
        delivery.done = True
        self.news.tell("delivered", delivery)

    async def _attempt(self, delivery: Delivery, retry: Retry | None) -> Outcome:
        fault = self.faults.popleft() if self.faults else None
        if fault is DeliveryFault.LOST:
            return Outcome(acknowledged=False, reason="timeout", fault=True)
        outcome = await self.carrier().carry(delivery, retry, self.ack_seconds)
        if fault is DeliveryFault.ACK_LOST:
            return Outcome(acknowledged=False, reason="timeout", fault=True)
        if not outcome.acknowledged and not outcome.fault:
            name = _name(delivery)
            self.violations.append(Violation(delivery.kind, "no_ack", f"{name}: {outcome.reason}"))
        return outcome


def _name(delivery: Delivery) -> str:
    payload = delivery.payload
    names = (payload.get("event", {}).get("type"), payload.get("command"), payload.get("type"))
    return next(filter(None, names), "?")
