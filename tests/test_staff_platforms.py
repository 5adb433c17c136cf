"""Hand-offs between the platforms the other way round, and answers to gaps as replies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import PlatformError
from bot.nouns import Answer, Chat, Outcome
from bot.serving import Adapter
from tests import slack_bots, telegram_bots
from tests.desks import House
from tests.peers.slack import ErrorCode
from tests.peers.slack import Message as SlackMessage
from tests.peers.slack.workspace import TEAM
from tests.peers.telegram.chats import Chat as TelegramChat
from tests.peers.telegram.faults import Refused
from tests.peers.telegram.people import Group
from tests.served import serve_adapters


@dataclass
class Shop:
    """Both platforms at one desk; Ada is staff and admin in a Telegram group."""

    house: House
    telegram: telegram_bots.Bot
    slack: slack_bots.Bot
    staff: Group

    async def see_in_slack(self, text: str, *among: SlackMessage) -> SlackMessage:
        def look() -> SlackMessage | None:
            channels = self.slack.peer.workspace.channels.values()
            messages = [one for channel in channels for one in channel.by_bot]
            messages += self.slack.bob.ephemerals
            return next((one for one in reversed(messages) if text in one.content), None)

        return await self.slack.peer.news.wait_until(look, 10.0, f"“{text}”")


@asynccontextmanager
async def open_shop(folder: Path) -> AsyncIterator[Shop]:
    async with (
        telegram_bots.run_bot(started=False) as telegram,
        slack_bots.run_bot(started=False) as slack,
    ):
        staff = telegram.peer.add_group("Support", [telegram.ada], supergroup=True)
        house = House(folder, staff=Chat("telegram", str(staff.id), private=False))
        house.admins = {f"telegram:{telegram.ada.id}"}
        adapters: list[Adapter] = [telegram.make(house.desk), slack.make(house.desk)]
        for adapter in adapters:
            house.telling.connect(adapter)
        serving = asyncio.create_task(serve_adapters(*adapters))
        await slack.peer.connected()
        yield Shop(house, telegram, slack, staff)
        serving.cancel()
        await asyncio.wait([serving])
        assert telegram.peer.violations == []
        assert (slack.peer.violations, slack.peer.pings) == ([], [])


async def test_from_a_slack_thread_to_a_telegram_group_and_back(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.house.engine.outcome = Outcome.NOT_FOUND
        question = await shop.slack.bob.mention("gift wrap?", shop.slack.general)
        refusal = await shop.see_in_slack("It is gift wrap?")
        await shop.slack.bob.press_number(refusal, len(refusal.action_ids))
        await shop.see_in_slack("工作人员")
        case = await shop.staff.wait_for_text("gift wrap?")
        await shop.slack.bob.say("order 4711", shop.slack.general, question)
        passed = await shop.staff.wait_for_text("order 4711")
        assert passed.reply_to is case

        await shop.telegram.ada.say(
            "It costs 4 euros.",
            reply_to=passed,
            entities=({"type": "bold", "offset": 9, "length": 7},),
        )
        reply = await shop.see_in_slack("**4 euros**")
        assert reply.thread_ts == question.ts
        assert reply.metadata, "else it is taken for an answer that a dead process was writing"
        await shop.slack.general.news.wait_until(lambda: reply.action_ids, 5.0, "its button")
        await shop.slack.bob.press(reply, "press_0")
        await shop.staff.wait_for_text("结束对话")
        await shop.telegram.ada.say("still there?", reply_to=passed)
        await shop.staff.wait_for_text("nothing was passed on")


async def test_what_was_whispered_in_slack_goes_on_in_direct_messages(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.slack.bob.slash("/ask", "gift wrap?", shop.slack.general)
        await shop.see_in_slack("It is gift wrap?")
        await shop.slack.bob.slash("/ask", "human", shop.slack.general)
        case = await shop.staff.wait_for_text("gift wrap?")
        await shop.slack.bob.slash("/ask", "order 4711", shop.slack.general)
        await shop.staff.wait_for_text("order 4711")
        await shop.telegram.ada.say("4 euros", reply_to=case)
        reply = await shop.see_in_slack("4 euros")
        assert reply.channel is shop.slack.bob.dm
        await shop.slack.bob.say("thank you")
        await shop.staff.wait_for_text("thank you")
        await shop.telegram.ada.press(case, "结束")
        assert (await shop.see_in_slack("人工对话已结束")).channel is shop.slack.bob.dm


async def test_a_staff_that_was_put_out_of_reach_is_told_at_once(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.staff.kick_bot()
        await shop.slack.bob.say("human")
        await shop.see_in_slack("没能联系上工作人员")


async def test_who_blocks_the_bot_is_told_to_the_staff(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.telegram.bob.say("/human gift wrap?")
        await shop.telegram.bob.private_chat.wait_for_text("已转给工作人员")
        case = await shop.staff.wait_for_text("gift wrap?")
        await shop.telegram.bob.block()
        await shop.telegram.ada.say("4 euros", reply_to=case)
        await shop.staff.wait_for_text("did not reach them")


async def test_a_gap_is_answered_by_a_reply(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.house.engine.outcome = Outcome.NOT_FOUND
        await shop.slack.bob.say("gift wrap?")
        await shop.see_in_slack("It is gift wrap?")
        chat: TelegramChat = shop.telegram.ada.private_chat
        await shop.telegram.ada.say("/gaps")
        listed = await chat.wait_for_text("1× gift wrap?")
        await shop.telegram.ada.press(listed, "#1")
        shown = await chat.wait_for_text("Reply to this message")
        await shop.telegram.ada.say(
            "It is free.", reply_to=shown, entities=({"type": "bold", "offset": 6, "length": 4},)
        )
        await chat.wait_for_text("Askers told: 1")
        await shop.see_in_slack("It is **free**.")
        (document,) = (tmp_path / "answers").iterdir()
        assert "It is **free**." in document.read_text(encoding="utf-8")


async def test_a_gap_is_answered_in_a_slack_thread(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.house.admins.add(f"slack:{TEAM}/{shop.slack.ada.id}")
        shop.house.engine.outcome = Outcome.NOT_FOUND
        await shop.telegram.bob.say("gift wrap?")
        await shop.telegram.bob.private_chat.wait_for_text("gift wrap?")
        await shop.slack.ada.mention("gaps", shop.slack.general)
        listed = await shop.see_in_slack("1× gift wrap?")
        await shop.slack.ada.press(listed, "press_0")
        shown = await shop.see_in_slack("Reply to this message")
        await shop.slack.ada.say("It is *free*.", shop.slack.general, shown)
        told = await shop.telegram.bob.private_chat.wait_for_text("It is free.")
        assert told.marked("bold") == ["free"]


async def test_what_slack_does_not_take_as_it_is_made_up_comes_as_text(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.slack.bob.say("human")
        case = await shop.staff.wait_for_text("slack:")
        await (await shop.see_in_slack("已转给工作人员")).settled()
        shop.slack.peer.fail("chat.postMessage", ErrorCode("invalid_blocks"))
        await shop.telegram.ada.say("It costs 4 euros.", reply_to=case)
        reply = await shop.see_in_slack("It costs 4 euros.")
        assert reply.blocks == []
        assert "Passed on" in (await shop.staff.wait_for_text("Passed on")).text


async def test_long_words_reach_the_other_side_whole(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        words = " ".join(f"word{number}" for number in range(1500))
        await shop.slack.bob.say("human")
        await shop.see_in_slack("已转给工作人员")
        await shop.slack.bob.say(words)
        await shop.staff.wait_for_text("word1499")
        parts = [one for one in shop.staff.answers if "word" in one.text]
        assert len(parts) > 1
        assert sum(one.text.count("word") for one in parts) == 1500
        await shop.telegram.ada.say("all of it", reply_to=parts[-1])
        await shop.see_in_slack("all of it")


async def test_a_picture_as_a_reply_is_not_left_in_silence(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.slack.bob.say("human")
        case = await shop.staff.wait_for_text("slack:")
        await shop.telegram.ada.send_photo(reply_to=case)
        await shop.staff.wait_for_text("only read words")


async def test_a_platform_that_is_not_connected_is_told(tmp_path: Path) -> None:
    async with (
        telegram_bots.run_bot(started=False) as telegram,
        slack_bots.run_bot(started=False) as slack,
    ):
        adapters: list[Adapter] = [telegram.make(), slack.make()]
        for adapter in adapters:
            with pytest.raises(PlatformError, match="not connected"):
                await adapter.tell(Chat(adapter.name, "1"), Answer("x", Outcome.NOTICE))


async def test_a_message_that_telegram_refuses_is_told(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.slack.bob.say("/human")
        await shop.staff.wait_for_text("slack:")
        shop.telegram.peer.faults.plan("sendMessage", Refused(400, "Bad Request: no"), times=2)
        await shop.slack.bob.say("are you there?")
        await shop.see_in_slack("did not reach the team")


async def test_an_edit_in_slack_is_passed_on_as_one(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        bob, general = shop.slack.bob, shop.slack.general
        shop.house.engine.outcome = Outcome.NOT_FOUND
        question = await bob.mention("gift wrap?", general)
        refusal = await shop.see_in_slack("It is gift wrap?")
        await bob.edit(question, "<@U0BOT> gift wrap, please?")  # of no question there is
        await bob.press_number(refusal, len(refusal.action_ids))
        await shop.see_in_slack("工作人员")
        case = await shop.staff.wait_for_text("gift wrap?")
        count = len(general.by_bot)

        await bob.edit(question, "gift wrap for two?")
        passed = await shop.staff.wait_for_text("更正：gift wrap for two?")
        assert passed.reply_to is case
        order = await bob.say("order 4711", general, question)
        await shop.staff.wait_for_text("order 4711")
        await bob.edit(order, "order 4711")  # as when a link is unfolded
        await bob.edit(order, "order 4712")
        passed = await shop.staff.wait_for_text("更正：order 4712")
        assert sum("更正" in one.text for one in shop.staff.answers) == 2
        assert [one.text for one in shop.house.engine.asked] == ["gift wrap?"]
        assert len(general.by_bot) == count
        assert "It is gift wrap?" in refusal.content


async def test_an_edit_in_slack_that_does_not_arrive_is_told(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.slack.bob.say("human")
        await shop.see_in_slack("已转给工作人员")
        order = await shop.slack.bob.say("order 4711")
        await shop.staff.wait_for_text("order 4711")
        shop.staff.kick_bot()
        await shop.slack.bob.edit(order, "order 4712")
        await shop.see_in_slack("没有送到")


async def test_an_edit_in_telegram_leaves_the_refusal(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        bob, chat = shop.telegram.bob, shop.telegram.bob.private_chat
        shop.house.engine.outcome = Outcome.NOT_FOUND
        question = await bob.say("gift wrap?")
        refusal = await chat.wait_for_text("It is gift wrap?")
        await bob.press(refusal, "转人工")
        case = await shop.staff.wait_for_text("gift wrap?")
        await bob.edit(question, "gift wrap for two?")
        passed = await shop.staff.wait_for_text("gift wrap for two?")
        assert "更正" in passed.text
        assert passed.reply_to is case
        assert not refusal.deleted

        reply = await shop.telegram.ada.say("It costs 4 euros.", reply_to=case)
        await chat.wait_for_text("It costs 4 euros.")
        told = await shop.staff.wait_for_text("Passed on")
        await shop.telegram.ada.edit(reply, "It costs 5 euros.")
        await chat.wait_for_text("It costs 5 euros.")
        assert "已更正" in chat.answers[-1].text
        assert not told.deleted

        shop.staff.kick_bot()
        await bob.edit(question, "gift wrap for three?")
        lost = await chat.wait_for_text("did not reach the team")
        assert lost is not refusal
        assert not refusal.deleted


async def test_after_the_end_an_edited_question_is_answered_in_the_refusals_place(
    tmp_path: Path,
) -> None:
    async with open_shop(tmp_path) as shop:
        bob, chat = shop.telegram.bob, shop.telegram.bob.private_chat
        shop.house.engine.outcome = Outcome.NOT_FOUND
        question = await bob.say("gift wrap?")
        refusal = await chat.wait_for_text("It is gift wrap?")
        await bob.say("/human")
        await shop.staff.wait_for_text("gift wrap?")
        await bob.edit(question, "gift wrap for two?")
        await shop.staff.wait_for_text("gift wrap for two?")
        await bob.say("/close")
        await chat.wait_for_text("is over")
        await bob.edit(question, "gift wrap for three?")
        await chat.wait_for_text("It is gift wrap for three?")
        assert "It is gift wrap for three?" in refusal.text
