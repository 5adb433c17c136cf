"""Many askers at once, on Telegram and Slack together: nothing lost, nothing twice, in order.

    python -m tests.benchmarks.crowd [telegram] [slack] [slack-http]
        [--askers 500] [--questions 2] [--model-seconds 2]

So many on each platform, each sending all questions at once in a private chat. One desk and one
ledger, in SQLite, serve them; the model is scripted: it takes so many seconds and writes in pieces.
Bot and platforms run in this one process. The platforms' limits hold as they are published: on
Telegram 30 messages a second in all, on Slack 20 to 100 calls a minute of most methods.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from adapters.slack.adapter import PATH
from adapters.slack.pacing import Tempo as SlackTempo
from adapters.telegram.pacing import Tempo as TelegramTempo
from bot.desk import Desk
from bot.evaluation import percentile
from bot.ledger.opening import LEASE, open_ledger
from bot.nouns import Answer, Done, Event, Outcome, Question, Searching, Text
from bot.recovery import LOOKS, take_up_messages
from bot.serving import Adapter
from bot.texts import choose_words
from tests import slack_bots, telegram_bots
from tests.benchmarks.figures import peak_megabytes, print_table
from tests.desks import make_desk
from tests.packs import find_port
from tests.peers.slack import Message
from tests.served import serve_adapters

PIECES = 10
PATIENCE = 30.0  # seconds without any answer after which those that are missing are lost


class ScriptedEngine:
    """Answers after `seconds`, in pieces, by repeating the question."""

    def __init__(self, seconds: float) -> None:
        self._pause = seconds / PIECES

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        yield Searching(question.text)
        for number in range(PIECES):
            await asyncio.sleep(self._pause)
            yield Text(f"{number} ")
        yield Done(Answer(f"Answer to {question.text}", Outcome.ANSWERED))


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer and when it was there, by the clock of its platform."""

    text: str
    at: float


class Crowd(Protocol):
    """The askers of one platform."""

    def make(self, desk: Desk) -> Adapter: ...

    async def wait_until_connected(self, port: int) -> None:
        """`port` is that of the bot."""
        ...

    async def say(self, asker: int, text: str) -> None: ...

    def listen(self, asker: int) -> list[Heard]: ...

    @property
    def now(self) -> float: ...

    @property
    def complaints(self) -> Sequence[str]: ...


class TelegramCrowd:
    def __init__(self, bot: telegram_bots.Bot, askers: int, speed: float) -> None:
        self._bot = bot
        self._tempo = telegram_bots.speed_up(TelegramTempo(), speed)
        self._people = [bot.peer.add_user(f"Asker {number}") for number in range(askers)]

    def make(self, desk: Desk) -> Adapter:
        return self._bot.make(desk, tempo=self._tempo)

    async def wait_until_connected(self, port: int) -> None:
        """Telegram keeps what is said until the bot asks for it."""

    async def say(self, asker: int, text: str) -> None:
        await self._people[asker].say(text)

    def listen(self, asker: int) -> list[Heard]:
        answers = self._people[asker].private_chat.answers
        return [Heard(message.text, message.versions[0].at) for message in answers]

    @property
    def now(self) -> float:
        return self._bot.peer.clock.now

    @property
    def complaints(self) -> Sequence[str]:
        return self._bot.peer.complaints


class SlackCrowd:
    def __init__(self, bot: slack_bots.Bot, askers: int, speed: float) -> None:
        self._bot = bot
        self._tempo = slack_bots.speed_up(SlackTempo(), speed)
        self._people = [bot.peer.add_user(f"Asker {number}") for number in range(askers)]

    def make(self, desk: Desk) -> Adapter:
        return self._bot.make(desk, self._tempo)

    async def wait_until_connected(self, port: int) -> None:
        if self._bot.http:
            await self._bot.wait_until_called(f"http://127.0.0.1:{port}{PATH}")
        else:
            await self._bot.peer.connected()

    async def say(self, asker: int, text: str) -> None:
        await self._people[asker].say(text)

    def listen(self, asker: int) -> list[Heard]:
        answers = [one for one in self._people[asker].dm.by_bot if one.finished]
        return [Heard(one.content.partition("\n")[0], _find_end(one)) for one in answers]

    @property
    def now(self) -> float:
        return self._bot.peer.clock.now()

    @property
    def complaints(self) -> Sequence[str]:
        peer = self._bot.peer
        broken = [f"{one.method} {one.code} {one.detail}" for one in peer.violations]
        return broken + [f"{one.method} came too fast" for one in peer.floods]


def _find_end(message: Message) -> float:
    grown = message.stream and message.stream.stopped
    return grown or float(message.ts)


@asynccontextmanager
async def open_telegram(askers: int, speed: float) -> AsyncIterator[Crowd]:
    async with telegram_bots.run_bot(started=False, speed=speed) as bot:
        yield TelegramCrowd(bot, askers, speed)


