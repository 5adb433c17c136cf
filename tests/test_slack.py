"""Conversations in Slack: the adapter against a Slack that refuses what Slack refuses, in Socket
Mode and over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.texts import CHINESE, ENGLISH
from tests.desks import make_desk
from tests.peers.slack import Message
from tests.peers.slack.workspace import TEAM
from tests.slack_bots import Bot, run_bot
from tests.test_telegram import SlowEngine

SOURCE = "[1] shop/shipping.md › Shipping › Times, page 3\nParcels leave on the same day."


@pytest.fixture(params=[False, True], ids=["sockets", "http"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bot]:
    async with run_bot(tmp_path, http=request.param) as bot:
        yield bot
        assert bot.peer.violations == []
        assert bot.peer.pings == []
        assert bot.peer.floods == []


@pytest.fixture
async def idle(tmp_path: Path) -> AsyncIterator[Bot]:
    """Not yet started, to be given another desk."""
    async with run_bot(tmp_path, started=False) as bot:
        yield bot
        assert bot.peer.violations == []
        assert bot.peer.floods == []


async def command(bot: Bot, text: str, name: str = "/ask") -> Message:
    """What the asker, alone, sees of a command in a channel at the end."""
    delivery = await bot.ada.slash(name, text, bot.general)
    assert delivery.acknowledged
    shown = await bot.ada.next_ephemeral()
    if shown.text == ENGLISH.searching and not shown.blocks:
        await bot.peer.wait_until(lambda: shown.versions)
    return shown


async def test_a_direct_message_is_answered_in_its_thread(bot: Bot) -> None:
    question = await bot.ada.say("noon")
    answer = await (await bot.ada.dm.next_message()).settled()

    assert answer.content == f"It is noon [1].\n{SOURCE}\n[👍] [👎]\n[Sources] [Why?]"
    assert answer.thread_ts == question.ts
    assert bot.peer.links == []


async def test_a_command_is_acknowledged_at_once_and_answered_to_its_asker(bot: Bot) -> None:
    shown = await command(bot, "noon")
    assert shown.versions[0].text == ENGLISH.searching
    assert shown.content.startswith(f"It is noon [1].\n{SOURCE}")
    assert shown.content.endswith(f"[{ENGLISH.share_label}]")
    assert bot.general.by_bot == []


async def test_a_shared_answer_keeps_its_question_its_sources_and_its_votes(bot: Bot) -> None:
    shown = await command(bot, "noon")
    await bot.ada.press(shown, "share")
    shared = await bot.general.next_message()
    assert shared.content.startswith("ada: noon\nIt is noon [1].")
    assert "Parcels leave on the same day." in shared.content
    assert f"<@{bot.ada.id}>" not in str(shared.blocks)

    vote = next(value for _, _, value in shared.list_presses() if value and "/rate down" in value)
    await bot.bob.press(shared, "rate", vote)
    assert (await bot.bob.next_ephemeral()).content == CHINESE.thanks_down


async def test_votes_are_kept_with_the_answer(bot: Bot) -> None:
    answer = await bot.ask("noon")
    await bot.ada.press_number(answer, 1)
    assert (await bot.ada.next_ephemeral()).content == ENGLISH.thanks_up
    await bot.ada.press_number(answer, 2)
    assert (await bot.ada.next_ephemeral()).content == ENGLISH.thanks_down


async def test_buttons_tell_more(bot: Bot) -> None:
    answer = await bot.ask("noon")
    await bot.ada.press_number(answer, 3)
    sources = await bot.ada.dm.next_message()
    assert sources.thread_ts == answer.thread_ts
    assert "Parcels leave on the same day." in sources.content
    await bot.ada.press_number(answer, 4)
    assert "keyword 2, vector 1" in (await bot.ada.dm.next_message()).content
    shown = await command(bot, "noon")
    await bot.ada.press_number(shown, 4)
    assert "keyword 2, vector 1" in (await bot.ada.next_ephemeral()).content


async def test_a_public_question_is_answered_in_its_thread(bot: Bot) -> None:
    await bot.ada.slash("/ask", "public noon", bot.general)
    question = await bot.general.next_message()
    assert question.content.endswith(": noon")
    answer = await (await bot.general.next_message()).settled()
    assert answer.thread_ts == question.ts
    assert answer.content.startswith("It is noon [1].")
    await bot.ada.say("night", thread=question)
    follow_up = await (await bot.general.next_message()).settled()
    assert follow_up.content.startswith("It is night")
    assert bot.house.engine.asked[-1].turns[0].question == "noon"


async def test_a_public_question_where_the_bot_is_no_member(bot: Bot) -> None:
    """field: silence where the bot may not write."""
    elsewhere = bot.peer.add_channel("elsewhere", bot.ada, with_bot=False)
    await bot.ada.slash("/ask", "public noon", elsewhere)
    answer = await elsewhere.next_message()
    assert ": noon\nIt is noon [1]." in answer.content
    await bot.ada.slash("/ask", "noon", elsewhere)
    shown = await bot.ada.next_ephemeral()
    await bot.peer.wait_until(lambda: "It is noon" in shown.content)


async def test_ask_alone_shows_help_as_it_is_typed_here(bot: Bot) -> None:
    shown = await command(bot, "")
    assert ENGLISH.help_head in shown.content
    assert "/ask search: find passages: /ask search words" in shown.content
    assert "/reindex: " in shown.content
    await bot.bob.slash("/ask", "帮助", bot.general)
    chinese = await bot.bob.next_ephemeral()
    assert CHINESE.help_head in chinese.content
    assert "/reindex" not in chinese.content


async def test_commands_behind_ask(bot: Bot) -> None:
    found = await command(bot, "search the parcel")
    assert "shop/shipping.md › Shipping › Times, page 3" in found.content
    assert (await command(bot, "why")).content == ENGLISH.no_answer_yet
    await command(bot, "noon")
    assert "keyword 2, vector 1" in (await command(bot, "why")).content
    assert (await command(bot, "new")).content == ENGLISH.forgotten
    await command(bot, "why do parcels leave at noon?")
    assert bot.house.engine.asked[-1].text == "why do parcels leave at noon?"
    assert bot.house.engine.asked[-1].turns == ()
    assert f"slack:{TEAM}/{bot.ada.id}" in (await command(bot, "whoami")).content
    assert "bad.pdf" in (await command(bot, "status")).content


async def test_the_language_is_chosen_by_a_press(bot: Bot) -> None:
    shown = await command(bot, "language")
    await bot.ada.press_number(shown, 2)
    await bot.peer.wait_until(lambda: shown.content == CHINESE.language_is)
    assert (await command(bot, "new")).content == CHINESE.forgotten
    assert (await command(bot, "language en")).content == ENGLISH.language_is


async def test_a_mention_is_answered_once_in_its_thread(bot: Bot) -> None:
    """python-slack-sdk#790, antiwork/helper#256, chatgpt-slackbot-serverless#3: two replies, or
    one in the channel."""
    question = await bot.ada.mention("noon", bot.general)
    answer = await (await bot.general.next_message()).settled()
    await bot.settle()

    assert answer.thread_ts == question.ts
    assert answer.content.startswith("It is noon [1].")
    assert len(bot.general.by_bot) == 1
    assert bot.house.engine.asked[0].text == "noon"
    assert [status.text for status in bot.general.statuses][-1] == ""


async def test_eleven_deliveries_of_one_message_are_one_question(bot: Bot) -> None:
    """node-slack-sdk#2141."""
    await bot.ada.mention("noon", bot.general, copies=11)
    await bot.ada.say("night", copies=11)
    await (await bot.general.next_message()).settled()
    await (await bot.ada.dm.next_message()).settled()
    await bot.settle()
    await bot.ask("dawn")

    assert [one.text for one in bot.house.engine.asked] == ["noon", "night", "dawn"]


