"""What goes wrong between the bot and Slack, and what becomes of the answer: it arrives, once, or
its asker is told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession

from adapters.slack.pacing import Tempo
from bot.errors import PlatformError, SettingsError
from bot.nouns import Message as BotMessage
from bot.texts import ENGLISH
from tests.desks import make_desk
from tests.peers.slack import (
    Cut,
    DeliveryFault,
    ErrorCode,
    LostReply,
    Message,
    RateLimited,
    Rates,
    ServerError,
    Slow,
)
from tests.peers.slack.faults import Fault
from tests.slack_bots import Bot, run_bot, speed_up
from tests.test_telegram import SlowEngine

QUICK = speed_up(Tempo(patience=1.0, preview=0.5, grace=0.5, last_words=0.5))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with run_bot(started=False) as bot:
        await bot.start(tempo=QUICK)
        yield bot
        assert bot.peer.violations == []


@pytest.fixture
async def slow() -> AsyncIterator[tuple[Bot, SlowEngine]]:
    """A bot whose model writes when it is told to."""
    engine = SlowEngine()
    async with run_bot(started=False) as bot:
        await bot.start(make_desk(engine), QUICK)
        yield bot, engine


async def find(bot: Bot, words: str) -> Message:
    """The message in Ada's direct messages that says so."""

    def look() -> Message | None:
        return next((one for one in bot.ada.dm.by_bot if words in one.content), None)

    return await bot.peer.wait_until(look, 15, words)


async def wait_for(find: Callable[[], object]) -> None:
    """For what the peer tells nobody of: that it has failed as it was told to."""
    for _ in range(500):
        if find():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize(
    "fault", [RateLimited(1), ServerError(503), ErrorCode("internal_error")], ids=str
)
async def test_an_answer_that_was_not_taken_is_sent_again(bot: Bot, fault: Fault) -> None:
    bot.peer.fail("chat.postMessage", fault)
    assert (await bot.ask("noon")).content.startswith("It is noon [1].")
    assert len(bot.ada.dm.by_bot) == 1


@pytest.mark.parametrize("fault", [LostReply(), Cut(after=True)], ids=["time-out", "cut"])
async def test_an_answer_that_may_have_arrived_is_offered_not_repeated(
    bot: Bot, fault: Fault
) -> None:
    bot.peer.fail("chat.postMessage", fault)
    await bot.ada.say("noon")
    offer = await find(bot, ENGLISH.delivery_unsure)
    assert len(bot.ada.dm.by_bot) == 2
    await bot.ada.press_number(offer, 1)
    await bot.peer.wait_until(lambda: "It is noon" in offer.content)
    assert len(bot.ada.dm.by_bot) == 2


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_blocks_that_are_refused_give_way_to_text(bot: Bot, code: str) -> None:
    """metabase#79908: an answer that was only logged."""
    bot.peer.fail("chat.postMessage", ErrorCode(code))
    answer = await bot.ask("noon")
    assert answer.blocks == []
    assert "It is noon [1]." in answer.text
    assert "Parcels leave on the same day." in answer.text
    bot.peer.fail("response_url", ErrorCode(code))
    await bot.ada.slash("/ask", "night", bot.general)
    shown = await bot.ada.next_ephemeral()
    await bot.peer.wait_until(lambda: "It is night" in shown.text)


async def test_a_response_url_that_is_too_old_gives_way_to_direct_messages(bot: Bot) -> None:
    await bot.ada.slash("/ask", "wait", bot.general)
    await bot.house.engine.waiting.wait()
    bot.peer.clock.advance(1801)
    bot.house.engine.gate.set()
    assert (await find(bot, "It is wait")).to is None
    assert [one.code for one in bot.peer.violations] == ["expired_url"]  # its clock was set forward
    bot.peer.violations.clear()


async def test_what_came_only_as_a_retry_is_answered(bot: Bot) -> None:
    """agno#10073, vercel/chat#667."""
    bot.peer.courier.faults.append(DeliveryFault.LOST)
    assert "It is noon" in (await bot.ask("noon")).content