@asynccontextmanager
async def open_slack(askers: int, speed: float, *, http: bool = False) -> AsyncIterator[Crowd]:
    async with slack_bots.run_bot(started=False, speed=speed, http=http) as bot:
        yield SlackCrowd(bot, askers, speed)


CROWDS: dict[str, Callable[[int, float], AbstractAsyncContextManager[Crowd]]] = {
    "telegram": open_telegram,
    "slack": open_slack,
    "slack-http": partial(open_slack, http=True),
}


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of a platform's questions; `waits` are the seconds from each to its answer."""

    asked: int
    lost: int
    doubled: int
    disordered: int
    waits: tuple[float, ...]
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """`askers` are those of each platform."""

    askers: int = 500
    questions: int = 2
    model_seconds: float = 2.0


async def ask_all(
    platforms: Sequence[str], load: Load, ledger: str, speed: float = 1.0
) -> dict[str, Outcomes]:
    """By platform. `speed` is that of their clocks; the model's seconds are real ones."""
    async with AsyncExitStack() as stack:
        crowds = {
            name: await stack.enter_async_context(CROWDS[name](load.askers, speed))
            for name in platforms
        }
        opened = await stack.enter_async_context(open_ledger(ledger))
        desk = make_desk(
            ScriptedEngine(load.model_seconds), inbox=opened.inbox, archive=opened.archive
        )
        adapters = [crowd.make(desk) for crowd in crowds.values()]
        port = find_port()
        running = [
            asyncio.create_task(serve_adapters(*adapters, port=port)),
            asyncio.create_task(take_up_messages(desk, adapters, LEASE / LOOKS)),
        ]
        try:
            for crowd in crowds.values():
                await crowd.wait_until_connected(port)
            begun = {name: crowd.now for name, crowd in crowds.items()}
            await _ask(crowds, load)
            await _wait_for(crowds.values(), load)
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)
        return {
            name: _judge(crowd, name, load, (begun[name], speed)) for name, crowd in crowds.items()
        }


def _make_question(asker: int, number: int, platform: str) -> str:
    """Nobody asks what another does: such questions would share an answer."""
    return f"When does parcel {number} of {asker} leave by {platform}?"


async def _ask(crowds: Mapping[str, Crowd], load: Load) -> None:
    for number in range(load.questions):
        for asker in range(load.askers):
            for name, crowd in crowds.items():
                await crowd.say(asker, _make_question(asker, number, name))


async def _wait_for(crowds: Collection[Crowd], load: Load) -> None:
    """Until every asker has as many answers as questions, or nothing has come for long."""
    count, since = 0, time.monotonic()
    while time.monotonic() - since < PATIENCE:
        heard = [len(crowd.listen(asker)) for crowd in crowds for asker in range(load.askers)]
        if sum(heard) != count:
            count, since = sum(heard), time.monotonic()
        if min(heard) >= load.questions:
            return
        await asyncio.sleep(0.2)


def _judge(crowd: Crowd, name: str, load: Load, clock: tuple[float, float]) -> Outcomes:
    begun, speed = clock
    lost = doubled = disordered = 0
    waits: list[float] = []
    for asker in range(load.askers):
        expected = [
            f"Answer to {_make_question(asker, number, name)}" for number in range(load.questions)
        ]
        heard = crowd.listen(asker)
        texts = [one.text for one in heard]
        lost += sum(text not in texts for text in expected)
        doubled += len(texts) - len(set(texts))
        disordered += [text for text in texts if text in expected] != expected
        waits += [(one.at - begun) / speed for one in heard]
    asked = load.askers * load.questions
    return Outcomes(asked, lost, doubled, disordered, tuple(waits), tuple(crowd.complaints))


FIGURES: dict[str, Callable[[Outcomes], str]] = {
    "questions": lambda one: str(one.asked),
    "lost / doubled / out of order": lambda one: f"{one.lost} / {one.doubled} / {one.disordered}",
    "limits broken": lambda one: str(len(one.complaints)),
    "seconds to the answer, p50 / p95 / last": lambda one: " / ".join(
        f"{percentile(one.waits, share):.1f}" for share in (0.5, 0.95, 1.0)
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help=", ".join(CROWDS))
    parser.add_argument("--askers", type=int, default=500)
    parser.add_argument("--questions", type=int, default=2)
    parser.add_argument("--model-seconds", type=float, default=2.0)
    chosen = parser.parse_args()
    platforms = chosen.platforms or ["telegram", "slack"]
    load = Load(chosen.askers, chosen.questions, chosen.model_seconds)
    choose_words("en")
    before = peak_megabytes()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(ask_all(platforms, load, f"sqlite:///{folder}/ledger.db"))
    print_table(
        f"{load.askers} askers at once on {' and '.join(platforms)}",
        ["figure", *platforms],
        [(name, *map(say, outcomes.values())) for name, say in FIGURES.items()],
    )
    print(
        f"Peak memory, bot and platforms together: {peak_megabytes():.0f} MB, {before:.0f} before"
    )
    for one in outcomes.values():
        print(*one.complaints[:5], sep="\n", end="")


if __name__ == "__main__":
    main()