async def test_where_it_speaks_in_threads_and_where_it_does_not(bot: Bot) -> None:
    """onyx#1496, vercel/eve#223 and hermes-agent#60407, open-swe#2665: more, and less."""
    await bot.ada.say("Shall we have lunch?", bot.general)
    other = await bot.bob.say("My parcel is late.", bot.general)
    await bot.ada.say("When did you order?", thread=other)
    question = await bot.ada.mention("noon", bot.general)
    await (await bot.general.next_message()).settled()

    await bot.ada.say("night", thread=question)  # goes on
    assert (await (await bot.general.next_message()).settled()).content.startswith("It is night")
    await bot.ada.say(f"<@{bot.bob.id}> is that right?", thread=question)  # is for Bob
    await bot.bob.say("I think so.", thread=question)
    await bot.ada.say("Thank you, Bob.", thread=question)  # people talk to each other
    await bot.bob.mention("dawn", thread=question)  # is for the bot again
    assert (await (await bot.general.next_message()).settled()).content.startswith("It is dawn")
    await bot.ada.say("Good.", thread=question)
    bot.peer.say_as_other_bot("Build 7 passed", bot.general)
    await bot.settle()
    assert [one.text for one in bot.house.engine.asked] == ["noon", "night", "dawn"]
    assert bot.house.engine.asked[-1].turns[0].question == "noon"