async def test_a_lost_acknowledgement_brings_no_second_answer(bot: Bot) -> None:
    bot.peer.courier.faults += [DeliveryFault.ACK_LOST] * 2
    await bot.ada.say("noon")
    await bot.peer.wait_until(lambda: len(bot.peer.deliveries[0].outcomes) == 2)
    bot.peer.clock.advance(61)
    await bot.settle()
    await find(bot, "It is noon")
    await bot.ask("night", bot.bob)
    assert [question.text for question in bot.house.engine.asked] == ["noon", "night"]
    assert len(bot.ada.dm.by_bot) == 1


async def test_the_connection_is_renewed_and_nothing_is_lost(bot: Bot) -> None:
    await asyncio.gather(bot.peer.sockets.refresh(), bot.ask("noon"))
    await bot.peer.connected()
    assert "It is night" in (await bot.ask("night")).content


@pytest.mark.parametrize(
    "fault", [RateLimited(1), ServerError(500), LostReply(), Slow(0.2)], ids=str
)
async def test_status_prompts_and_names_are_no_condition(bot: Bot, fault: Fault) -> None:
    for method in ("assistant.threads.setStatus", "users.info"):
        bot.peer.fail(method, fault, times=None)
    assert "It is noon" in (await bot.ask("noon")).content


async def test_a_stream_is_ended_before_it_dies_of_age(slow: tuple[Bot, SlowEngine]) -> None:
    """python-slack-sdk#1859, node-slack-sdk#2702. Another goes on; together they hold the answer
    once."""
    bot, engine = slow
    await bot.stop()
    await bot.start(make_desk(engine), replace(QUICK, rotate=0.3))
    await bot.ada.say("When do parcels leave?")
    engine.go_on(2)
    await bot.ada.dm.next_message()
    await asyncio.sleep(0.4)
    engine.go_on(1)
    second = await bot.ada.dm.next_message()
    engine.go_on(2)
    await second.settled()
    texts = [message.content.split("\n")[0] for message in bot.ada.dm.by_bot]
    assert "".join(texts) == "Parcels leave **the same day** before noon [1]."
    assert len(texts) >= 2
    assert bot.peer.violations == []


@pytest.mark.parametrize(
    "fault", [ErrorCode("message_not_in_streaming_state"), LostReply(), ServerError(502)], ids=str
)
async def test_a_stream_that_dies_goes_on_by_changes(
    slow: tuple[Bot, SlowEngine], fault: Fault
) -> None:
    bot, engine = slow
    await bot.ada.say("When do parcels leave?")
    engine.go_on(1)
    answer = await bot.ada.dm.next_message()
    bot.peer.fail("chat.appendStream", fault)
    bot.peer.fail("chat.stopStream", ErrorCode("message_not_in_streaming_state"))
    engine.go_on(1)
    await wait_for(lambda: not bot.peer.api.faults["chat.appendStream"])
    answer.stream.stopped = 0.0  # type: ignore[union-attr]
    engine.go_on(3)
    await bot.peer.wait_until(lambda: "before noon [1]" in answer.content)
    assert answer.content.startswith("Parcels leave **the same day** before noon [1].")
    assert len(bot.ada.dm.by_bot) == 1


@pytest.mark.parametrize("fault", [RateLimited(1), ErrorCode("not_allowed"), LostReply()], ids=str)
async def test_where_no_stream_begins_the_answer_comes_all_the_same(
    slow: tuple[Bot, SlowEngine], fault: Fault
) -> None:
    bot, engine = slow
    bot.peer.fail("chat.startStream", fault, times=None)
    await bot.ada.say("When do parcels leave?")
    engine.go_on(3)
    await asyncio.sleep(0.3)
    engine.go_on(2)
    await find(bot, "before noon [1]")
    await bot.peer.wait_until(lambda: [one.finished for one in bot.ada.dm.by_bot] == [True], 15)


