"""What goes wrong between the bot and Telegram, and what becomes of the answer: it arrives, once,
or its asker is told."""

import logging
from collections.abc import AsyncIterator

import pytest

from bot.errors import PlatformError
from bot.texts import ENGLISH
from tests.desks import make_desk
from tests.peers.telegram import BadGateway, Chat, Cut, Flood, LostReply, Refused, Slow
from tests.telegram_bots import Bot, run_bot
from tests.test_telegram import SlowEngine

ANSWER = "It is noon [1].\n\n[1] shop/shipping.\u2060md › Shipping › Times, page 3"


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with run_bot() as bot:
        yield bot
        assert bot.peer.violations == []
        assert bot.peer.unanswered == []


async def find_answer(chat: Chat, text: str = "It is noon") -> str:
    return (await chat.wait_for_text(text, 15)).text


@pytest.mark.parametrize(
    "fault",
    [Flood(2, lasting=True), BadGateway(), Refused(500), Cut(delivered=False)],
    ids=["flood", "bad gateway", "server error", "cut before delivery"],
)
async def test_an_answer_that_was_not_delivered_is_sent_again(
    bot: Bot, fault: Flood | BadGateway | Refused | Cut
) -> None:
    bot.peer.fail("sendMessage", fault)
    await bot.ada.say("noon")

    if isinstance(fault, Cut):  # the bot cannot tell that from one that was delivered
        assert await find_answer(bot.ada.private_chat, "") == ENGLISH.delivery_unsure
    else:
        assert await find_answer(bot.ada.private_chat) == ANSWER
    assert len(bot.ada.private_chat.answers) == 1
    assert bot.peer.floods == []


@pytest.mark.parametrize("fault", [LostReply(), Cut(delivered=True)], ids=["time-out", "cut"])
async def test_after_a_time_out_the_answer_is_offered_not_repeated(
    bot: Bot, fault: LostReply | Cut
) -> None:
    bot.peer.fail("sendMessage", fault)
    await bot.ada.say("noon")

    chat = bot.ada.private_chat
    offer = await chat.wait_for_text(ENGLISH.delivery_unsure, 15)
    assert [message.text for message in chat.answers] == [ANSWER, ENGLISH.delivery_unsure]
    await bot.ada.press(offer, ENGLISH.again_label)
    await chat.wait_until(lambda _: offer.text == ANSWER)
    assert offer.labels[:2] == ("👍", "👎")


async def test_the_parts_that_arrived_stay_when_a_later_one_may_be_lost() -> None:
    engine = SlowEngine((), "\n\n".join(f"Rule {n}: parcels leave at noon." * 9 for n in range(30)))
    async with run_bot(started=False) as bot:
        bot.start(make_desk(engine))
        bot.peer.faults.plan(
            "sendMessage", LostReply(), concerns=lambda sent: "Rule 29" in sent["text"]
        )
        engine.go_on()
        await bot.ada.say("all?")
        chat = bot.ada.private_chat
        await chat.wait_for_text(ENGLISH.delivery_unsure, 15)
        *parts, _ = chat.answers
        assert "Rule 0:" in parts[0].text
        assert "Rule 29:" in parts[-1].text


async def test_an_offer_shown_again_has_its_buttons(bot: Bot) -> None:
    bot.peer.fail("sendMessage", LostReply())
    await bot.ada.upload("fees.md", b"# Fees\n")
    offer = await bot.ada.private_chat.wait_for_text(ENGLISH.delivery_unsure, 15)
    await bot.ada.press(offer, ENGLISH.again_label)
    await bot.ada.private_chat.wait_until(
        lambda _: offer.labels == (ENGLISH.add_label, ENGLISH.discard_label)
    )


async def test_an_edit_that_may_have_arrived_is_repeated(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada])
    bot.peer.fail("editMessageText", LostReply(), times=2)
    await bot.ada.say("/ask noon", group)

    await find_answer(group)
    assert len(group.answers) == 1


