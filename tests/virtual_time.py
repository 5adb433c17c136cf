"""An event loop whose time jumps ahead whenever there is nothing to do but to wait."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class _Jump(selectors.SelectSelector):
    """Waits by moving the time of its loop."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for something that will never happen"
        self.now += timeout or 1e-9  # it never stands still, or rounded waits would have no end
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """For what waits by the loop's own time alone: no sockets, threads or processes."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def run_virtually(work: Coroutine[Any, Any, _Result]) -> _Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
