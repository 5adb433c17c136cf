"""The doctor: each line says what is so, and what to do where something is not as it should be."""

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from bot.checks import Check, State
from bot.doctor import examine
from bot.indexing.librarian import Librarian
from bot.ledger.opening import open_ledger
from tests.ledgers import KINDS, make_address
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import Action, Raw, Scores, Status
from tests.peers.slack import ServerError, SlackPeer
from tests.peers.telegram import BadGateway, Cut, Refused, TelegramPeer
from tests.peers.telegram.faults import Fault

DOCUMENT = "# Shipping\n\nShipping to Iceland costs 17 euros.\n"
ALL_CHECKS = [
    *("settings", "documents", "access", "index", "embedder", "reranker", "model", "tokens"),
    "terminal",
    *("ledger", "port", "upkeep", "staff", "traces"),
    *("telegram", "slack"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "none")
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "shipping.md").write_text(DOCUMENT)
    return tmp_path


async def index(folder: Path) -> None:
    await Librarian(folder / "knowledge", str(folder / ".openbook/index"), None).index()


def use(peer: OpenAIPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", peer.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENBOOK_CHAT_MODEL", "gpt-test")


async def check(name: str) -> Check:
    checks = {check.name: check async for check in examine()}
    return checks[name]


async def test_all_is_well(folder: Path) -> None:
    await index(folder)

    checks = [check async for check in examine()]
    assert [check.name for check in checks] == ALL_CHECKS
    assert {check.name: check.finding for check in checks if check.state is State.FAILED} == {}
    assert "Documents: 1, passages: 1" in checks[3].finding


async def test_bad_settings_stop_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "best")

    checks = [check async for check in examine()]
    assert [(check.name, check.state) for check in checks] == [("settings", State.FAILED)]
    assert "OPENBOOK_EMBEDDER" in checks[0].finding
    assert checks[0].remedy


async def test_folder_is_missing_or_empty(folder: Path) -> None:
    (folder / "knowledge" / "shipping.md").unlink()
    assert (await check("documents")).state is State.WARNING
    (folder / "knowledge").rmdir()
    missing = await check("documents")
    assert (missing.state, bool(missing.remedy)) == (State.FAILED, True)


async def test_rules_of_access_are_counted_and_judged(folder: Path) -> None:
    rule = folder / "knowledge" / "access.toml"
    rule.write_text('see = ["everyone"]', encoding="utf-8")
    assert "folders with access.toml: 1 (access.toml: everyone)" in (await check("access")).finding
    for number in range(22):
        (folder / "knowledge" / f"f{number}").mkdir()
        keys = [f"telegram:{key}" for key in range(number % 3)]
        own = folder / "knowledge" / f"f{number}" / "access.toml"
        own.write_text(f"see = {keys}", encoding="utf-8")
    named = (await check("access")).finding
    assert "; f0/access.toml: admins alone; f1/access.toml: telegram:0; " in named
    assert "; f2/access.toml: telegram:0, telegram:1; " in named
    assert named.endswith("; 3 more)")
    rule.write_text(f"see = {[f'telegram:{key}' for key in range(7)]}", encoding="utf-8")
    named = (await check("access")).finding
    assert "telegram:3, telegram:4, 2 more; f0/" in named
    rule.write_text("see =", encoding="utf-8")
    broken = await check("access")
    assert broken.state is State.FAILED
    assert broken.finding.startswith("access.toml: ")


async def test_index_is_missing(folder: Path) -> None:
    missing = await check("index")

    assert missing.state is State.WARNING
    assert "openbook index" in missing.remedy


