"""The terminal as a platform: a line becomes a Message, events become text on the screen."""

import asyncio
import locale
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.spinner import Spinner
from rich.text import Text as Line

from bot.descriptions import describe_cost, describe_excerpts
from bot.nouns import (
    Answer,
    Asker,
    Chat,
    Done,
    Event,
    Found,
    Message,
    Outcome,
    Searching,
    Text,
    Working,
)
from bot.texts import Words

if TYPE_CHECKING:
    from bot.desk import Desk  # commands that only print have no use for it

PROMPT = "> "
LEAVING = frozenset({"/quit", "/exit", "quit", "exit", "退出"})

# Nobody presses a button under an answer here: /sources and /why do the same.
_ANSWERS = frozenset({Outcome.ANSWERED, Outcome.PASSAGES_ONLY, Outcome.NOT_FOUND})

# Control characters could move the cursor or rename the window; tab and newline are harmless.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # who runs the command decides how it ends


def make_console(file: TextIO | None = None) -> Console:
    """Plain text without wrapping where nobody watches. `file` is standard output by default."""
    console = _Console(file=file, markup=False, highlight=False, emoji=False)
    console.soft_wrap = not console.is_terminal
    return console


def make_safe(text: str) -> str:
    """Text of documents and models as a terminal may have it: it draws and commands nothing."""
    return _CONTROLS.sub("", text)


def find_language() -> str:
    """The language of the person at this terminal by the locale, such as `zh_CN.UTF-8`, or ""."""
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, names), "")


def to_message(line: str, number: int, language: str) -> Message:
    return Message(
        event_id=f"terminal-{number}",
        text=line,
        asker=Asker("terminal", "local", language=language),
        chat=Chat("terminal", "local"),
        time=datetime.now(UTC),
    )


async def render(
    events: AsyncIterator[Event], console: Console, words: Words, *, cost: bool = True
) -> Answer:
    """Shows events as they come and returns the answer. On a terminal the text grows while it is
    written and is then replaced by the final one; elsewhere only the final one is shown."""
    if console.is_terminal and not console.is_dumb_terminal:
        answer = await _watch(events, console, words)
    else:
        answer = [event.answer async for event in events if isinstance(event, Done)][-1]
    show_answer(answer, console, words, cost=cost and console.is_terminal)
    return answer


def show_answer(answer: Answer, console: Console, words: Words, *, cost: bool) -> None:
    """The text, the numbered sources with quotes, the note."""
    text = make_safe(answer.text)
    if console.is_terminal and answer.is_markdown:
        console.print(_to_markdown(text))
    else:
        console.print(text)
    if answer.citations:
        console.print(f"\n{words.sources}", style="bold")
    if answer.excerpts:
        _print_indented(describe_excerpts(answer.excerpts), console)
    if answer.note:
        console.print(f"\n{make_safe(answer.note)}", style="italic")
    if answer.outcome not in _ANSWERS:
        for button in answer.buttons:
            console.print(f"{button.command}  {button.label}")
    if cost and answer.usage.completion_tokens:
        console.print(f"\n{describe_cost(answer, words)}", style="dim")


def _print_indented(text: str, console: Console) -> None:
    """Keeps the indent of a line on the lines that it is wrapped to."""
    for line in make_safe(text).splitlines():
        words = line.lstrip()
        indent = len(line) - len(words)
        shown = Padding(words, (0, 0, 0, indent), expand=False) if console.is_terminal else line
        console.print(shown, style="dim")


class Terminal:
    """A conversation: reads lines until one of `LEAVING` or the end of input, shows each answer."""

    def __init__(
        self, desk: "Desk", runner: asyncio.Runner, console: Console, words: Words, language: str
    ) -> None:
        self._desk = desk
        self._runner = runner
        self._console = console
        self._words = words
        self._language = language
        self._attended = sys.stdin.isatty() and console.is_terminal

    def run(self, greeting: str) -> bool:
        """Whether every question could be answered. The prompt waits in the main thread, where
        line editing and Ctrl-C work; the event loop runs while an answer is made."""
        if self._attended:
            _start_line_editing()
            self._console.print(greeting, style="bold")
        fine, number = True, 0
        while (line := self._read_line()) is not None and line.strip().lower() not in LEAVING:
            if line.strip():
                number += 1
                fine &= self._answer(to_message(line.strip(), number, self._language))
        return fine

    def _read_line(self) -> str | None:
        if not self._attended:
            return sys.stdin.readline() or None
        try:
            return input(PROMPT)
        except EOFError:
            self._console.print()
            return None
        except KeyboardInterrupt:  # the line is given up, not the conversation
            self._console.print()
            return ""

    def _answer(self, message: Message) -> bool:
        try:
            answer = self._runner.run(self._show(message))
        except KeyboardInterrupt:
            if not self._attended:
                raise
            self._console.print(self._words.stopped, style="italic")
            return True
        return answer.outcome not in (Outcome.FAILED, Outcome.PASSAGES_ONLY)

    async def _show(self, message: Message) -> Answer:
        """In the language of the conversation, which may be another than the terminal's."""
        words = self._desk.speak_to(message)
        async with aclosing(self._desk.handle(message)) as events:
            answer = await render(events, self._console, words)
        self._console.print()
        return answer


class _Tail:
    """The end of a text that may be longer than the screen."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(_to_markdown(self._text), options, pad=False)
        for line in lines[-(console.height - 2) :]:
            yield from line
            yield Segment.line()


async def _watch(events: AsyncIterator[Event], console: Console, words: Words) -> Answer:
    """Raises CancelledError after leaving on the screen what had been written."""
    written = ""
    try:
        with Live(console=console, transient=True, refresh_per_second=10) as live:
            async for event in events:
                match event:
                    case Searching():
                        live.update(_wait(words.searching))
                    case Found():
                        live.update(_wait(words.reading))
                    case Working(said):
                        live.update(_wait(make_safe(said)))
                    case Text(delta):
                        written += make_safe(delta)
                        live.update(_Tail(written))
                    case Done(answer):
                        return answer
    except asyncio.CancelledError:
        console.print(written)
        raise
    raise RuntimeError("The events of an answer ended without Done")


def _wait(words: str) -> Spinner:
    return Spinner("dots", Line(words, style="dim"))


def _to_markdown(text: str) -> Markdown:
    # Two spaces keep a line break that Markdown would join; addresses are shown, not hidden.
    return Markdown(text.replace("\n", "  \n"), hyperlinks=False)


def _start_line_editing() -> None:
    """From here on `input` edits lines; it takes every script even where the locale that is set
    is not installed, and Tab writes itself instead of names of files."""
    with suppress(ImportError):  # Windows has none; its console edits by itself
        import readline

        with suppress(locale.Error):
            if locale.nl_langinfo(locale.CODESET).upper() != "UTF-8":
                locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        for line in ("set input-meta on", "set output-meta on", "set convert-meta off"):
            readline.parse_and_bind(line)
        readline.parse_and_bind("tab: tab-insert")
