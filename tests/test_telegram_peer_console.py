"""The Telegram peer by hand, driven as somebody would who types."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.telegram import TelegramPeer
from tests.peers.telegram.console import HELP, Console
from tests.test_telegram_peer import polling


@pytest.fixture
async def peer() -> AsyncIterator[TelegramPeer]:
    async with TelegramPeer() as peer:
        yield peer


async def wait_for_news(console: Console, words: str) -> str:
    news = ""
    async with asyncio.timeout(5):
        while words not in news:
            news += console.news()
            await asyncio.sleep(0.01)
    return news


async def test_a_conversation(peer: TelegramPeer) -> None:
    console = Console(peer)
    async with polling(peer):
        assert await console.obey("/start") == ""
        assert await wait_for_news(console, "👍") == "Openbook: You said /start\n    [1: 👍]"
        assert await console.obey(":1") == "(the button says: Thank you)"
        assert await wait_for_news(console, "edited") == "(edited) Openbook: You said /start"
        assert await console.obey(":1") == "! there are no buttons here"
        await console.obey(":reply Why?")
        await wait_for_news(console, "Why?")
    assert await console.obey(":show") == (
        "Ada: /start\nOpenbook: You said /start\n"
        "Ada (to Openbook: You said /start): Why?\nOpenbook: You said Why?\n    [👍]"
    )
    assert peer.violations == []


async def test_a_group_a_topic_and_another_reader(peer: TelegramPeer) -> None:
    console = Console(peer)
    async with polling(peer):
        assert await console.obey(":group") == "(with Ada, 王芳 and the bot)"
        assert console.prompt == "Ada in Reading room> "
        await console.obey("/ask a")
        await wait_for_news(console, "[Reading room] Openbook (to Ada: /ask a): You said")
        await console.obey(":topic")
        await console.obey(":zh")
        await console.obey("/ask b")
        await wait_for_news(console, "Openbook in Questions (to 王芳: /ask b): You said")
        await console.obey(":private")
        assert console.prompt == "王芳> "
        await console.obey(":en")
        assert console.prompt == "Ada> "


async def test_files_drafts_and_what_goes_wrong(peer: TelegramPeer, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Mass", encoding="utf-8")
    console = Console(peer)
    async with polling(peer) as app:
        await console.obey(f":file {tmp_path / 'notes.md'}")
        assert console.chat.messages[-1].document is not None
        await console.obey(":edit Keep this")
        assert console.chat.messages[-1].text == "Keep this"
        assert (await console.obey(":file /nowhere")).startswith("! ")
        assert await console.obey(":stop") == "! nothing is being written"
        chat = console.chat.id
        await app.bot.send_message_draft(chat, 1, "Ma", api_kwargs={"can_stop": True, "x": 1})
        assert (
            console.news()
            == "(writing) Ma\n! sendMessageDraft: sendMessageDraft has no parameter x"
        )
        assert await console.obey(":stop") == ""
        assert await console.obey(":menu") == "(no commands)"
        await app.bot.set_my_commands([("ask", "Ask a question")])
        assert await console.obey(":menu") == "/ask  Ask a question"
        await console.obey(":block")
        assert console.chat.bot_status == "kicked"
        await console.obey(":unblock")
        assert await console.obey(":what") == HELP


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "tests.peers.telegram", "--port", "0"]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[1],
        input="Hello\n:show\n:quit\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "TELEGRAM_API_URL=http://127.0.0.1:" in done.stdout
    assert done.stdout.endswith("Ada: Hello\n")
    assert done.stderr == ""