async def test_index_is_older_than_the_documents(folder: Path) -> None:
    file = folder / "knowledge" / "shipping.md"
    (folder / "knowledge" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    await index(folder)
    os.utime(file, (4_000_000_000, 4_000_000_000))
    assert "changed" not in (await check("index")).finding

    file.write_text(DOCUMENT + "More.\n")
    (folder / "knowledge" / "new.md").write_text(DOCUMENT)
    old = await check("index")
    assert old.state is State.WARNING
    assert "changed since: 2" in old.finding
    file.unlink()
    assert "changed since: 2" in (await check("index")).finding


async def test_the_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = await check("ledger")
    assert (new.state, "when serving begins" in new.finding) == (State.OK, True)
    assert not (folder / ".openbook" / "ledger.db").exists()

    async with open_ledger("sqlite:///.openbook/ledger.db"):
        used = await check("ledger")
    assert used == Check("ledger", State.OK, "SQLite in .openbook/ledger.db can be written to")

    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:secret-word@127.0.0.1:1/none")
    away = await check("ledger")
    assert away.state is State.FAILED
    assert "secret-word" not in away.finding + away.remedy


@pytest.mark.parametrize("kind", KINDS)
async def test_a_ledger_before_and_after_its_tables_are_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with make_address(kind, folder) as address:
        monkeypatch.setenv("DATABASE_URL", address)
        before = await check("ledger")
        async with open_ledger(address):
            after = await check("ledger")
    assert "when serving begins" in before.finding
    assert after.finding.endswith("can be written to")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://bot.example.org", "https"),
        ("https://localhost:8080", "internet"),
        ("https://bot.example.org/path", "path"),
    ],
)
async def test_an_address_that_no_platform_can_call(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    monkeypatch.setenv("OPENBOOK_PUBLIC_URL", address)
    wrong = await check("port")
    assert (wrong.state, words in wrong.finding) == (State.WARNING, True)


async def test_the_port(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none" in (await check("port")).finding
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        monkeypatch.setenv("PORT", number)
        busy = await check("port")
    assert (busy.state, busy.finding) == (State.WARNING, f"{number} is in use")
    monkeypatch.setenv("OPENBOOK_PUBLIC_URL", "https://bot.example.org")
    free = await check("port")
    assert free.finding == f"{number} is free, called at https://bot.example.org"


async def test_upkeep_and_traces(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "by hand" in (await check("upkeep")).finding
    monkeypatch.setenv("OPENBOOK_REINDEX", "0 3 * * *")
    monkeypatch.setenv("OPENBOOK_WATCH", "true")
    found = (await check("upkeep")).finding
    assert "03:00:00; the folder is watched" in found
    assert (await check("traces")).finding == "none are sent"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret-word@collector:4318")
    assert (await check("traces")).finding == "sent to collector"


async def test_a_staff_chat_has_to_be_on_a_platform_that_is_served(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await check("staff")).state is State.OK
    monkeypatch.setenv("OPENBOOK_GAPS_DIGEST", "0 9 * * 1")
    alone = await check("staff")
    assert (alone.state, "OPENBOOK_STAFF_CHAT" in alone.remedy) == (State.WARNING, True)
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", "slack:T1/C1")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "700000001:AAF-a_token_of_no_worth_at_all_00000")
    away = await check("staff")
    assert (away.state, "Slack, which is not set up" in away.finding) == (State.FAILED, True)
    monkeypatch.setenv("OPENBOOK_STAFF_CHAT", "telegram:-100123")
    assert "telegram:-100123 is asked" in (await check("staff")).finding


async def test_index_of_another_embedder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await index(folder)
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "local")

    other = await check("index")
    assert other.state is State.WARNING
    assert "built with the embedder none" in other.finding
    assert "openbook index" in other.remedy


async def test_index_of_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await index(folder)
    (folder / "shop").mkdir()
    monkeypatch.setenv("OPENBOOK_KNOWLEDGE", "shop")

    other = await check("index")
    assert other.state is State.WARNING
    assert f"of {folder / 'knowledge'}, not of {folder / 'shop'}" in other.finding
    assert "openbook index" in other.remedy


async def test_files_that_failed_are_pointed_at(folder: Path) -> None:
    (folder / "knowledge" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    await index(folder)

    failed = await check("index")
    assert failed.state is State.WARNING
    assert "could not be read: 1" in failed.finding
    assert "openbook status" in failed.remedy


async def test_local_embedder_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "local")

    works = await check("embedder")
    assert works.state is State.OK
    assert "512 dimensions" in works.finding


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        (None, State.OK, "gpt-test answers"),
        (Status(401, "bad key"), State.FAILED, "refuses the key"),
        (Status(404, "no such model", "model_not_found"), State.FAILED, "'gpt-test'"),
        (Status(402, "pay"), State.FAILED, "credit"),
        (Raw("<html>hello</html>"), State.FAILED, "something else"),
    ],
)
async def test_model_server(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    action: Action | None,
    state: State,
    words: str,
) -> None:
    async with OpenAIPeer(always=action) as peer:
        use(peer, monkeypatch)
        model = await check("model")

    assert (model.state, words in model.finding) == (state, True), model
    assert bool(model.remedy) is (state is not State.OK)
    assert "sk-test" not in model.finding + model.remedy


