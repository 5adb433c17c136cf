"""Many askers at once against a Telegram on loopback: nothing lost, nothing twice, in order.

    python -m tests.benchmarks.crowd [--askers 500] [--questions 2] [--model-seconds 2]

Each asker sends all questions at once in a private chat. The model is scripted: it takes so many
seconds and writes in pieces. Bot and Telegram run in this one process; Telegram's limits hold as
they are published, 30 messages a second in all among them.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from adapters.telegram.adapter import Telegram
from adapters.telegram.pacing import Tempo
from bot.commands import COMMANDS
from bot.evaluation import percentile
from bot.nouns import Answer, Done, Event, Outcome, Question, Searching, Text
from bot.texts import choose_words
from tests.benchmarks.figures import peak_megabytes, print_table
from tests.desks import make_desk
from tests.peers.telegram import Clock, Person, TelegramPeer

PIECES = 10


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
class Outcomes:
    """What became of the questions; `waits` are the seconds from each to its answer."""

    asked: int
    lost: int
    doubled: int
    disordered: int
    waits: tuple[float, ...]
    complaints: tuple[str, ...]


def make_question(asker: int, number: int) -> str:
    """Nobody asks what another does: such questions would share an answer."""
    return f"When does parcel {number} of {asker} leave?"


async def ask_all(
    askers: int, questions: int, model_seconds: float, *, speed: float = 1.0, tempo: Tempo
) -> Outcomes:
    """`speed` is that of Telegram's clock; `tempo` is to go with it."""
    async with TelegramPeer(clock=Clock(speed)) as peer:
        desk = make_desk(ScriptedEngine(model_seconds))
        commands = tuple(COMMANDS.values())
        bot = Telegram(desk, commands, token=peer.token, api_url=peer.url, tempo=tempo)
        running = asyncio.create_task(bot.run())
        people = [peer.add_user(f"Asker {number}") for number in range(askers)]
        try:
            begun = peer.clock.now
            for number in range(questions):
                for asker, person in enumerate(people):
                    await person.say(make_question(asker, number))
            await _wait_for(people, questions)
        finally:
            running.cancel()
            await asyncio.wait([running])
        return _judge(people, questions, begun, speed, tuple(peer.complaints))


async def _wait_for(people: list[Person], questions: int) -> None:
    """Until every asker has as many answers as questions, or nothing has come for 30 seconds."""
    count, since = 0, time.monotonic()
    while time.monotonic() - since < 30:
        now = sum(len(person.private_chat.answers) for person in people)
        if now != count:
            count, since = now, time.monotonic()
        if all(len(person.private_chat.answers) >= questions for person in people):
            return
        await asyncio.sleep(0.05)


def _judge(
    people: list[Person], questions: int, begun: float, speed: float, complaints: tuple[str, ...]
) -> Outcomes:
    lost = doubled = disordered = 0
    waits: list[float] = []
    for asker, person in enumerate(people):
        expected = [f"Answer to {make_question(asker, number)}" for number in range(questions)]
        answers = person.private_chat.answers
        texts = [message.text for message in answers]
        lost += sum(text not in texts for text in expected)
        doubled += len(texts) - len(set(texts))
        disordered += [text for text in texts if text in expected] != expected
        waits += [(message.versions[0].at - begun) / speed for message in answers]
    return Outcomes(len(people) * questions, lost, doubled, disordered, tuple(waits), complaints)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--askers", type=int, default=500)
    parser.add_argument("--questions", type=int, default=2)
    parser.add_argument("--model-seconds", type=float, default=2.0)
    chosen = parser.parse_args()
    choose_words("en")
    before = peak_megabytes()
    outcomes = asyncio.run(
        ask_all(chosen.askers, chosen.questions, chosen.model_seconds, tempo=Tempo())
    )
    waits = outcomes.waits
    rows = [
        ("questions", outcomes.asked),
        (
            "lost / doubled / out of order",
            f"{outcomes.lost} / {outcomes.doubled} / {outcomes.disordered}",
        ),
        ("limits of Telegram broken", len(outcomes.complaints)),
        (
            "seconds to the answer, p50 / p95 / last",
            f"{percentile(waits, 0.5):.1f} / {percentile(waits, 0.95):.1f} / {max(waits):.1f}",
        ),
        (
            "peak memory, bot and Telegram together",
            f"{peak_megabytes():.0f} MB ({before:.0f} MB before)",
        ),
    ]
    print_table(f"{chosen.askers} askers at once", ["figure", "measured"], rows)


if __name__ == "__main__":
    main()
