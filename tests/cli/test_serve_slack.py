"""`openbook serve` as a process of its own, with Slack beside it, alone and with Telegram."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.manifest import make_manifest
from tests.cli.test_serve import PATIENCE, QUESTION, Starter, find_port
from tests.peers.slack import Person, ServerError, SlackPeer
from tests.peers.telegram import TelegramPeer


@pytest.fixture
async def start() -> AsyncIterator[Starter]:
    """Whatever a test leaves running is ended."""
    starter = Starter([])
    yield starter
    for one in starter.started:
        if one.process.returncode is None:
            one.process.kill()
            await one.process.wait()


@pytest.fixture
async def slack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackPeer]:
    async with SlackPeer() as peer:
        monkeypatch.setenv("SLACK_API_URL", f"{peer.url}/api/")  # as the peer prints it
        monkeypatch.setenv("SLACK_BOT_TOKEN", peer.bot_token)
        yield peer
        assert peer.violations == []


async def ask(ada: Person) -> str:
    await ada.say(QUESTION)
    answer = await (await ada.dm.next_message(PATIENCE)).settled()
    # Slack tells the bot of its own answer too; who is being stopped asks for it another time.
    await ada.peer.wait_until(lambda: all(one.done for one in ada.peer.deliveries))
    return answer.content


async def test_in_socket_mode_beside_telegram(
    slack: SlackPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.install(make_manifest())
    monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
    async with TelegramPeer() as telegram:
        monkeypatch.setenv("TELEGRAM_API_URL", telegram.url)
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", telegram.token)
        process = await start("--debug", "serve")
        await slack.connected(patience=PATIENCE)
        await process.wait_for("Indexed 2 documents")
        ada, bob = slack.add_user("Ada"), telegram.add_user("Bob", started=True)
        await bob.say(QUESTION)
        assert "[1] shop/shipping" in await ask(ada)
        await bob.private_chat.wait_for_text("17 euros", PATIENCE)
        assert await process.stop() == 0
        assert telegram.complaints == []
    assert process.records[-1]["message"] == "Stopped"
    assert "Traceback" not in process.log
    for secret in (slack.bot_token, slack.app_token):
        assert secret not in process.log


async def test_slack_calls_it_on_the_port(
    slack: SlackPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.install(make_manifest("https://bot.example"))
    port = find_port()
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
    slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    process = await start("serve", "slack")
    await process.wait_for("Indexed 2 documents")
    assert await slack.verify_url()
    assert "[1] shop/shipping" in await ask(slack.add_user("Ada"))
    assert await process.stop() == 0
    assert "Traceback" not in process.log
    assert slack.signing_secret not in process.log


async def test_slack_that_is_down_at_first_is_tried_again(
    slack: SlackPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
    slack.fail("auth.test", ServerError(503))
    process = await start("serve")
    await process.wait_for("slack begins again")
    await slack.connected(patience=PATIENCE)
    assert await process.stop() == 0


async def test_a_token_that_slack_does_not_take_is_told(
    folder: Path, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SlackPeer() as peer:
        monkeypatch.setenv("SLACK_API_URL", peer.url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-0000-another")
        monkeypatch.setenv("SLACK_APP_TOKEN", peer.app_token)
        process = await start("serve")
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 1
    assert "Slack does not take the SLACK_BOT_TOKEN." in process.log
    assert "xoxb-0000-another" not in process.log
    assert "Traceback" not in process.log