async def test_no_reranker(folder: Path) -> None:
    assert (await check("reranker")).state is State.OK


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        (None, State.OK, "rerank-test answers (18 tokens, scores 0.25 and 0)"),
        (Status(401, "bad key"), State.FAILED, "refuses the key"),
        (Status(404, "Not Found"), State.FAILED, "no model server"),
        (Scores(drop=1), State.FAILED, "each of 2 passages one score"),
    ],
)
async def test_reranker(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    action: Action | None,
    state: State,
    words: str,
) -> None:
    monkeypatch.setenv("OPENBOOK_RERANKER", "rerank-test")
    async with OpenAIPeer(always=action) as peer:
        monkeypatch.setenv("OPENBOOK_RERANKER_URL", peer.url)
        reranker = await check("reranker")

    assert (reranker.state, words in reranker.finding) == (state, True), reranker
    assert bool(reranker.remedy) is (state is not State.OK)


async def test_model_that_will_be_shut_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with OpenAIPeer(models=("other", "gpt-test")) as peer:
        peer.shutdown_dates["gpt-test"] = "2027-01-31"
        use(peer, monkeypatch)
        model = await check("model")

    assert model.state is State.WARNING
    assert "2027-01-31" in model.finding
    assert "OPENBOOK_CHAT_MODEL" in model.remedy


async def test_embedding_model_that_will_be_shut_down(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBOOK_EMBEDDER", "openai")
    monkeypatch.setenv("OPENBOOK_EMBEDDING_MODEL", "embed-test")
    async with OpenAIPeer(models=("gpt-test", "embed-test")) as peer:
        use(peer, monkeypatch)
        assert (await check("embedder")).state is State.OK
        peer.shutdown_dates["embed-test"] = "2027-01-31"
        embedder = await check("embedder")

    assert (embedder.state, "2027-01-31" in embedder.finding) == (State.WARNING, True)
    assert "OPENBOOK_EMBEDDING_MODEL" in embedder.remedy


@pytest.mark.parametrize("body", ['{"data": null}', "[]", '{"data": [null, "gpt-test"]}'])
async def test_a_list_of_models_that_is_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    async with OpenAIPeer(model_list=Raw(body, "application/json")) as peer:
        use(peer, monkeypatch)
        assert (await check("model")).state is State.OK


async def test_nobody_at_the_address(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    model = await check("model")
    assert model.state is State.FAILED
    assert "OPENAI_BASE_URL" in model.remedy


async def test_terminal_that_cannot_show_chinese(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))

    terminal = await check("terminal")
    assert terminal.state is State.WARNING
    assert "UTF-8" in terminal.remedy


def use_telegram(peer: TelegramPeer, monkeypatch: pytest.MonkeyPatch, token: str = "") -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", peer.url)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token or peer.token)


async def test_telegram_is_not_set_up(folder: Path) -> None:
    assert await check("telegram") == Check("telegram", State.OK, "not set up")


@pytest.mark.parametrize(
    ("privacy", "hears"), [(True, "on: in groups it hears commands,"), (False, "off: in groups")]
)
async def test_telegram_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, privacy: bool, hears: str
) -> None:
    monkeypatch.setenv("OPENBOOK_ADMINS", "telegram:1, slack:T1/U1, telegram:2")
    async with TelegramPeer(privacy=privacy) as peer:
        use_telegram(peer, monkeypatch)
        works = await check("telegram")

    assert (works.state, works.remedy) == (State.OK, "")
    assert works.finding.startswith(f"@openbook_bot answers; privacy mode {hears}")
    assert works.finding.endswith("; admins: 2")
    assert peer.complaints == []
    assert [call.method for call in peer.calls] == ["getMe"]


