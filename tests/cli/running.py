"""Runs `openbook` in this process, in one of its own, and at a terminal."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

from typer.testing import CliRunner, Result

from bot.cli.app import app

ROOT = Path(__file__).parent.parent.parent


def run(*arguments: str, typed: str | None = None) -> Result:
    """In this process, without a terminal."""
    return CliRunner().invoke(app, arguments, input=typed)


def run_json(*arguments: str) -> Any:  # noqa: ANN401  (JSON)
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def start(
    *arguments: str, stdin: int = subprocess.DEVNULL, stdout: int | BinaryIO = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """The real command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def assert_refused(result: Result, *words: str) -> None:
    """Two lines, nothing on standard output, exit code 1, no traceback."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr, result.stderr
    assert "unexpected" not in result.stderr
    assert 1 < result.stderr.count("\n") <= 4, result.stderr
    for word in words:
        assert word in result.stderr


class Typist:
    """A person at a terminal of its own, in front of the real command."""

    def __init__(self, *arguments: str) -> None:
        self._master, slave = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def wait_for(self, words: str) -> None:
        """Fails by time-out of the test if they never come."""
        while words.encode() not in self.seen:
            ready, _, _ = select.select([self._master], [], [], 60)
            assert ready, self.seen.decode()
            self.seen += os.read(self._master, 65536)
        self.seen = self.seen.split(words.encode(), 1)[1]

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)
