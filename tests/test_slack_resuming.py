"""What a process makes of a question in Slack that another one has left, and of what that one has
said already."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.reading import read_command, read_event
from bot.ledger.opening import Ledger, open_ledger
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
async def serve(bot: Bot, ledger: Ledger, engine: Answerer) -> AsyncIterator[None]:
    desk = make_desk(engine, inbox=ledger.inbox, archive=ledger.archive)
    adapter = bot.make(desk)
    running = [
        asyncio.create_task(adapter.run()),
        asyncio.create_task(take_up_messages(desk, [adapter], 0.1)),
    ]
    try:
        await bot.peer.connected()
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def find(bot: Bot, words: str) -> Message:
    """A message in the channel that says so and grows no more."""

    def look() -> Message | None:
        there = (one for one in bot.general.by_bot if one.finished and words in one.content)
        return next(there, None)

    return await bot.peer.wait_until(look, 15, words)


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
