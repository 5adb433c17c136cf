"""The last stop of every command: errors become lines for people and exit codes."""

import errno
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from bot.errors import OpenbookError

STOPPED = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED = 141  # 128 + SIGPIPE

Run = Callable[[Coroutine[Any, Any, int]], int]


@contextmanager
def guarded() -> Iterator[Run]:
    """Gives the function that runs a coroutine to its end. Whatever is raised inside leaves as
    typer.Exit, said on standard error in at most two sentences."""
    try:
        yield _run
        sys.stdout.flush()
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        complain("Stopped.")
        raise typer.Exit(STOPPED) from None
    except OpenbookError as error:
        complain(error.problem, error.remedy)
        raise typer.Exit(1) from None
    except BrokenPipeError:
        _stop_writing()
        raise typer.Exit(PIPE_CLOSED) from None
    except Exception as error:  # noqa: BLE001  (nobody shall see a traceback)
        _report(error)
        raise typer.Exit(1) from None


def complain(problem: str, remedy: str = "") -> None:
    for line in filter(None, (problem, remedy)):
        typer.echo(line, err=True)


def _run(work: Coroutine[Any, Any, int]) -> int:
    import asyncio

    return asyncio.run(work)


def _report(error: Exception) -> None:
    if _is_full_disk(error):
        complain("The disk is full.", "Free some space and run the same command again.")
        _stop_writing()  # it may be the disk that standard output goes to
        return
    import logging

    logging.getLogger("bot").error(
        "Something unexpected went wrong: %s: %s", type(error).__name__, error, exc_info=error
    )


def _is_full_disk(error: BaseException | None) -> bool:
    while error is not None:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(error):  # as LanceDB words it
            return True
        error = error.__cause__ or error.__context__
    return False


def _stop_writing() -> None:
    """Python flushes standard output once more at its end; that must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
