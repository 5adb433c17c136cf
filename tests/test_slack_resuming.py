"""What a process makes of a question in Slack that another one has left, and of what that one has
said already."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.reading import read_command, read_event
from bot.ledger.opening import Ledger, open_ledger
from bot.nouns import Answer, Done, Event, Outcome, Question, Text
from bot.questions import Answerer
from bot.recovery import take_up_messages
from tests.desks import Engine, make_desk
from tests.ledgers import KINDS, make_address
from tests.lives import wait_until_settled
from tests.peers.slack import ErrorCode, Message
from tests.peers.slack.workspace import TEAM
from tests.slack_bot import QUIET, make_client
from tests.slack_bots import Bot, run_bot

LEASE = 1.0


@pytest.fixture(params=KINDS)
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with make_address(request.param, tmp_path) as address:
        yield address


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with run_bot(started=False) as bot:
        yield bot
        assert bot.peer.violations == []


@asynccontextmanager
async def serve(
    bot: Bot, ledger: Ledger, engine: Answerer, *, looks: bool = True
) -> AsyncIterator[None]:
    """A process; `looks`: whether it takes up what was left."""
    desk = make_desk(engine, inbox=ledger.inbox, archive=ledger.archive)
    adapter = bot.make(desk)
    running = [asyncio.create_task(adapter.run())]
    if looks:
        running.append(asyncio.create_task(take_up_messages(desk, [adapter], 0.1)))
    try:
        await bot.peer.connected()
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def find(bot: Bot, words: str, *, finished: bool = True) -> Message:
    """A message in the channel that says so and grows no more, or does still."""

    def look() -> Message | None:
        there = (one for one in bot.general.by_bot if words in one.content)
        return next((one for one in there if one.finished is finished), None)

    return await bot.peer.wait_until(look, 15, words)


class Halfway:
    """Writes half of its answer, and the rest when it may."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        yield Text("It is ")
        await self.gate.wait()
        yield Text(question.text)
        yield Done(Answer(f"It is {question.text}", Outcome.ANSWERED))


async def test_an_answer_that_grows_is_not_taken_for_that_of_another_question(
    bot: Bot, address: str
) -> None:
    question = await bot.ada.mention("first?", bot.general)
    slow = Halfway()
    async with open_ledger(address, 600.0) as busy, open_ledger(address, LEASE) as ledger:
        first = await accept(bot, busy, 0)
        async with serve(bot, busy, slow, looks=False):
            await bot.ada.mention("second?", thread=question)
            growing = await find(bot, "It is", finished=False)
            await busy.inbox.release(first, ())
            async with serve(bot, ledger, Engine()):
                answer = await find(bot, "first?")
                assert not growing.finished
                slow.gate.set()
                await find(bot, "second?")
    assert bot.general.by_bot == [growing, answer]
    assert "second?" in growing.content


async def test_what_grows_is_written_down(bot: Bot, address: str) -> None:
    engine = Halfway()
    async with open_ledger(address, LEASE) as ledger, serve(bot, ledger, engine):
        await bot.ada.mention("noon?", bot.general)
        growing = await find(bot, "It is", finished=False)
        event_id = await accept(bot, ledger, 0)
        async with asyncio.timeout(5):
            while await ledger.inbox.find_sent(event_id) != (growing.ts,):  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.02)
        engine.gate.set()
        await find(bot, "noon?")


async def test_what_was_written_down_is_taken_over_in_a_busy_channel(
    bot: Bot, address: str
) -> None:
    """And nothing else: neither what grows unmarked nor an answer that somebody has shared."""
    question = await bot.ada.mention("first?", bot.general)
    await bot.bob.mention("other?", bot.general)
    here: dict[str, Any] = {"channel": bot.general.id, "thread_ts": question.ts}
    to: dict[str, Any] = {"recipient_team_id": TEAM, "recipient_user_id": bot.ada.id}
    client = make_client(bot.peer)
    noted = await client.chat_startStream(**here, **to, markdown_text="It is half of it")
    foreign = await client.chat_startStream(**here, **to, markdown_text="Another")
    shared = await client.chat_postMessage(**here, text="Shared", **QUIET)
    async with open_ledger(address, 600.0) as dead, open_ledger(address, LEASE) as ledger:
        first = await accept(bot, dead, 0)
        await accept(bot, dead, 2)
        await dead.inbox.release(first, (noted["ts"],))
        async with serve(bot, ledger, Engine()):
            answer = await find(bot, "It is first?")
    assert answer.ts == noted["ts"]
    assert [one.ts for one in bot.general.by_bot] == [noted["ts"], foreign["ts"], shared["ts"]]
    assert not bot.general.by_bot[1].finished


async def test_a_shared_answer_stays_where_nobody_else_is_spoken_to(bot: Bot, address: str) -> None:
    question = await bot.ada.mention("first?", bot.general)
    await make_client(bot.peer).chat_postMessage(
        channel=bot.general.id, thread_ts=question.ts, text="Shared", **QUIET
    )
    async with open_ledger(address, 600.0) as dead, open_ledger(address, LEASE) as ledger:
        await dead.inbox.release(await accept(bot, dead, 0), ())
        async with serve(bot, ledger, Engine()):
            await find(bot, "It is first?")
    assert bot.general.by_bot[0].content == "Shared"
    bot.peer.violations.clear()  # what does not grow cannot be ended


async def test_a_posted_question_stays_where_slack_does_not_tell(bot: Bot, address: str) -> None:
    command = make_command(bot, "public noon")
    said = read_command(command)
    client = make_client(bot.peer)
    posted = await client.chat_postMessage(channel=bot.general.id, text="Noon?", **QUIET)
    question = bot.peer.workspace.find_message(bot.general, posted["ts"])
    async with open_ledger(address, 0.0) as dead:
        await dead.inbox.accept(said.message, command)
        await dead.inbox.note_sent(said.message.event_id, (question.ts,))
    bot.peer.fail("conversations.replies", ErrorCode("not_in_channel"))
    async with open_ledger(address, LEASE) as ledger, serve(bot, ledger, Engine()):
        answer = await find(bot, "It is noon")
    assert answer.thread_ts == question.ts
    assert question.content == "Noon?"


async def test_an_edit_that_is_for_nobody_any_more_is_no_question(bot: Bot, address: str) -> None:
    question = await bot.ada.mention("order 4711?", bot.general)
    await bot.ada.edit(question, "order 4712?")
    engine = Engine()
    async with open_ledger(address, 600.0) as dead, open_ledger(address, LEASE) as ledger:
        for number in (0, -1):
            await dead.inbox.release(await accept(bot, dead, number), ())
        async with serve(bot, ledger, engine):
            await wait_until_settled(address)
    assert [one.text for one in engine.asked] == ["order 4711?"]


async def accept(bot: Bot, ledger: Ledger, number: int) -> str:
    """Has a process accept what Slack brings as that, and do no more; its event id."""
    body = bot.peer.deliveries[number].payload
    spoken = read_event(body, fetch_nothing)
    assert spoken is not None
    (said,) = spoken.saids
    await ledger.inbox.accept(said.message, body)
    return said.message.event_id


async def fetch_nothing(_: str) -> bytes:
    raise NotImplementedError


def make_command(bot: Bot, text: str) -> dict[str, Any]:
    return {
        "command": "/ask",
        "text": text,
        "team_id": TEAM,
        "channel_id": bot.general.id,
        "user_id": bot.ada.id,
        "user_name": "ada",
        "trigger_id": "1.2.3",
        "response_url": f"{bot.peer.url}/respond/none",
    }