async def test_called_into_a_thread_it_reads_what_that_is_about(bot: Bot) -> None:
    said = await bot.bob.say("My parcel has not come for a week.", bot.general)
    await bot.ada.mention("what can he do?", thread=said)
    await (await bot.general.next_message()).settled()
    (turn,) = bot.house.engine.asked[0].turns
    assert turn.question == "My parcel has not come for a week."

    other = await bot.bob.say("When do parcels leave?", bot.general)
    await bot.ada.mention("", thread=other)
    await (await bot.general.next_message()).settled()
    assert bot.house.engine.asked[1].text == "When do parcels leave?"


async def test_the_shortcut_asks_about_a_message(bot: Bot) -> None:
    elsewhere = bot.peer.add_channel("elsewhere", bot.ada, bot.bob, with_bot=False)
    said = await bot.bob.say("Is a < b & <@U1>?", elsewhere)
    await bot.ada.shortcut(said, "ask_about_message")
    shown = await bot.ada.next_ephemeral()
    assert shown.content.startswith("It is Is a < b &")
    assert elsewhere.by_bot == []
    await bot.ada.press(shown, "share")
    assert "It is Is a < b &" in (await elsewhere.next_message()).content


async def test_the_home_tab_tells_what_is_there(bot: Bot) -> None:
    home = await bot.ada.next_home()
    for words in (ENGLISH.start_head, "Documents: 5, indexed", ENGLISH.help_head, "bad.pdf"):
        assert words in home.content
    chinese = await bot.bob.next_home()
    assert CHINESE.start_head in chinese.content
    assert "bad.pdf" not in chinese.content
    await bot.bob.open_home("messages")
    await bot.peer.wait_until(lambda: bot.bob.dm.prompts)
    assert bot.bob.dm.prompts[0].prompts == (("什么时候发货？", "什么时候发货？"),)


async def test_reindex_reports_in_one_direct_message_that_changes(bot: Bot) -> None:
    bot.house.librarian.gate.clear()
    await bot.ada.slash("/reindex", "", bot.general)
    assert (await bot.ada.next_ephemeral()).content == ENGLISH.see_direct
    report = await bot.ada.dm.next_message()
    await bot.peer.wait_until(lambda: "Reading documents: 2 of 5" in report.content)
    bot.house.librarian.gate.set()
    await bot.peer.wait_until(lambda: "new.md" in report.content)
    assert len(bot.ada.dm.by_bot) == 1


async def test_reindex_is_for_admins(bot: Bot) -> None:
    await bot.bob.slash("/reindex", "", bot.general)
    denied = await bot.bob.next_ephemeral()
    asker = f"slack:{TEAM}/{bot.bob.id}"
    assert denied.content == CHINESE.admins_only.format(name="/reindex", asker=asker)
    assert bot.house.librarian.begun == 0


async def test_deleting_much_takes_a_press(bot: Bot) -> None:
    bot.house.librarian.deletes = (80, 100)
    await bot.ada.slash("/reindex")
    report = await bot.ada.dm.next_message()
    await bot.peer.wait_until(lambda: "80 of 100" in report.content)
    await bot.ada.press_number(report, 1)
    await bot.peer.wait_until(lambda: "new.md" in report.content)
    assert report.action_ids == []
    assert len(bot.ada.dm.by_bot) == 1


