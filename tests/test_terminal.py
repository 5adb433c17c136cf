"""The terminal: what a person sees, and that nothing in a text can command the terminal."""

import asyncio
import io
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import pytest
from rich.console import Console

from adapters.terminal import Terminal, find_language, make_console, make_safe, render, to_message
from bot.nouns import (
    Answer,
    Citation,
    Done,
    Event,
    Found,
    Outcome,
    Passage,
    Question,
    Searching,
    Source,
    Text,
    Usage,
)
from bot.presenting import present
from bot.texts import CHINESE, ENGLISH, Words
from tests.desks import make_desk

PASSAGE = Passage("p", "…", Source("fees.md", "Fees", ("Fees", "Abroad"), 2, 0, 1))
ANSWER = Answer(
    "It costs **5 euros** [1].\nNothing more.",
    Outcome.ANSWERED,
    citations=(
        Citation(1, PASSAGE, "Abroad it costs 5 euros."),
        Citation(1, PASSAGE, "Nothing else is charged."),
        Citation(1, PASSAGE, "Abroad it costs 5 euros."),
    ),
    passages=(PASSAGE,),
    usage=Usage("gpt-test", 100, 0, 20, price=0.00123, seconds={"total": 2.0}),
    note="A note.",
)


async def events_of(answer: Answer, words: Words = ENGLISH) -> AsyncIterator[Event]:
    yield Searching("q")
    yield Found((PASSAGE,))
    yield Text("It costs")
    yield Text(" 5 dollars")
    yield Done(present(answer, words))


class Engine:
    def __init__(self, answer: Answer = ANSWER) -> None:
        self.asked: list[str] = []
        self.answer_of_all = answer

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        self.asked.append(question.text)
        async for event in events_of(self.answer_of_all):
            yield event


def screen() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, force_terminal=True, width=60, highlight=False), written


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


async def test_piped_answer_is_plain_and_final() -> None:
    written = io.StringIO()
    answer = await render(events_of(ANSWER), make_console(written), ENGLISH)

    assert answer.text is ANSWER.text
    assert written.getvalue() == (
        "It costs **5 euros** [1].\nNothing more.\n\n"
        "Sources\n"
        "[1] fees.md › Fees › Abroad, page 2\n"
        "    “Abroad it costs 5 euros.”\n"
        "    “Nothing else is charged.”\n"
        "\nA note.\n"
    )


async def test_long_lines_are_not_wrapped_when_piped() -> None:
    written = io.StringIO()
    await render(events_of(Answer("word " * 100, Outcome.ANSWERED)), make_console(written), ENGLISH)

    assert written.getvalue().count("\n") == 1


async def test_terminal_replaces_streamed_text_by_the_final_one() -> None:
    console, written = screen()
    await render(events_of(ANSWER, CHINESE), console, CHINESE)

    shown = written.getvalue()
    final = shown.rsplit("\x1b[2K", 1)[-1]  # after the last line that was erased
    assert "5 euros" in final
    assert "**" not in final
    assert "5 dollars" not in final
    assert "出处" in final
    assert "第 2 页" in final
    assert "gpt-test" in final
    assert "$0.0012" in final


async def test_text_cannot_command_the_terminal() -> None:
    evil = "a\x1b]0;title\x07b\x9b31mc\u202etxt\r\n\td"
    assert make_safe(evil) == "a]0;titleb31mctxt\n\td"

    console, written = screen()
    passage = Passage("p", evil, Source(f"{evil}.md", evil, (evil,), None, 0, 1))
    await render(
        events_of(Answer(evil, Outcome.NOTICE, citations=(Citation(1, passage, evil),), note=evil)),
        console,
        ENGLISH,
    )
    assert "\x1b]" not in written.getvalue()
    assert "\x9b" not in written.getvalue()


async def test_cancelled_answer_leaves_what_was_written() -> None:
    async def endless() -> AsyncIterator[Event]:
        yield Text("Half of ")
        await asyncio.Event().wait()

    console, written = screen()
    task = asyncio.create_task(render(endless(), console, ENGLISH))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "Half of" in written.getvalue().rsplit("\x1b[2K", 1)[-1]


def test_line_becomes_a_message() -> None:
    message = to_message("hello", 3, "zh_CN.UTF-8")

    assert message.text == "hello"
    assert message.asker.key == "terminal:local"
    assert message.asker.language == "zh_CN.UTF-8"
    assert message.event_id != to_message("hello", 4, "").event_id
    assert message.chat.key == to_message("again", 4, "").chat.key


def test_language_is_that_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert find_language() == ""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert find_language() == "zh_CN.UTF-8"


def test_piped_lines_are_answered_without_noise(
    monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner
) -> None:
    engine = Engine()
    desk = make_desk(engine)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("first\n\n  second \n/new\nlast without end"))

    terminal = Terminal(desk, runner, make_console(written), ENGLISH, "")
    assert terminal.run("A greeting that nobody reads") is True
    assert engine.asked == ["first", "second", "last without end"]
    assert "greeting" not in written.getvalue()
    assert "> " not in written.getvalue()
    assert ENGLISH.forgotten in written.getvalue()


@pytest.mark.parametrize("line", ["/quit", "/exit", "quit", "exit", " Exit ", "退出"])
def test_a_line_leaves_the_conversation(
    monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner, line: str
) -> None:
    engine = Engine()
    desk = make_desk(engine)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"how do I {line}?\n{line}\nlater\n"))

    assert Terminal(desk, runner, make_console(io.StringIO()), ENGLISH, "").run("")
    assert engine.asked == [f"how do I {line}?"]


def test_labels_are_in_the_language_of_the_conversation(
    monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("运费是多少？\n"))

    assert Terminal(make_desk(Engine()), runner, make_console(written), ENGLISH, "").run("")
    assert f"\n{CHINESE.sources}\n" in written.getvalue()


class Typed(io.StringIO):
    """A person at the keyboard."""

    def isatty(self) -> bool:
        return True


class Interrupted(Engine):
    """Somebody presses Ctrl-C while the first answer is made."""

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        first = not self.asked
        self.asked.append(question.text)
        yield Text("Half of ")
        if first:
            signal.raise_signal(signal.SIGINT)
            await asyncio.Event().wait()
        yield Done(ANSWER)


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Whoever starts the tests in the background has them ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_interrupt_stops_the_answer_and_not_the_conversation(
    monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner
) -> None:
    engine = Interrupted()
    desk = make_desk(engine)
    console, written = screen()
    monkeypatch.setattr(sys, "stdin", Typed("first\nsecond\n"))

    assert Terminal(desk, runner, console, ENGLISH, "").run("Welcome.")
    assert engine.asked == ["first", "second"]
    shown = written.getvalue()
    assert shown.startswith("\x1b[1mWelcome.")
    assert shown.index("Half of") < shown.index(ENGLISH.stopped) < shown.index("5 euros")


def test_failures_are_told_at_the_end(
    monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner
) -> None:
    engine = Engine(Answer("The model is away.", Outcome.PASSAGES_ONLY))
    desk = make_desk(engine)
    monkeypatch.setattr(sys, "stdin", io.StringIO("first\n"))

    assert not Terminal(desk, runner, make_console(io.StringIO()), ENGLISH, "").run("")
