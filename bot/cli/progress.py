"""How far long work is, on standard error, and the question before much is deleted."""

import sys
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from bot.reports import Progress

_STAGES = {
    "reading": "Reading",
    "embedding": "Embedding",
    "writing": "Writing",
    "asking": "Asking",
}


class ProgressBar:
    """A bar with a time estimate where a person watches, nothing elsewhere."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        if progress.stage not in self._tasks:
            name = _STAGES.get(progress.stage, progress.stage)
            self._tasks[progress.stage] = self._bar.add_task(name, total=None)
        self._bar.update(
            self._tasks[progress.stage], completed=progress.done, total=progress.total or None
        )

    async def ask_to_delete(self, deleted: int, total: int) -> bool:
        """No, where nobody can be asked."""
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        self._bar.stop()
        agreed = typer.confirm(
            f"{deleted:,} of {total:,} passages would leave the index, because their files are "
            "gone from the folder. Delete them?",
            err=True,
        )
        self._bar.start()
        return agreed
