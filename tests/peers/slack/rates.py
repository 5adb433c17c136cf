"""How often an app may call: a bucket of tokens for each method, or for each channel."""

import math
from dataclasses import dataclass, field

from tests.peers.slack.clock import Clock
from tests.peers.slack.faults import Flooded

TIERS = {2: 20, 3: 50, 4: 100}  # requests a minute
METHOD_TIERS = {
    "assistant.threads.setSuggestedPrompts": 4,
    "assistant.threads.setTitle": 4,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.info": 4,
    "reactions.add": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.update": 4,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """Slack's own figures; `UNLIMITED` switches them off. `factor` multiplies the tiers."""

    posts_per_second: float = 1.0  # chat.postMessage, in one channel
    burst: int = 5
    factor: float = 1.0
    statuses_per_minute: float = 600.0  # assistant.threads.setStatus


UNLIMITED = Rates(posts_per_second=math.inf, factor=math.inf, statuses_per_minute=math.inf)


@dataclass(slots=True)
class Bucket:
    capacity: float
    per_second: float
    level: float
    filled: float


@dataclass
class Meter:
    clock: Clock
    rates: Rates
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def count(self, method: str, channel: str) -> None:
        """Raises Flooded if this request comes too early."""
        if method == "chat.postMessage":
            self._take((method, channel), self.rates.burst, self.rates.posts_per_second)
        elif method == "assistant.threads.setStatus":
            most = self.rates.statuses_per_minute
            self._take((method, ""), most, most / 60)
        elif method in METHOD_TIERS:
            most = TIERS[METHOD_TIERS[method]] * self.rates.factor
            self._take((method, ""), most, most / 60)

    def _take(self, key: tuple[str, str], capacity: float, per_second: float) -> None:
        if math.isinf(per_second):
            return
        now = self.clock.now()
        bucket = self.buckets.setdefault(key, Bucket(capacity, per_second, capacity, now))
        refilled = bucket.level + (now - bucket.filled) * bucket.per_second
        bucket.level, bucket.filled = min(bucket.capacity, refilled), now
        if bucket.level < 1:
            raise Flooded((1 - bucket.level) / bucket.per_second)
        bucket.level -= 1
