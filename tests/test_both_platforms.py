"""Telegram and Slack in one process, at one desk, with many askers on both at once."""

import asyncio
from collections import Counter

from adapters.slack.pacing import Tempo as SlackTempo
from adapters.telegram.pacing import Tempo as TelegramTempo
from bot.serving import Adapter
from tests import slack_bots, telegram_bots
from tests.benchmarks.crowd import ScriptedEngine
from tests.desks import make_desk
from tests.served import serve_adapters

ASKERS = 30
SPEED = 4.0


async def test_both_answer_everybody_once() -> None:
    async with (
        telegram_bots.run_bot(started=False) as telegram,
        slack_bots.run_bot(started=False, speed=SPEED) as slack,
    ):
        telegram.peer.clock.speed = SPEED
        desk = make_desk(ScriptedEngine(0.3))
        adapters: list[Adapter] = [
            telegram.make(desk, tempo=telegram_bots.speed_up(TelegramTempo(), SPEED)),
            slack.make(desk, slack_bots.speed_up(SlackTempo(), SPEED)),
        ]
        serving = asyncio.create_task(serve_adapters(*adapters, port=0))
        await slack.peer.connected()
        askers = [telegram.peer.add_user(f"A{number}", started=True) for number in range(ASKERS)]
        people = [slack.peer.add_user(f"B{number}") for number in range(ASKERS)]
        for one, other in zip(askers, people, strict=True):
            await one.say("noon")
            await other.say("noon")
        for one, other in zip(askers, people, strict=True):
            await one.private_chat.next_message(30)
            await (await other.dm.next_message(30)).settled(30)
        serving.cancel()
        await asyncio.wait([serving])

        answers = [message.text for one in askers for message in one.private_chat.answers]
        answers += [one.content.split("\n")[0] for each in people for one in each.dm.by_bot]
        assert Counter(answers) == {"Answer to noon": 2 * ASKERS}
        assert telegram.peer.violations == []
        assert (slack.peer.violations, slack.peer.floods) == ([], [])