async def test_telegram_does_not_know_the_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "700000001:AAF-another_token_of_no_worth_000000"
    async with TelegramPeer() as peer:
        use_telegram(peer, monkeypatch, token)
        refused = await check("telegram")

    assert refused.state is State.FAILED
    assert "TELEGRAM_BOT_TOKEN" in refused.finding
    assert "@BotFather" in refused.remedy
    assert token not in refused.finding + refused.remedy


@pytest.mark.parametrize("fault", [BadGateway(), Cut(), Refused(500, "Internal Server Error")])
async def test_telegram_is_down(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    async with TelegramPeer() as peer:
        use_telegram(peer, monkeypatch)
        peer.fail("getMe", fault, times=None)
        down = await check("telegram")

    assert down.state is State.FAILED
    assert peer.url in down.finding
    assert "TELEGRAM_API_URL" in down.remedy
    assert peer.token not in down.finding + down.remedy


async def test_nobody_at_the_address_of_telegram(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "700000001:AAF-peer_telegram_token_of_no_worth_00")

    nobody = await check("telegram")
    assert nobody.state is State.FAILED
    assert "http://127.0.0.1:1: All connection attempts failed." in nobody.finding
    assert "TELEGRAM_API_URL" in nobody.remedy


def use_slack(peer: SlackPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", f"{peer.url}/api/")
    monkeypatch.setenv("SLACK_BOT_TOKEN", peer.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", peer.app_token)


async def test_slack_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBOOK_ADMINS", "telegram:1, slack:T1/U1")
    assert await check("slack") == Check("slack", State.OK, "not set up")
    async with SlackPeer() as peer:
        use_slack(peer, monkeypatch)
        works = await check("slack")
        monkeypatch.setenv("SLACK_APP_TOKEN", "")
        alone = await check("slack")
        monkeypatch.setenv("SLACK_SIGNING_SECRET", peer.signing_secret)
        called = await check("slack")

    assert works == Check("slack", State.OK, "openbook answers in Peer in Socket Mode; admins: 1")
    assert (alone.state, "SLACK_APP_TOKEN" in alone.remedy) == (State.FAILED, True)
    assert called.finding == "openbook answers in Peer over HTTP; admins: 1"
    assert peer.violations == []


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
async def test_slack_does_not_take_a_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with SlackPeer() as peer:
        use_slack(peer, monkeypatch)
        monkeypatch.setenv(name, "xoxb-another-token")
        refused = await check("slack")

    assert refused.state is State.FAILED
    assert refused.finding == f"Slack does not take the {name}. It says: invalid_auth."
    assert refused.remedy


async def test_slack_is_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with SlackPeer() as peer:
        use_slack(peer, monkeypatch)
        peer.fail("auth.test", ServerError(503), times=None)
        down = await check("slack")
    nobody = await check("slack")

    assert [one.state for one in (down, nobody)] == [State.FAILED] * 2
    assert "SLACK_API_URL" in down.remedy
    assert peer.bot_token not in down.finding + down.remedy
    assert nobody.finding == down.finding
