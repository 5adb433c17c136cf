"""What can go wrong between a bot and Telegram, at a test's word."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.peers.telegram.refusal import JSON


@dataclass(frozen=True, slots=True)
class Flood:
    """429: too many requests, come back after so many seconds. Nothing was delivered. `lasting`:
    who comes back earlier to that chat is refused again, and that is written down."""

    retry_after: int = 1
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class BadGateway:
    """A web page of a proxy instead of an answer. Nothing was delivered."""

    status: int = 502
    html: str = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Refused:
    """An error of Telegram's in any words. Nothing was delivered."""

    status: int = 500
    description: str = "Internal Server Error"


@dataclass(frozen=True, slots=True)
class LostReply:
    """Delivered, but the answer comes only after `seconds` (by default long after any test)."""

    seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks, before or after delivery."""

    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """Delivered and answered, each after `seconds`."""

    seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Strike:
    """The bot's end, before or after delivery: `strike` is told the port that the bot called from,
    and nothing is answered."""

    strike: Callable[[int], None]
    delivered: bool = False


Fault = Flood | BadGateway | Refused | LostReply | Cut | Slow | Strike


@dataclass(slots=True)
class _Plan:
    method: str
    fault: Fault
    left: int | None
    concerns: Callable[[JSON], bool]


@dataclass(slots=True)
class Faults:
    """The faults to come, first planned first."""

    _plans: list[_Plan] = field(default_factory=list)

    def plan(
        self,
        method: str,
        fault: Fault,
        *,
        times: int | None = 1,
        concerns: Callable[[JSON], bool] = lambda _: True,
    ) -> None:
        """`method` "*" is any but getUpdates; `times` None is always; `concerns` looks at the
        parameters."""
        self._plans.append(_Plan(method, fault, times, concerns))

    def clear(self) -> None:
        self._plans.clear()

    def take(self, method: str, params: JSON) -> Fault | None:
        """The fault for this request, which is used up by it."""
        for plan in self._plans:
            hit = plan.method == method or (plan.method == "*" and method != "getUpdates")
            if hit and plan.left != 0 and plan.concerns(params):
                if plan.left is not None:
                    plan.left -= 1
                return plan.fault
        return None
