"""Reads documents in child processes, so that a bad file can cost no more than itself."""

import asyncio
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.errors import DocumentError, DocumentUnsettled
from bot.indexing import wire
from bot.indexing.formats.endings import find_ending
from bot.indexing.parser_child import ChildDied, ParserChild

_MEMORY_WORDS = (
    "memory allocation",
    "out of memory",
    "bad_alloc",
    "cannot allocate",
    "capacity overflow",
)


class Reader:
    """An async context manager that owns `workers` parser processes, each started when needed."""

    def __init__(
        self, root: Path, *, workers: int = 2, seconds: float = 60, memory_bytes: int = 3 << 30
    ) -> None:
        self._seconds = seconds
        self._gigabytes = f"{memory_bytes / (1 << 30):.3g}"
        self._children = [
            ParserChild(root.resolve(), seconds, memory_bytes) for _ in range(workers)
        ]
        # Last in, first out: who reads one file after the other starts one process only.
        self._idle: asyncio.LifoQueue[ParserChild] = asyncio.LifoQueue()
        for child in self._children:
            self._idle.put_nowait(child)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for child in self._children:
            await child.kill()

    async def read(self, path: str) -> wire.ReadFile:
        """The document at `path`, relative to the root, and its passages.

        May be called many times at once. Raises DocumentError with a reason for people, and
        KnowledgeError if no parser process can be started.
        """
        child = await self._idle.get()
        try:
            return await self._read(child, path)
        finally:
            self._idle.put_nowait(child)

    async def _read(self, child: ParserChild, path: str) -> wire.ReadFile:
        is_pdf = find_ending(path) == ".pdf"
        try:
            return await child.ask(path)
        except TimeoutError:
            reason = self._too_slow()
            if not is_pdf:
                raise reason from None
        except ChildDied as death:
            reason = self._explain(death)
        # Perhaps files before this one had used up the process: in a fresh one, only this file
        # can be to blame. A PDF gets another parser there.
        try:
            return await child.ask(path, again=True)
        except TimeoutError:
            raise self._too_slow() from None
        except ChildDied as death:
            raise self._explain(death) from None
        except DocumentError:
            if is_pdf:
                raise reason from None
            raise

    def _explain(self, death: ChildDied) -> DocumentError:
        if death.code == -signal.SIGALRM:
            return self._too_slow()
        said = death.said.lower()
        if death.code == wire.OUT_OF_MEMORY or any(word in said for word in _MEMORY_WORDS):
            return DocumentError(
                f"Reading it needs more than {self._gigabytes} GB of memory.",
                "Split it, or save it in a simpler form.",
            )
        if death.code == -signal.SIGKILL:
            return DocumentUnsettled(
                "The process that read it was killed, perhaps because memory ran out.",
                "It is tried again by the next index run.",
            )
        return DocumentError(
            f"The program that reads it crashed ({_name_end(death.code)}): the file is damaged,"
            f" or needs more than {self._gigabytes} GB of memory.",
            "Open it in the program that made it and save it anew.",
        )

    def _too_slow(self) -> DocumentError:
        return DocumentUnsettled(
            f"Reading it took longer than {self._seconds:g} seconds.",
            "Split it, or save it in a simpler form.",
        )


def _name_end(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
