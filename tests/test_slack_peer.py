"""The Slack peer itself, with the real Bolt as the app: what works, and that each limit is held."""

from collections.abc import AsyncIterator

import pytest

from tests.peers.slack import SlackPeer
from tests.peers.slack.console import Console
from tests.slack_bot import make_app, run_http, run_sockets


@pytest.fixture
async def peer() -> AsyncIterator[SlackPeer]:
    async with SlackPeer() as peer:
        yield peer


@pytest.fixture(params=[run_sockets, run_http])
async def bot(request: pytest.FixtureRequest, peer: SlackPeer) -> AsyncIterator[SlackPeer]:
    """A peer with the app running, by Socket Mode or by HTTP; nothing it did may be a breach."""
    async with request.param(peer, make_app(peer)):
        yield peer
    assert peer.violations == []
    assert peer.floods == []


async def test_a_direct_message_is_answered_by_a_stream(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    question = await ada.say("How long is it?")
    answer = await (await ada.dm.next_message()).settled()
    assert answer.stream is not None
    assert answer.stream.words == "You said: How long is it?"
    assert answer.thread_ts == question.ts
    assert answer.action_ids == ["feedback"]
    assert [status.text for status in ada.dm.statuses] == ["is searching…", ""]


async def test_a_mention_comes_as_two_events(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    general = bot.add_channel("general", ada)
    await ada.mention("Is a < b?", general)
    answer = await (await general.next_message()).settled()
    assert answer.content.startswith("You said: Is a &lt; b?")
    kinds = [delivery.payload["event"]["type"] for delivery in bot.deliveries[:2]]
    assert sorted(kinds) == ["app_mention", "message"]


async def test_a_command_is_answered_to_the_asker_and_shared(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    general = bot.add_channel("general", ada, with_bot=False)
    delivery = await ada.slash("/ask", "warranty", general)
    assert delivery.acknowledged
    shown = await ada.next_ephemeral()
    await bot.wait_until(lambda: shown.versions)
    assert shown.versions[0].text == "Searching…"
    assert shown.content == "**warranty**\n[Share in channel]"
    await ada.press(shown, "share")
    assert (await general.next_message()).content == "the answer"


async def test_feedback_is_taken(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    await ada.say("Hello")
    answer = await (await ada.dm.next_message()).settled()
    await ada.press(answer, "feedback", "bad")
    assert (await ada.next_ephemeral()).text == "Noted: bad"


async def test_home_prompts_shortcut_and_modal(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    general = bot.add_channel("general", ada)
    assert (await ada.next_home()).content == "*3* documents"
    await ada.open_home("messages")
    await bot.wait_until(lambda: ada.dm.prompts)
    assert ada.dm.prompts[0].prompts == (("What is there?", "What is there?"),)
    message = await ada.say("Something", general)
    await ada.shortcut(message, "ask_about")
    await bot.wait_until(lambda: ada.modal)
    await ada.submit_view({("question", "text"): "And now?"})
    assert ada.modal is None
    assert (await ada.dm.next_message()).text == "And now?"


async def test_a_shared_file_can_be_fetched(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    await ada.share_file("Prices 2026.txt", b"Ten euros.")
    assert (await ada.dm.next_message()).text == "Prices 2026.txt: Ten euros."


async def test_one_message_may_come_under_many_ids(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    question = await ada.say("Hello", copies=11)
    await bot.wait_until(lambda: all(delivery.done for delivery in bot.deliveries[:11]))
    ids = {delivery.payload["event_id"] for delivery in bot.deliveries[:11]}
    stamps = {delivery.payload["event"]["ts"] for delivery in bot.deliveries[:11]}
    assert (len(ids), stamps) == (11, {question.ts})
    for _ in range(11):  # this bot answers each; a good one only the first
        await (await ada.dm.next_message()).settled()


async def test_other_events_do_not_disturb(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    general = bot.add_channel("general", ada)
    message = await ada.say("Good morning", general)
    await ada.edit(message, "Good evening")
    await ada.delete(message)
    bot.say_as_other_bot("Build 7 passed", general)
    bot.publish(
        "message.channels",
        {
            "type": "message",
            "subtype": "channel_join",
            "text": "joined",
            "user": ada.id,
            "inviter": ada.id,
            "team": "T1",
            "channel": general.id,
            "channel_type": "channel",
            "ts": "1.1",
            "event_ts": "1.1",
        },
    )
    await bot.wait_until(lambda: all(delivery.done for delivery in bot.deliveries))
    kinds = [delivery.payload["event"].get("subtype") for delivery in bot.deliveries]
    assert kinds == [None, "message_changed", "message_deleted", "bot_message", "channel_join"]
    assert general.by_bot == []


async def test_a_conversation_reads_well(bot: SlackPeer) -> None:
    ada = bot.add_user("Ada")
    general = bot.add_channel("general", ada)
    await ada.mention("Is 1 < 2? See https://example.com", general)
    await (await general.next_message()).settled()
    await ada.slash("/ask", "warranty", general)
    shown = await ada.next_ephemeral()
    await bot.wait_until(lambda: shown.versions)
    assert bot.transcript(general) == (
        "Ada: @Openbook Is 1 < 2? See https://example.com\n"
        "    Openbook: You said: Is 1 < 2? See https://example.com\n"
        "      [Good] [Bad]\n"
        "Openbook (only Ada sees this, edited): **warranty**\n"
        "  [Share in channel]\n"
    )


async def test_the_console_shows_what_happens(bot: SlackPeer) -> None:
    lines: list[str] = []
    console = Console(bot, lines.append)
    await console.obey("Hello")
    answer = await (await console.place.next_message()).settled()
    assert lines[0] == "[1] Ada: Hello"
    assert lines[-1].startswith("[2] (stop) ↳ Openbook: You said: Hello")
    await console.obey(":press 2 2")
    assert (await console.person.next_ephemeral()).text == "Noted: bad"
    await console.obey(":thread 1")
    await console.obey("And this?")
    assert answer.channel.thread("nowhere") == []
    assert console.place.messages[-1].thread_ts == answer.thread_ts
    await console.obey(":press 77")
    assert lines[-1] == "! No message 77"
