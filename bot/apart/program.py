"""The program of an index process: reads the settings, runs the index and tells how it goes.

It gives way to whatever else wants the processor, and ends with its parent.
"""

import asyncio
import os
import threading
from io import RawIOBase

from bot.apart import lines
from bot.errors import OpenbookError
from bot.reports import IndexReport, Progress

NICENESS = 19
OFTEN = 0.1  # seconds between two words on how far it is: each costs the parent a moment


def main() -> None:
    os.nice(NICENESS)  # before there are threads, which would keep what they have
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    # Without a buffer: its lock, held by a thread that waits for a line, would crash Python's end.
    requests = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115
    said: IndexReport | OpenbookError
    try:
        said = asyncio.run(_index(requests, answers))
    except OpenbookError as error:
        said = error
    _write(answers, lines.encode(said))


async def _index(requests: RawIOBase, answers: int) -> IndexReport:
    from bot.wiring import open_parts  # it takes long, and shall take it as a nice process

    settings = lines.decode_settings(requests.readline())
    agreements: asyncio.Queue[bool] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_listen, args=(requests, loop, agreements), daemon=True).start()

    async def agree(deleted: int, total: int) -> bool:
        _write(answers, lines.encode(lines.MayDelete(deleted, total)))
        return await agreements.get()

    async with open_parts(settings) as parts:
        return await parts.librarian.index(agree=agree, progress=_Teller(answers).tell)


def _listen(
    requests: RawIOBase, loop: asyncio.AbstractEventLoop, agreements: asyncio.Queue[bool]
) -> None:
    """In a thread of its own: the end of the parent is noticed whatever the loop is doing."""
    for line in requests:
        loop.call_soon_threadsafe(agreements.put_nowait, lines.decode_agreement(line))
    os._exit(1)


class _Teller:
    """Tells how far the run is: each stage at once, and within one not too often."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self._stage = ""
        self._newest: Progress | None = None
        self._resting = False

    def tell(self, progress: Progress) -> None:
        if self._resting and progress.stage == self._stage:
            self._newest = progress
        else:
            self._say(progress)

    def _say(self, progress: Progress) -> None:
        self._stage, self._newest = progress.stage, None
        _write(self._answers, lines.encode(progress))
        if not self._resting:
            self._resting = True
            asyncio.get_running_loop().call_later(OFTEN, self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        if self._newest:
            self._say(self._newest)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
