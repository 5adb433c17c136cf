"""How the peer refuses a request, and what it can be told to do wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Refusal(Exception):
    """A request refused with Slack's own error code.

    `breach` is set where a correct app never gets this answer; without it the code tells of a state
    of the workspace that any app must expect (not in the channel, message gone)."""

    def __init__(self, code: str, detail: str = "", *, breach: bool = True) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.breach = breach


class Flooded(Exception):
    """Too many requests; `seconds` until the next is taken."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s too early")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Violation:
    """A breach of Slack's contract, or of the house rules for posting (`unfurl`, `no_fallback`)."""

    method: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """429 with a `Retry-After` of so many real seconds."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """A plain 500, 502 or the like."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """`ok: false` with this code."""

    code: str


@dataclass(frozen=True, slots=True)
class LostReply:
    """Does what was asked and then never answers, for so many real seconds."""

    seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Hangs up; `after` doing what was asked, or before."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """Waits so many real seconds, then goes on as usual."""

    seconds: float = 0.3


@dataclass(frozen=True, slots=True)
class Strike:
    """The app's end, before or `after` doing what was asked: `strike` is told the port that the app
    called from, and nothing is answered."""

    strike: Callable[[int], None]
    after: bool = False


Fault = RateLimited | ServerError | ErrorCode | LostReply | Cut | Slow | Strike


class DeliveryFault(Enum):
    """What can happen to one attempt of Slack's to deliver an event."""

    LOST = "never reaches the app"
    ACK_LOST = "reaches the app, but its acknowledgement is lost"
