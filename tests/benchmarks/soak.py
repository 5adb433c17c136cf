"""A steady stream of questions: what grows that should not, what is lost or told twice.

    python -m tests.benchmarks.soak [--minutes 1] [--rate 5] [--askers 200]

Bot and Telegram run in this one process with a ledger in SQLite, `rate` questions a second from so
many askers, and a scripted model. A sample of the process is taken every five seconds; the slope of
its memory is that of a straight line through the second half of them.
"""

import argparse
import asyncio
import gc
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from adapters.telegram.adapter import Telegram
from adapters.telegram.pacing import Tempo
from bot.commands import COMMANDS
from bot.ledger.opening import open_ledger
from bot.recovery import take_up_messages
from bot.texts import choose_words
from tests.benchmarks.crowd import ScriptedEngine
from tests.benchmarks.figures import print_table
from tests.desks import make_desk
from tests.peers.telegram import Person, TelegramPeer

MODEL_SECONDS = 0.5
PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """`seconds` since the beginning; `waiting` is how old the oldest unanswered question is."""

    seconds: float
    megabytes: float
    handles: int
    tasks: int
    waiting: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    asked: int
    lost: int
    doubled: int
    samples: tuple[Sample, ...]
    complaints: tuple[str, ...]

    @property
    def slope(self) -> float:
        """Megabytes an hour, over the second half."""
        half = self.samples[len(self.samples) // 2 :]
        if len(half) < 2:
            return 0.0
        line = statistics.linear_regression(
            [one.seconds for one in half], [one.megabytes for one in half]
        )
        return line.slope * 3600


class Asked:
    """The questions of all askers, each with when it was asked, and what came of them."""

    def __init__(self, peer: TelegramPeer, people: Sequence[Person]) -> None:
        self._peer = peer
        self._people = people
        self._turns = cycle(people)
        self.total = self.doubled = 0
        self._open: dict[str, float] = {}

    async def ask(self) -> None:
        person = next(self._turns)
        text = f"When does parcel {self.total} leave?"
        self.total += 1
        self._open[f"Answer to {text}"] = asyncio.get_running_loop().time()
        await person.say(text)

    @property
    def lost(self) -> int:
        return len(self._open)

    def settle(self) -> float:
        """Takes note of the answers; the age of the oldest question that has none. What has been
        looked at is deleted: else this Telegram would be what grows."""
        for person in self._people:
            chat = person.private_chat
            for answer in chat.answers:
                if self._open.pop(answer.text, None) is None:
                    self.doubled += 1
            for kept in (chat.everything, chat.drafts, chat.actions):
                kept.clear()
        self._peer.calls.clear()
        self._peer.updates.history.clear()
        now = asyncio.get_running_loop().time()
        return max((now - since for since in self._open.values()), default=0.0)


async def soak(seconds: float, rate: float, askers: int, folder: Path) -> Outcomes:
    async with TelegramPeer() as peer, open_ledger(f"sqlite:///{folder}/ledger.db") as ledger:
        engine = ScriptedEngine(MODEL_SECONDS)
        desk = make_desk(engine, inbox=ledger.inbox, archive=ledger.archive)
        commands = tuple(COMMANDS.values())
        bot = Telegram(desk, commands, token=peer.token, api_url=peer.url, tempo=Tempo())
        people = [peer.add_user(f"Asker {number}", started=True) for number in range(askers)]
        asked = Asked(peer, people)
        running = [
            asyncio.create_task(bot.run()),
            asyncio.create_task(take_up_messages(desk, [bot], 5.0)),
        ]
        try:
            samples = await _ask_steadily(asked, seconds, rate)
            await asyncio.sleep(10 * MODEL_SECONDS)
            samples.append(_look(seconds, asked.settle()))
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)
        asked.settle()
        return Outcomes(
            asked.total, asked.lost, asked.doubled, tuple(samples), tuple(peer.complaints)
        )


async def _ask_steadily(asked: Asked, seconds: float, rate: float) -> list[Sample]:
    clock = asyncio.get_running_loop()
    begun = clock.time()
    samples: list[Sample] = []
    while (now := clock.time() - begun) < seconds:
        if asked.total < now * rate:
            await asked.ask()
        else:
            await asyncio.sleep(1 / rate)
        if now >= PAUSE * (len(samples) + 1):
            samples.append(_look(now, asked.settle()))
    return samples


def _look(seconds: float, waiting: float) -> Sample:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    handles = len(list(Path("/proc/self/fd").iterdir()))
    return Sample(seconds, megabytes, handles, len(asyncio.all_tasks()), waiting)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--askers", type=int, default=200)
    chosen = parser.parse_args()
    choose_words("en")
    with tempfile.TemporaryDirectory() as folder:
        outcomes = asyncio.run(soak(60 * chosen.minutes, chosen.rate, chosen.askers, Path(folder)))
    samples = outcomes.samples
    half = samples[len(samples) // 2 :]
    rows = [
        ("questions", outcomes.asked),
        ("lost / doubled", f"{outcomes.lost} / {outcomes.doubled}"),
        ("limits of Telegram broken", len(outcomes.complaints)),
        ("memory at the end, bot and Telegram together", f"{samples[-1].megabytes:.0f} MB"),
        ("its growth in the second half, an hour", f"{outcomes.slope:+.1f} MB"),
        ("file handles, from / to", f"{half[0].handles} / {samples[-1].handles}"),
        ("tasks, from / to", f"{half[0].tasks} / {samples[-1].tasks}"),
        ("oldest unanswered question, at most", f"{max(one.waiting for one in samples):.1f} s"),
    ]
    title = f"{chosen.minutes:g} minutes with {chosen.rate:g} questions a second"
    print_table(title, ["figure", "measured"], rows)


if __name__ == "__main__":
    main()
