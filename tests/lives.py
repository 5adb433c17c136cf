"""What dies and is born in tests with kill -9: `openbook serve`, at every step of a question's life
on both platforms."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select

from bot.ledger.connection import transaction
from bot.ledger.opening import make_engine, read_address
from bot.ledger.schema import State, messages
from bot.texts import ENGLISH
from tests.packs import PATIENCE, Entrance, Pack
from tests.peers import slack, telegram
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import Reply, Strike
from tests.peers.slack.courier import ACK_SECONDS, RETRIES_AFTER

QUESTION = "How much does shipping to Iceland cost?"
PIECES = ("Shipping ", "to ", "Iceland ", "costs ", "17 ", "euros ", "[1]")
AT_ONCE = Reply(("".join(PIECES),))
WATCHED, WATCHED_LONG = Reply(PIECES, 0.15), Reply(PIECES, 0.3)  # as they are written

Look = Callable[[], "Told"]


@dataclass(frozen=True, slots=True)
class Told:
    """What stands there of one question: whole answers, offers to show one again, other words."""

    answers: int
    offers: int
    others: int


@dataclass(frozen=True, slots=True)
class Step:
    """Where a process dies. `ask` asks a question, `arrange` has the death come."""

    name: str
    ask: Callable[[], Awaitable[Look]]
    arrange: Callable[[], None]
    reply: Reply = AT_ONCE


async def live(
    pack: Pack,
    model: OpenAIPeer,
    steps: Sequence[Step],
    ledger: str,
    deliver_rest: Callable[[], Awaitable[None]],
) -> dict[str, Told]:
    """What was told of the questions, by the step at which a process died: as many die at once as
    there are. At the end the platform delivers what nobody has taken."""
    looks: dict[str, Look] = {}
    for reply, dying in _make_rounds(steps, pack.size):
        await pack.fill()
        model.always = reply
        for step in dying:
            step.arrange()
            looks[step.name] = await step.ask()
        await pack.wait_for_strikes(len(dying))
    await pack.fill()
    await deliver_rest()
    await wait_until_settled(ledger)
    return {name: look() for name, look in looks.items()}


def _make_rounds(steps: Sequence[Step], size: int) -> Iterator[tuple[Reply, Sequence[Step]]]:
    for reply, group in groupby(steps, lambda step: step.reply):
        alike = list(group)
        for first in range(0, len(alike), size):
            yield reply, alike[first : first + size]


async def wait_until_settled(ledger: str) -> None:
    """Until nothing in the ledger is unanswered."""
    engine = make_engine(read_address(ledger))
    left = select(func.count()).where(messages.c.state != State.SETTLED)
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                async with transaction(engine) as connection:
                    if not (await connection.execute(left)).scalar():
                        return
                await asyncio.sleep(0.1)
    finally:
        await engine.dispose()


def judge(texts: Sequence[str]) -> Told:
    answers = sum("17 euros" in text for text in texts)
    offers = sum(ENGLISH.delivery_unsure in text for text in texts)
    return Told(answers, offers, len(texts) - answers - offers)


def list_telegram_steps(peer: telegram.TelegramPeer, model: OpenAIPeer, pack: Pack) -> list[Step]:
    def judge_chat(chat: telegram.Chat) -> Look:
        return lambda: judge([message.text for message in chat.answers])

    async def ask() -> Look:
        asker = peer.add_user("Asker", started=True)
        await asker.say(QUESTION)
        return judge_chat(asker.private_chat)

    async def ask_in_group() -> Look:
        asker = peer.add_user("Asker", started=True)
        group = peer.add_group("Shop", [asker])
        await asker.say(f"/ask {QUESTION}", group)
        return judge_chat(group)

    def die(method: str, *, delivered: bool) -> Callable[[], None]:
        strike = telegram.Strike(pack.strike, delivered)
        return lambda: peer.fail(method, strike)

    steps = [Step("model", ask, lambda: model.script.append(Strike(pack.strike)))]
    for when, after in (("before", False), ("after", True)):
        steps += [
            Step(f"draft {when}", ask, die("sendMessageDraft", delivered=after)),
            Step(f"answer {when}", ask, die("sendMessage", delivered=after)),
            Step(f"group, begun {when}", ask_in_group, die("sendMessage", delivered=after)),
            Step(f"group, edited {when}", ask_in_group, die("editMessageText", delivered=after)),
        ]
    return steps


async def deliver_rest_of_slack(peer: slack.SlackPeer) -> None:
    """Slack waits minutes before it tries again; none of that is waited for in earnest. Between two
    steps of its clock there is time for an attempt, so that none is cut short by them."""
    attempt = 2 * ACK_SECONDS + 1  # it waits as long for a connection as for an acknowledgement
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(TimeoutError):
                await peer.wait_until(lambda: all(one.done for one in peer.deliveries), attempt)
                return
            peer.clock.advance(max(RETRIES_AFTER))


def list_slack_steps(peer: slack.SlackPeer, model: OpenAIPeer, pack: Pack) -> list[Step]:
    async def ask() -> Look:
        asker = peer.add_user("Asker")
        await asker.say(QUESTION)
        return lambda: judge([message.content for message in asker.dm.by_bot])

    async def ask_aside() -> Look:
        asker = peer.add_user("Asker")
        channel = peer.add_channel(f"c-{asker.id}".lower(), asker)
        await asker.slash("/ask", QUESTION, channel)
        return lambda: judge([message.content for message in asker.ephemerals])

    async def ask_in_public() -> Look:
        asker = peer.add_user("Asker")
        channel = peer.add_channel(f"c-{asker.id}".lower(), asker)
        await asker.slash("/ask", f"public {QUESTION}", channel)
        return lambda: judge([message.content for message in channel.by_bot])

    def die(method: str, *, after: bool) -> Callable[[], None]:
        strike = slack.Strike(pack.strike, after)
        return lambda: peer.fail(method, strike)

    steps = [Step("model", ask, lambda: model.script.append(Strike(pack.strike)))]
    watched = [Step("grown", ask, die("chat.appendStream", after=True), WATCHED_LONG)]
    for when, after in (("before", False), ("after", True)):
        steps += [
            Step(f"status {when}", ask, die("assistant.threads.setStatus", after=after)),
            Step(f"answer {when}", ask, die("chat.postMessage", after=after)),
            Step(f"whispered {when}", ask_aside, die("response_url", after=after)),
            Step(f"public {when}", ask_in_public, die("chat.postMessage", after=after)),
        ]
        watched += [
            Step(f"begun {when}", ask, die("chat.startStream", after=after), WATCHED),
            Step(f"ended {when}", ask, die("chat.stopStream", after=after), WATCHED),
        ]
    return steps + watched


def add_doors(steps: Sequence[Step], entrance: Entrance) -> list[Step]:
    """With the death of who has been called, before or after it has taken a question."""
    ask = steps[0].ask
    return [
        Step("door before", ask, lambda: entrance.fail(delivered=False)),
        Step("door after", ask, lambda: entrance.fail(delivered=True)),
        *steps,
    ]
