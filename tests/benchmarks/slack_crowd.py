"""Many askers at once against a Slack on loopback: nothing lost, nothing twice, in order.

    python -m tests.benchmarks.slack_crowd [--askers 500] [--questions 2] [--model-seconds 2]

Each asker sends all questions at once in direct messages. The model is scripted: it takes so many
seconds and writes in pieces. Bot and Slack run in this one process; Slack's limits hold as they are
published: most methods take 20 to 100 calls a minute from all of them together.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass

from adapters.slack.pacing import Tempo
from bot.evaluation import percentile
from bot.texts import choose_words
from tests.benchmarks.crowd import ScriptedEngine, make_question
from tests.benchmarks.figures import peak_megabytes, print_table
from tests.desks import make_desk
from tests.peers.slack import Person
from tests.slack_bots import run_bot, speed_up


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of the questions; `waits` are the seconds from each to its answer, `streamed`
    how many grew as they were written."""

    asked: int
    lost: int
    doubled: int
    disordered: int
    waits: tuple[float, ...]
    streamed: int
    violations: tuple[str, ...]
    floods: int


async def ask_all(
    askers: int, questions: int, model_seconds: float, *, speed: float = 1.0, http: bool = False
) -> Outcomes:
    """`speed` is that of Slack's clock; the model's seconds are real ones."""
    async with run_bot(started=False, speed=speed, http=http) as bot:
        desk = make_desk(ScriptedEngine(model_seconds))
        await bot.start(desk, speed_up(Tempo(), speed))
        people = [bot.peer.add_user(f"Asker {number}") for number in range(askers)]
        begun = bot.peer.clock.now()
        for number in range(questions):
            for asker, person in enumerate(people):
                await person.say(make_question(asker, number))
        await _wait_for(people, questions)
        peer = bot.peer
        violations = tuple(f"{one.method} {one.code} {one.detail}" for one in peer.violations)
        streamed = sum(one.stream is not None for each in people for one in each.dm.by_bot)
        return _judge(people, questions, (begun, speed), (streamed, violations, len(peer.floods)))


async def _wait_for(people: list[Person], questions: int) -> None:
    """Until every asker has as many answers as questions, or nothing has come for 30 seconds."""
    count, since = 0, time.monotonic()
    while time.monotonic() - since < 30:
        done = [sum(one.finished for one in person.dm.by_bot) for person in people]
        if sum(done) != count:
            count, since = sum(done), time.monotonic()
        if min(done) >= questions:
            return
        await asyncio.sleep(0.05)


def _judge(
    people: list[Person],
    questions: int,
    clock: tuple[float, float],
    noticed: tuple[int, tuple[str, ...], int],
) -> Outcomes:
    lost = doubled = disordered = 0
    waits: list[float] = []
    for asker, person in enumerate(people):
        expected = [f"Answer to {make_question(asker, number)}" for number in range(questions)]
        answers = person.dm.by_bot
        texts = [message.content.partition("\n")[0] for message in answers]
        lost += sum(text not in texts for text in expected)
        doubled += len(texts) - len(set(texts))
        disordered += [text for text in texts if text in expected] != expected
        ends = [one.stream.stopped if one.stream else float(one.ts) for one in answers]
        waits += [((end or 0.0) - clock[0]) / clock[1] for end in ends]
    return Outcomes(len(people) * questions, lost, doubled, disordered, tuple(waits), *noticed)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--askers", type=int, default=500)
    parser.add_argument("--questions", type=int, default=2)
    parser.add_argument("--model-seconds", type=float, default=2.0)
    parser.add_argument("--http", action="store_true", help="HTTP instead of Socket Mode")
    chosen = parser.parse_args()
    choose_words("en")
    before = peak_megabytes()
    outcomes = asyncio.run(
        ask_all(chosen.askers, chosen.questions, chosen.model_seconds, http=chosen.http)
    )
    waits = outcomes.waits
    rows = [
        ("questions", outcomes.asked),
        (
            "lost / doubled / out of order",
            f"{outcomes.lost} / {outcomes.doubled} / {outcomes.disordered}",
        ),
        (
            "breaches of Slack's rules / calls that came too fast",
            f"{len(outcomes.violations)} / {outcomes.floods}",
        ),
        ("answers that grew as they were written", outcomes.streamed),
        (
            "seconds to the answer, p50 / p95 / last",
            f"{percentile(waits, 0.5):.1f} / {percentile(waits, 0.95):.1f} / {max(waits):.1f}",
        ),
        (
            "peak memory, bot and Slack together",
            f"{peak_megabytes():.0f} MB ({before:.0f} MB before)",
        ),
    ]
    print_table(f"{chosen.askers} askers at once in Slack", ["figure", "measured"], rows)
    for violation in outcomes.violations[:5]:
        print(violation)


if __name__ == "__main__":
    main()