async def test_a_flood_in_a_group_loses_nothing(bot: Bot) -> None:
    """AstrBot#6659, hermes-agent#105340: replies lost half-way, waits ignored."""
    group = bot.peer.add_group("Shop", [bot.ada])
    bot.peer.fail("editMessageText", Flood(2, lasting=True))
    await bot.ada.say("/ask noon", group)
    await group.wait_for_text(ENGLISH.searching)
    assert await find_answer(group) == ANSWER
    assert bot.peer.floods == []


async def test_a_very_long_flood_wait_is_borne(bot: Bot) -> None:
    """kstost/cokacdir#30: Telegram wanted 13,938 seconds."""
    bot.peer.fail("sendMessage", Flood(13_938))
    await bot.ada.say("night")  # another question than Bob's, who else might be sent it first
    await bot.peer.wait_until_fetched()
    await bot.bob.say("noon")

    await find_answer(bot.bob.private_chat)
    assert bot.ada.private_chat.answers == []


async def test_drafts_that_are_refused_give_way_to_a_message() -> None:
    """openclaw#7803: TEXTDRAFT_PEER_INVALID."""
    engine = SlowEngine()
    async with run_bot(started=False) as bot:
        bot.start(make_desk(engine))
        bot.peer.fail(
            "sendMessageDraft", Refused(400, "Bad Request: TEXTDRAFT_PEER_INVALID"), times=None
        )
        await bot.ada.say("When do parcels leave?")
        engine.go_on(3)
        message = await bot.ada.private_chat.wait_for_text("the same day")
        engine.go_on(2)
        await bot.ada.private_chat.wait_until(lambda _: "before noon" in message.text)
        assert len(bot.ada.private_chat.answers) == 1
        assert bot.peer.violations == []


@pytest.mark.parametrize(
    "fault", [Flood(2, lasting=True), BadGateway(), LostReply(), Cut(), Slow(0.3)]
)
async def test_drafts_that_fail_cost_nothing_but_themselves(
    fault: Flood | BadGateway | LostReply | Cut | Slow,
) -> None:
    engine = SlowEngine()
    async with run_bot(started=False) as bot:
        bot.start(make_desk(engine))
        bot.peer.fail("sendMessageDraft", fault, times=2)
        await bot.ada.say("When do parcels leave?")
        engine.go_on(5)
        await find_answer(bot.ada.private_chat, "before noon")
        assert len(bot.ada.private_chat.answers) == 1
        assert bot.peer.complaints == []


async def test_a_placeholder_that_somebody_deleted_is_no_harm() -> None:
    engine = SlowEngine()
    async with run_bot(started=False) as bot:
        bot.start(make_desk(engine))
        group = bot.peer.add_group("Shop", [bot.ada])
        await bot.ada.say("/ask When do parcels leave?", group)
        placeholder = await group.wait_for_text(ENGLISH.searching)
        await bot.ada.delete(placeholder)
        engine.go_on(5)
        await find_answer(group, "before noon")
        assert bot.peer.violations == []


async def test_a_question_that_was_deleted_is_answered_all_the_same() -> None:
    engine = SlowEngine()
    async with run_bot(started=False) as bot:
        bot.start(make_desk(engine))
        group = bot.peer.add_group("Shop", [bot.ada])
        bot.peer.fail("sendMessage", BadGateway())
        question = await bot.ada.say("/ask When do parcels leave?", group)
        await bot.peer.wait_until_fetched()
        await bot.ada.delete(question)
        engine.go_on(5)
        await find_answer(group, "before noon")


async def test_an_answer_whose_looks_telegram_refuses_comes_without_them(bot: Bot) -> None:
    bot.peer.fail("sendMessage", Refused(400, "Bad Request: can't parse entities"))
    await bot.ada.say("noon")
    assert await find_answer(bot.ada.private_chat) == ANSWER
    (message,) = bot.ada.private_chat.answers
    assert message.marked("bold") == []
    assert message.labels[:2] == ("👍", "👎")


