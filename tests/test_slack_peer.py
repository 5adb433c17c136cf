"""The Slack peer itself, with the real Bolt as the app: what works, and that each limit is held."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.peers.slack import SlackPeer
from tests.slack_bot import make_app, make_client, run_http, run_sockets

JSON = dict[str, Any]


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


async def test_breaches_are_refused_and_noted(peer: SlackPeer) -> None:
    general = peer.add_channel("general")
    client = make_client(peer)
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.chat_postMessage(channel=general.id, text="x", blocks=[{"type": "nonsense"}])
    assert [violation.code for violation in peer.violations] == ["invalid_blocks"]
    assert general.messages == []