async def test_a_stream_that_was_begun_unheard_of_is_found_though_slack_is_busy(
    slow: tuple[Bot, SlowEngine],
) -> None:
    bot, engine = slow
    bot.peer.fail("chat.startStream", LostReply())
    bot.peer.fail("conversations.replies", RateLimited(1))
    await bot.ada.say("When do parcels leave?")
    engine.go_on(3)
    await bot.peer.wait_until(lambda: bot.ada.dm.by_bot)
    await asyncio.sleep(0.6)  # until Slack's answer is not waited for any more
    engine.go_on(2)
    await find(bot, "before noon [1]")
    await bot.peer.wait_until(lambda: [one.finished for one in bot.ada.dm.by_bot] == [True], 15)


async def test_floods_lose_nothing() -> None:
    """hermes-agent#105340: waits ignored, replies lost half-way."""
    tight = Rates(posts_per_second=0.5, burst=1, factor=0.2)
    async with run_bot(rates=tight) as bot:
        for number in range(4):
            await bot.ada.mention(f"question {number}", bot.general)
        answers = [await (await bot.general.next_message(20)).settled(20) for _ in range(4)]
        assert {one.content.split(" [")[0] for one in answers} == {
            f"It is question {number}" for number in range(4)
        }
        assert bot.peer.violations == []