async def test_documents_are_added_by_sharing_them(bot: Bot, tmp_path: Path) -> None:
    await bot.ada.share_file("运费.md", "# 运费\n\n十七元。\n".encode())
    offer = await bot.ada.dm.next_message()
    assert "运费.md" in offer.content
    assert not (tmp_path / "运费.md").exists()
    await bot.ada.press_number(offer, 1)
    await bot.peer.wait_until(lambda: "new.md" in offer.content)
    assert (tmp_path / "运费.md").read_text(encoding="utf-8") == "# 运费\n\n十七元。\n"
    assert bot.house.librarian.runs == 1

    await bot.bob.share_file("fees.md", b"# Fees\n")
    denied = await bot.bob.dm.next_message()
    assert f"slack:{TEAM}/{bot.bob.id}" in denied.content
    await bot.ada.share_file("run.exe", b"MZ")
    assert ".docx" in (await bot.ada.dm.next_message()).content
    await bot.ada.share_file("b.md", b"# B\n", bot.general)
    await bot.settle()
    assert bot.general.by_bot == []


async def test_words_of_documents_and_askers_call_nobody(bot: Bot) -> None:
    shown = await command(bot, "ping")
    assert "@ here" in shown.content or "@here" in shown.content
    await command(bot, "search ping <!channel> https://evil.example")
    await bot.ada.slash("/ask", "public <!channel> ping <@U1>", bot.general)
    await bot.general.next_message()
    await (await bot.general.next_message()).settled()
    await bot.settle()
    assert bot.peer.links == []


async def test_a_growing_answer_is_a_stream(idle: Bot) -> None:
    engine = SlowEngine()
    await idle.start(make_desk(engine))
    question = await idle.ada.say("When do parcels leave?")
    await idle.peer.wait_until(lambda: idle.ada.dm.statuses)
    assert idle.ada.dm.statuses[0].text == ENGLISH.is_searching
    assert idle.ada.dm.statuses[0].thread_ts == question.ts
    engine.go_on(2)
    answer = await idle.ada.dm.next_message()
    assert not answer.finished
    engine.go_on(3)
    await answer.settled()
    assert answer.content == "Parcels leave **the same day** before noon [1].\n[👍] [👎]"
    assert len(idle.ada.dm.by_bot) == 1


async def test_the_stop_button_keeps_what_was_written(idle: Bot) -> None:
    engine = SlowEngine()
    await idle.start(make_desk(engine))
    await idle.ada.say("When do parcels leave?")
    engine.go_on(2)
    answer = await idle.ada.dm.next_message()
    await idle.ada.stop(answer)
    await idle.peer.wait_until(lambda: ENGLISH.stopped in answer.content)
    assert answer.content == f"Parcels leave\n{ENGLISH.stopped}"
    assert engine.closed == 1
    assert len(idle.ada.dm.by_bot) == 1


async def test_one_chat_is_answered_in_order_and_others_meanwhile(bot: Bot) -> None:
    await bot.ada.say("wait")
    await bot.ada.say("after")
    await bot.house.engine.waiting.wait()
    await bot.ask("elsewhere", bot.bob)
    assert bot.ada.dm.by_bot == []
    bot.house.engine.gate.set()
    first = await (await bot.ada.dm.next_message()).settled()
    second = await (await bot.ada.dm.next_message()).settled()
    assert [one.content.split(" [")[0] for one in (first, second)] == ["It is wait", "It is after"]


async def test_a_word_alone_is_a_command_where_slack_takes_none(bot: Bot) -> None:
    question = await bot.ada.mention("noon", bot.general)
    await (await bot.general.next_message()).settled()
    await bot.ada.say("why", thread=question)
    assert "keyword 2, vector 1" in (await bot.general.next_message()).content
    await bot.ada.mention("help", thread=question)
    assert ENGLISH.help_head in (await bot.general.next_message()).content
    await bot.ask("night")
    assert "keyword 2, vector 1" in (await bot.ask("Why")).content
    await bot.ada.slash("/ask", "new")
    assert (await bot.ada.next_ephemeral()).content == ENGLISH.forgotten
    await bot.ask("why is it night?")
    assert bot.house.engine.asked[-1].turns == ()
