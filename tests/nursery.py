"""Bots that are born fast: `python -m tests.nursery LEASE` imports what `openbook serve` needs once
and forks a process of it for each line on standard input.

    {"born": {NAME: VALUE, ...}, "log": FILE}    one more, with this environment; answers its number
    {"killed": NUMBER}                           kill -9; answers the number when it is gone

`Nursery` is the other end. Every process is the real command from its first line on."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Nursery:
    """A context manager; all that was born there ends with it."""

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._living: set[int] = set()

    def __enter__(self) -> "Nursery":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery", str(self._lease)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self._living):
            self.kill(number)
        self._process.communicate()

    def bear(self, environment: Mapping[str, str], log: Path) -> int:
        """The number of a new process, which logs to the end of a file."""
        number = self._ask({"born": dict(environment), "log": str(log)})
        self._living.add(number)
        return number

    def kill(self, number: int) -> None:
        """With no time for anything; returns when the process is gone."""
        self._living.discard(number)
        self._ask({"killed": number})

    def _ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _bear(environment: Mapping[str, str], log: str, lease: float) -> int:
    number = os.fork()
    if number:
        return number
    from bot.cli.logs import start_logging
    from bot.cli.serving import serve_platforms

    os.environ.update(environment)
    os.chdir(Path(log).parent)
    for descriptor, path, how in ((0, os.devnull, os.O_RDONLY), (1, os.devnull, os.O_WRONLY)):
        os.dup2(os.open(path, how), descriptor)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    start_logging(debug=False)
    os._exit(asyncio.run(serve_platforms([], lease)))


def _main(lease: float) -> None:
    import adapters.slack.adapter
    import adapters.telegram.adapter  # noqa: F401
    import bot.answering.engine
    import bot.cli.serving
    import bot.desk
    import bot.ledger.opening
    import bot.models.openai_chat
    import bot.platforms  # noqa: F401

    warnings.filterwarnings("ignore", "lancedb fork support", RuntimeWarning)  # used by none yet
    for line in sys.stdin:
        order = json.loads(line)
        if "born" in order:
            number = _bear(order["born"], order["log"], lease)
        else:
            number = order["killed"]
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(float(sys.argv[1]))