async def test_a_channel_that_is_gone_costs_one_line(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await bot.ada.mention("wait", bot.general)
    await bot.house.engine.waiting.wait()
    bot.general.archived = True
    bot.house.engine.gate.set()
    await bot.ask("noon")
    await bot.peer.wait_until(lambda: "is_archived" in caplog.text)
    assert "Traceback" not in caplog.text


async def test_a_question_that_was_deleted_is_no_harm(bot: Bot) -> None:
    question = await bot.ada.say("wait")
    await bot.house.engine.waiting.wait()
    await bot.ada.delete(question)
    bot.house.engine.gate.set()
    await find(bot, "It is wait")


async def test_a_file_that_is_gone_is_told(bot: Bot) -> None:
    await bot.ada.share_file("fees.md", b"# Fees\n")
    offer = await bot.ada.dm.next_message()
    bot.peer.workspace.files.clear()
    await bot.ada.press_number(offer, 1)
    await bot.peer.wait_until(lambda: ENGLISH.failures[PlatformError] in offer.content)


async def test_shutdown_finishes_what_it_can_and_tells_the_others(
    slow: tuple[Bot, SlowEngine],
) -> None:
    bot, engine = slow
    await bot.ada.say("When do parcels leave?")
    await bot.bob.say("slow?")
    await bot.peer.wait_until(lambda: bot.bob.dm.statuses and bot.ada.dm.statuses)
    stopping = asyncio.create_task(bot.stop())
    engine.go_on(5)
    await stopping
    assert bot.ada.dm.by_bot[0].content.startswith("Parcels leave **the same day**")
    assert "restarted" in bot.bob.dm.by_bot[0].content or "重新启动" in bot.bob.dm.by_bot[0].content
    assert bot.peer.violations == []


@pytest.mark.parametrize("name", ["bot_token", "app_token"])
async def test_tokens_that_slack_does_not_take_are_told(bot: Bot, name: str) -> None:
    adapter = bot.make()
    bot.peer.api.bot_token, bot.peer.api.app_token = (
        ("xoxb-new", bot.peer.app_token) if name == "bot_token" else (bot.peer.bot_token, "xapp-n")
    )
    with pytest.raises(SettingsError, match=f"SLACK_{name.upper()}"):
        await adapter.run()
    bot.peer.violations.clear()


async def test_slack_that_is_down_is_tried_again_later(bot: Bot) -> None:
    bot.peer.fail("auth.test", ServerError(503))
    with pytest.raises(PlatformError):
        await bot.make().run()


async def test_requests_without_a_signature_are_refused() -> None:
    async with run_bot(http=True) as bot, ClientSession() as session:
        url = bot.peer.request_url or ""
        async with session.post(url, data=b'{"type": "event_callback"}') as response:
            assert response.status == 401
        bot.peer.webhooks.secret = "wrong"
        assert not await bot.peer.verify_url()
        await bot.ada.say("noon")
        await bot.peer.wait_until(lambda: bot.peer.deliveries[0].outcomes)
        assert bot.house.engine.asked == []
        running = bot.running[0]
        running.cancel()
        await asyncio.wait([running])
        bot.peer.webhooks.secret = bot.peer.signing_secret
        assert not await bot.peer.verify_url()  # stopped: Slack asks another process again


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
async def test_what_could_not_be_accepted_is_not_acknowledged(http: bool) -> None:
    """So Slack brings it again: nothing that was acknowledged can be lost before it is noted."""
    async with run_bot(started=False, http=http) as bot:
        await bot.start(tempo=QUICK)
        accept, failures = bot.house.desk.accept, [OSError("no space left")]

        async def fail_once(message: BotMessage, envelope: Mapping[str, Any] | None = None) -> bool:
            if failures:
                raise failures.pop()
            return await accept(message, envelope)

        bot.house.desk.accept = fail_once  # type: ignore[method-assign]
        await bot.ada.say("noon")
        await bot.peer.wait_until(lambda: bot.peer.deliveries[0].outcomes)
        assert not bot.peer.deliveries[0].outcomes[0].acknowledged
        assert "It is noon" in (await (await bot.ada.dm.next_message()).settled()).content
        assert len(bot.house.engine.asked) == 1


async def test_a_stream_is_ended_before_it_is_too_long() -> None:
    """A code block that is cut in two is whole in both messages."""
    pieces = ("```text\n", *(f"line {number}: {'x' * 80}\n" for number in range(200)), "```\nEnd.")
    engine = SlowEngine(pieces)
    async with run_bot(started=False) as bot:
        await bot.start(make_desk(engine), QUICK)
        await bot.ada.say("everything?")
        for _ in range(20):
            engine.go_on(10)
            await asyncio.sleep(0.1)
        await bot.peer.wait_until(lambda: len(bot.ada.dm.by_bot) == 2)
        engine.go_on(10)
        await find(bot, "End.")
        texts = [message.content for message in bot.ada.dm.by_bot]
        assert len(texts) == 2
        assert all(text.count("```") == 2 for text in texts)
        assert [sum(f"line {number}:" in text for text in texts) for number in range(200)] == [
            1
        ] * 200
        assert bot.peer.violations == []
        assert bot.peer.floods == []


async def test_a_text_that_turns_out_otherwise_leaves_nothing_over(
    slow: tuple[Bot, SlowEngine],
) -> None:
    bot, engine = slow
    await bot.stop()
    engine.final = "Briefly."
    await bot.start(make_desk(engine), replace(QUICK, rotate=0.2))
    await bot.ada.say("When do parcels leave?")
    engine.go_on(1)
    await bot.ada.dm.next_message()
    await asyncio.sleep(0.3)
    engine.go_on(1)
    await bot.ada.dm.next_message()
    engine.go_on(3)
    await find(bot, "Briefly.")
    await bot.peer.wait_until(lambda: len(bot.ada.dm.by_bot) == 1)
    assert bot.ada.dm.by_bot[0].content == "Briefly.\n[👍] [👎]"


async def test_a_growing_message_that_is_gone_is_written_anew(
    slow: tuple[Bot, SlowEngine],
) -> None:
    bot, engine = slow
    await bot.ada.say("When do parcels leave?")
    engine.go_on(1)
    answer = await bot.ada.dm.next_message()
    answer.deleted = True
    engine.go_on(4)
    await find(bot, "before noon [1]")


@pytest.mark.parametrize(
    "fault", [RateLimited(1), ServerError(503), LostReply(), Cut(), Cut(after=True)], ids=str
)
async def test_what_only_its_asker_sees_may_come_twice_but_comes(bot: Bot, fault: Fault) -> None:
    bot.peer.fail("response_url", fault)
    await bot.ada.slash("/ask", "noon", bot.general)
    shown = await bot.ada.next_ephemeral()
    await bot.peer.wait_until(lambda: "It is noon" in shown.content)
    assert len(bot.ada.ephemerals) == 1