async def test_an_answer_that_telegram_refuses_is_apologised_for(bot: Bot) -> None:
    bot.peer.fail("sendMessage", Refused(400, "Bad Request: BUTTON_DATA_INVALID"), times=2)
    await bot.ada.say("noon")
    await find_answer(bot.ada.private_chat, ENGLISH.unexpected)


async def test_who_blocks_the_bot_costs_one_line(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await bot.ada.say("wait")
    await bot.house.engine.waiting.wait()
    await bot.ada.block()
    bot.house.engine.gate.set()
    await bot.bob.say("noon")
    await find_answer(bot.bob.private_chat)

    await bot.stop()
    assert "cannot be written to" in caplog.text
    assert "Traceback" not in caplog.text


async def test_being_put_out_of_a_group_is_no_harm(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada])
    await bot.ada.say("/ask wait", group)
    await bot.house.engine.waiting.wait()
    group.kick_bot()
    bot.house.engine.gate.set()
    await bot.bob.say("noon")
    await find_answer(bot.bob.private_chat)


async def test_a_group_that_becomes_a_supergroup_gets_its_answer(bot: Bot) -> None:
    group = bot.peer.add_group("Shop", [bot.ada])
    await bot.ada.say("/ask wait", group)
    await bot.house.engine.waiting.wait()
    moved = group.migrate()
    bot.house.engine.gate.set()
    await find_answer(moved, "It is wait")
    await bot.ada.say("/ask noon", moved)
    await find_answer(moved)


async def test_an_update_that_comes_again_is_answered_once(bot: Bot) -> None:
    await bot.ada.say("noon")
    await find_answer(bot.ada.private_chat)
    for update in list(bot.peer.updates.history):
        bot.peer.updates.publish_again(update)
    await bot.peer.wait_until_fetched()
    await bot.ada.say("night")

    await find_answer(bot.ada.private_chat, "It is night")
    assert len(bot.ada.private_chat.answers) == 2


async def test_a_file_that_telegram_does_not_give_is_said(bot: Bot) -> None:
    await bot.ada.upload("fees.md", b"# Fees\n")
    offer = await bot.ada.private_chat.next_message()
    bot.peer.fail("download", Refused(404, "Not Found"), times=None)
    await bot.ada.press(offer, ENGLISH.add_label)

    await bot.ada.private_chat.wait_until(lambda _: ENGLISH.failures[PlatformError] in offer.text)
    assert bot.house.librarian.begun == 0


async def test_polling_goes_on_after_faults(bot: Bot) -> None:
    for fault in (BadGateway(), Cut(), Refused(409, "Conflict: terminated")):
        bot.peer.fail("getUpdates", fault)
    await bot.ada.say("noon")
    await find_answer(bot.ada.private_chat)


@pytest.mark.parametrize("status", [401, 404])
async def test_polling_goes_on_after_a_token_that_was_not_known_for_once(
    bot: Bot, status: int
) -> None:
    await bot.peer.wait_until_fetched()
    bot.peer.fail("getUpdates", Refused(status, "Not known"))
    for text in ("noon", "night"):  # the first is brought by the poll before the fault
        await bot.ada.say(text)
        await find_answer(bot.ada.private_chat, f"It is {text}")


async def test_an_error_in_the_depths_is_told(bot: Bot) -> None:
    """onyx#11615: a sign of life appears, disappears, and nothing follows."""
    bot.house.engine.error = ZeroDivisionError("in the depths")
    await bot.ada.say("noon")
    message = await bot.ada.private_chat.next_message()
    assert message.text == ENGLISH.unexpected


async def test_the_token_is_in_no_log_line(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    """Of ours; how those of others are kept out is tested with the log itself."""
    caplog.set_level(logging.DEBUG, "adapters")
    caplog.set_level(logging.DEBUG, "bot")
    for method in ("sendMessage", "sendMessageDraft", "getUpdates"):
        bot.peer.fail(method, BadGateway())
        bot.peer.fail(method, Cut())
    await bot.ada.say("noon")
    await bot.ada.private_chat.next_message(15)

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("adapters")]
    assert lines
    assert not any(bot.peer.token in line for line in lines)
