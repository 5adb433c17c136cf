"""One parser process as its parent sees it: starts, is asked, is killed."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import bot
from bot.errors import KnowledgeError
from bot.indexing import wire

_START_SECONDS = 60.0
# Beyond the parent's own limit, so that the parent's comes first while there is a parent.
_ALARM_SECONDS = 10
_RECYCLED_AFTER = 1000
_LONGEST_ERRORS = 4096
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_PACKAGE_FOLDER = Path(bot.__file__).resolve().parent.parent


class ChildDied(Exception):
    """The process ended in the middle of a file; `code` is its exit code (negative: the signal),
    `said` the end of what it wrote to standard error."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said


class ParserChild:
    """A process that is started when first needed and again after it was killed."""

    def __init__(self, root: Path, seconds: float, memory_bytes: int) -> None:
        self._root = root
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._process: asyncio.subprocess.Process | None = None
        self._errors: IO[bytes] | None = None
        self._asked = 0

    async def ask(self, path: str, *, again: bool = False) -> wire.ReadFile:
        """Has the process read a file.

        Raises DocumentError, TimeoutError, ChildDied, and KnowledgeError if no process can be
        started; the process lives on only after the first.
        """
        if self._asked >= _RECYCLED_AFTER:
            await self.kill()
        finished = False
        try:
            process = self._process or await self._start()
            async with asyncio.timeout(self._seconds):
                data = await self._exchange(process, path, again=again)
            finished = True
        finally:
            if not finished:
                await self.kill()
        return await asyncio.to_thread(wire.decode, path, data)

    async def kill(self) -> None:
        """Ends the process with all its children."""
        process, self._process, self._asked = self._process, None, 0
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    async def _exchange(
        self, process: asyncio.subprocess.Process, path: str, *, again: bool
    ) -> bytes:
        questions, answers = _pipes(process)
        self._asked += 1
        questions.write(json.dumps([path, again]).encode() + b"\n")
        try:
            header = await answers.readexactly(wire.HEADER_BYTES)
            return await answers.readexactly(int.from_bytes(header, "big"))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ChildDied(await process.wait(), self._read_errors()) from None

    async def _start(self) -> asyncio.subprocess.Process:
        """Raises KnowledgeError."""
        try:
            process = self._process = await self._spawn()
        except OSError as error:  # too many files or processes, no room for temporary files
            raise _not_started(str(error)) from None
        _, answers = _pipes(process)
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                if await answers.read(len(wire.READY)) == wire.READY:
                    return process
        raise _not_started(self._read_errors()[-300:])

    async def _spawn(self) -> asyncio.subprocess.Process:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-X", "utf8", "-m", "bot.indexing.parser_process"),
            *(str(self._root), str(self._memory_bytes)),
            *(str(int(self._seconds) + _ALARM_SECONDS), str(os.getpid())),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._errors,
            env=_environment(),
            process_group=0,  # no session: Linux would let it claim as much as all else together
        )

    def _read_errors(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _LONGEST_ERRORS))
        return self._errors.read().decode("utf-8", "replace")


def _not_started(reason: str) -> KnowledgeError:
    return KnowledgeError(
        f"The process that reads documents does not start: {reason}",
        "Install Openbook anew, or give the machine more memory.",
    )


def _pipes(
    process: asyncio.subprocess.Process,
) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    return cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)


def _environment() -> dict[str, str]:
    """No secrets: what stands in the parent's environment is not passed on but for a few names."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {"PYTHONPATH": str(_PACKAGE_FOLDER)}
