"""`openbook serve` as a process of its own, with Telegram beside it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.settings import Settings
from bot.texts import ENGLISH
from tests.cli.running import ROOT, Typist, assert_refused, run
from tests.peers.openai import OpenAIPeer
from tests.peers.telegram import BadGateway, Cut, TelegramPeer
from tests.served import read_samples

PATIENCE = 60.0  # seconds for a process on a busy machine
QUESTION = "How much does shipping to Iceland cost?"


@dataclass
class Process:
    """The real command; `log` is what it has written on standard error."""

    process: asyncio.subprocess.Process
    log: str = ""

    async def wait_for(self, words: str) -> None:
        assert self.process.stderr
        async with asyncio.timeout(PATIENCE):
            while words not in self.log:
                line = await self.process.stderr.readline()
                assert line, f"it ended without {words!r}:\n{self.log}"
                self.log += line.decode()

    async def wait(self) -> int:
        """The exit code; all of the log is read then."""
        assert self.process.stderr
        async with asyncio.timeout(PATIENCE):
            self.log += (await self.process.stderr.read()).decode()
            return await self.process.wait()

    @property
    def records(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.splitlines()]

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await self.wait()


@dataclass
class Starter:
    started: list[Process]

    async def __call__(self, *arguments: str) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self.started.append(Process(process))
        return self.started[-1]


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
async def telegram(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramPeer]:
    async with TelegramPeer() as peer:
        monkeypatch.setenv("TELEGRAM_API_URL", peer.url)
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", peer.token)
        yield peer
        assert peer.complaints == []


def test_no_platform_is_set_up(folder: Path) -> None:
    assert_refused(run("serve"), "No platform is set up.", "TELEGRAM_BOT_TOKEN")


def test_the_named_platform_is_not_set_up(folder: Path) -> None:
    assert_refused(run("serve", "telegram"), "Telegram is not set up.", "TELEGRAM_BOT_TOKEN")


def test_there_is_no_such_platform(folder: Path) -> None:
    assert_refused(run("serve", "telegraph"), "There is no platform telegraph.", "telegram")


async def test_telegram_does_not_know_the_token(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "700000001:AAF-another_token_of_no_worth_000000")
    process = await start("serve")

    assert await process.wait() == 1
    assert "Telegram does not know the TELEGRAM_BOT_TOKEN." in process.log
    assert "@BotFather" in process.log
    assert "Traceback" not in process.log
    assert "AAF-another" not in process.log


async def test_it_reads_the_documents_answers_and_stops(
    telegram: TelegramPeer, start: Starter
) -> None:
    ada = telegram.add_user("Ada")
    process = await start("serve", "telegram")
    await process.wait_for("Indexed 2 documents")
    await ada.say(QUESTION)
    answer = await ada.private_chat.wait_for_text("17 euros", PATIENCE)

    assert "[1] shop/shipping" in answer.text
    assert await process.stop() == 0
    assert process.records[-1]["message"] == "Stopped"
    assert "Traceback" not in process.log
    assert telegram.token not in process.log


async def test_it_hands_over_to_people_and_goes_on_after_a_restart(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = telegram.add_user("Ada", started=True), telegram.add_user("Bob", started=True)
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", f"telegram:{ada.id}")
    monkeypatch.setenv("OPENBOOK_ADMINS", f"telegram:{ada.id}")
    monkeypatch.setenv("OPENBOOK_GAPS_DIGEST", "0 9 * * 1")
    process = await start("serve")
    await process.wait_for("Indexed 2 documents")
    await bob.say("Who paints the moon?")
    refusal = await bob.private_chat.wait_for_text("do not answer", PATIENCE)
    await bob.press(refusal, "Ask a person", seconds=PATIENCE)
    case = await ada.private_chat.wait_for_text("paints the moon", PATIENCE)
    assert await process.stop() == 0

    process = await start("serve")
    await ada.say("Nobody does.", reply_to=case)
    await bob.private_chat.wait_for_text("Nobody does.", PATIENCE)
    await ada.say("/gaps")
    await ada.private_chat.wait_for_text("1× Who paints the moon?", PATIENCE)
    assert await process.stop() == 0


async def test_a_staff_chat_on_a_platform_that_is_not_served_is_said(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", "slack:T1/C1")
    bob = telegram.add_user("Bob", started=True)
    process = await start("serve", "telegram")
    await process.wait_for("this process does not serve slack")
    await process.wait_for("Indexed 2 documents")
    await bob.say("Who paints the moon?")
    refusal = await bob.private_chat.wait_for_text("do not answer", PATIENCE)
    assert "Ask a person" not in refusal.labels
    assert await process.stop() == 0


async def test_it_follows_the_folder_and_reindexes_for_admins(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    ada = telegram.add_user("Ada")
    monkeypatch.setenv("OPENBOOK_ADMINS", f"telegram:{ada.id}")
    monkeypatch.setenv("OPENBOOK_WATCH", "true")
    monkeypatch.setenv("OPENBOOK_REINDEX", "0 3 * * *")
    process = await start("serve")
    await process.wait_for("03:00:00")
    await process.wait_for("Indexed 2 documents (2 added")

    new = folder / "knowledge" / "tea.md"
    new.write_text("# Tea\n\nThe tea of the house is a Ceylon from Kandy.\n")
    await process.wait_for("Indexed 3 documents (1 added")
    await ada.say("Which tea does the house have?")
    await ada.private_chat.wait_for_text("Ceylon", PATIENCE)
    new.unlink()
    await process.wait_for("Indexed 2 documents (0 added, 0 changed, 0 moved, 1 removed)")
    await ada.say("Where is the Ceylon tea from?")
    answer = await ada.private_chat.wait_for_text("do not answer this", PATIENCE)
    assert "tea.md" not in answer.text

    await ada.say("/reindex")
    await ada.private_chat.wait_for_text("Nothing has changed. Files: 2", PATIENCE)
    assert await process.stop() == 0
    assert "WARNING" not in process.log
    assert "Traceback" not in process.log


async def test_telegram_calls_it_on_the_port(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = find_port()
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("OPENBOOK_PUBLIC_URL", "https://books.example.org")
    telegram.forward["https://books.example.org"] = f"http://127.0.0.1:{port}"
    ada = telegram.add_user("Ada")
    process = await start("serve")
    await process.wait_for("Indexed 2 documents")
    await ada.say(QUESTION)
    await ada.private_chat.wait_for_text("17 euros", PATIENCE)

    assert telegram.updates.webhook is not None
    assert telegram.updates.webhook.secret
    assert telegram.list_calls("getUpdates") == []
    assert await process.stop() == 0
    for secret in (telegram.token, telegram.updates.webhook.secret):
        assert secret not in process.log


async def test_the_port_tells_how_it_is(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = find_port()
    monkeypatch.setenv("PORT", str(port))
    ada = telegram.add_user("Ada")
    process = await start("serve")
    await process.wait_for("Indexed 2 documents")
    await ada.say(QUESTION)
    await ada.private_chat.wait_for_text("17 euros", PATIENCE)
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        for path in ("/healthz", "/readyz"):
            async with session.get(path) as response:
                assert (response.status, await response.text()) == (200, "ok\n")
        async with session.get("/metrics") as response:
            figures = await response.text()

    assert await process.stop() == 0
    assert read_samples(figures, "questions_total") == {("answered", "telegram"): 1}
    assert read_samples(figures, "index_runs_total") == {("done",): 1}
    assert read_samples(figures, "adapter_ready") == {("telegram",): 1}
    (age,) = read_samples(figures, "index_age_seconds").values()
    assert 0 < age < 2 * PATIENCE
    assert "shipping" not in figures
    assert str(ada.id) not in figures


async def test_a_port_that_is_taken(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_PUBLIC_URL", "https://books.example.org")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        process = await start("serve")
        assert await process.wait() == 1
    assert "cannot be used: Address already in use." in process.log
    assert "Set PORT to another." in process.log
    assert "Traceback" not in process.log


async def test_whatever_goes_wrong_its_log_holds_no_token(
    telegram: TelegramPeer, start: Starter
) -> None:
    telegram.fail("getMe", BadGateway())
    telegram.fail("setMyCommands", Cut(), times=2)
    telegram.fail("getUpdates", BadGateway())
    telegram.fail("sendMessageDraft", Cut())
    telegram.fail("sendMessage", Cut(delivered=True))
    telegram.fail("sendMessage", BadGateway())
    telegram.fail("answerCallbackQuery", Cut(delivered=True))
    ada = telegram.add_user("Ada")
    process = await start("--debug", "serve")
    await process.wait_for("Indexed 2 documents")
    await ada.say(QUESTION)
    lost = await ada.private_chat.next_message(PATIENCE)
    offer = await ada.private_chat.next_message(PATIENCE)
    await ada.press(offer, ENGLISH.again_label)
    await ada.private_chat.wait_until(lambda _: offer.text == lost.text, PATIENCE)

    assert await process.stop() == 0
    assert "telegram begins again" in process.log
    assert "A menu could not be set" in process.log
    assert telegram.token not in process.log
    assert telegram.token.partition(":")[2] not in process.log


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, telegram: TelegramPeer) -> list[str]:
    """A value for every setting that is one. They look like nothing that could be recognised, save
    the token of Telegram."""
    planted = []
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        if "SecretStr" in str(field.annotation):
            value = os.environ.get(name, f"planted-{name.lower()}-0f1e2d3c")
            monkeypatch.setenv(name, value)
            planted.append(value)
    assert len(planted) >= 5
    return [*planted, telegram.token.partition(":")[2]]


async def test_nothing_that_goes_wrong_brings_a_secret_into_the_log(
    telegram: TelegramPeer, start: Starter, secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", f"http://127.0.0.1:{find_port()}")
    telegram.fail("getMe", BadGateway())
    telegram.fail("getUpdates", Cut())
    telegram.fail("sendMessage", BadGateway())
    ada = telegram.add_user("Ada")
    async with OpenAIPeer(key="another") as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        process = await start("--debug", "serve")
        await process.wait_for("Indexed 2 documents")
        await ada.say(QUESTION)
        await ada.private_chat.wait_for_text("17 euros", PATIENCE)
        await process.wait_for("The passages are the answer")
        await process.wait_for("slack begins again")
        assert await process.stop() == 0

    told = {record["logger"] for record in process.records}
    assert {"bot.serving", "bot.answering.engine", "adapters.telegram.adapter"} <= told
    assert "telegram begins again" in process.log
    assert [secret for secret in secrets if secret in process.log] == []


async def test_lines_about_a_question_name_its_message(
    telegram: TelegramPeer, start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = telegram.add_user("Ada")
    async with OpenAIPeer(key="another") as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-of-no-worth")
        process = await start("serve")
        await process.wait_for("Indexed 2 documents")
        await ada.say(QUESTION)
        await process.wait_for("The passages are the answer")
        assert await process.stop() == 0

    events = {record["logger"]: record.get("event", "") for record in process.records}
    assert events["bot.answering.engine"].startswith(f"telegram:{ada.private_chat.id}/")
    assert events["bot.cli.serving"] == ""


def test_a_person_at_a_terminal_reads_plain_lines(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "700000001:AAF-a_token_of_no_worth_at_all_00000")
    monkeypatch.setenv("TELEGRAM_API_URL", f"http://127.0.0.1:{find_port()}")
    person = Typist("serve")
    try:
        person.wait_for("INFO bot.upkeep: There is no index yet")
        person.wait_for("WARNING bot.serving: telegram: Telegram cannot be reached")
    finally:
        person.close()


def find_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number
