"""Index runs in processes of their own, which can be killed and can have fewer rights."""

import asyncio
import ctypes
import multiprocessing
import os
import resource
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.errors import OpenbookError
from bot.reports import IndexReport, Progress
from tests.embedders import HashingEmbedder
from tests.libraries import Library

# The server has imported all that is needed before it forks: a run starts in no time.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

_DROP_FROM_BOUNDING_SET = 24
_CAPABILITIES_VERSION = 0x20080522
_OVERRIDES = (1, 2)  # of the rights that files have: to write, to read


@dataclass(frozen=True)
class Run:
    """What a child is to do. `largest_file` in bytes stands for a disk that gets full."""

    place: Path
    delay: float = 0.0
    identity: str = "hashing 1"
    rebuild: bool = False
    without_rights: bool = False
    largest_file: int | None = None


Result = IndexReport | OpenbookError
Report = Progress | IndexReport | tuple[type[OpenbookError], str, str]


def start(run: Run) -> tuple[ForkServerProcess, "Connection[None, Report]"]:
    """The process and what it reports: its progress, then its end."""
    receiver, sender = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_work, args=(run, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


async def finish(run: Run) -> Result:
    return await asyncio.to_thread(_wait, run)


def _wait(run: Run) -> Result:
    process, receiver = start(run)
    try:
        while isinstance(report := receiver.recv(), Progress):
            pass
    finally:
        process.join(30)
        receiver.close()
    if isinstance(report, tuple):
        kind, problem, remedy = report
        return kind(problem, remedy)
    return report


def _work(run: Run, sender: "Connection[Report, None]") -> None:
    if run.without_rights:
        _lay_down_rights()
    if run.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (run.largest_file, resource.RLIM_INFINITY))
    library = Library(run.place, HashingEmbedder(run.identity, delay=run.delay))
    try:
        report = asyncio.run(library.librarian().index(rebuild=run.rebuild, progress=sender.send))
    except OpenbookError as error:
        sender.send((type(error), error.problem, error.remedy))
    else:
        sender.send(report)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _lay_down_rights() -> None:
    """What files forbid is forbidden to root too from here on, and to the processes it starts."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    header = _Header(_CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # twice: effective, permitted, inheritable
    library.capget(ctypes.byref(header), sets)
    for capability in _OVERRIDES:
        library.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)
        for number in range(3):
            sets[number] &= ~(1 << capability)
    if library.capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
