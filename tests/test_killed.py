"""kill -9 for `openbook serve` at every step of a question's life, on both platforms, with one
process and with three at the same ledger: every question is answered once.

Where Telegram does not let a bot see whether its answer has arrived, the asker is offered it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from adapters.slack.manifest import make_manifest
from bot.indexing.librarian import Librarian
from tests.ledgers import KINDS, make_address
from tests.lives import (
    Told,
    add_doors,
    deliver_rest_of_slack,
    list_slack_steps,
    list_telegram_steps,
    live,
)
from tests.nursery import Nursery
from tests.packs import Entrance, Pack
from tests.peers.openai import OpenAIPeer
from tests.peers.slack import SlackPeer
from tests.peers.telegram import TelegramPeer

LEASE = 1.5
PUBLIC = "https://books.example.org"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the processes of a test work."""

    nursery: Nursery
    model: OpenAIPeer
    ledger: str
    folder: Path

    def make_pack(self, size: int, **settings: str) -> Pack:
        environment = {
            "OPENBOOK_KNOWLEDGE": str(self.folder / "knowledge"),
            "OPENBOOK_INDEX": str(self.folder / "index"),
            "OPENBOOK_EMBEDDER": "none",
            "OPENBOOK_QUESTIONS_PER_MINUTE": "0",
            "OPENAI_BASE_URL": self.model.url,
            "DATABASE_URL": self.ledger,
        }
        return Pack(self.nursery, {**environment, **settings}, self.folder, size)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(LEASE) as nursery:
        yield nursery


@pytest.fixture(params=KINDS)
async def place(
    request: pytest.FixtureRequest, nursery: Nursery, tmp_path: Path
) -> AsyncIterator[Place]:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "shipping.md").write_text(
        "# Shipping\n\nShipping to Iceland costs 17 euros.\n"
    )
    await Librarian(tmp_path / "knowledge", str(tmp_path / "index"), None).index()
    async with make_address(request.param, tmp_path) as ledger, OpenAIPeer() as model:
        yield Place(nursery, model, ledger, tmp_path)


def judge_telegram(told: dict[str, Told]) -> None:
    for step, one in told.items():
        assert one.answers <= 1, step
        assert one.answers or one.offers, step
        # In groups first signs that arrived unheard of may be left.
        assert one.others == 0 or step.startswith("group"), step


def judge_slack(told: dict[str, Told]) -> None:
    for step, one in told.items():
        assert (one.answers, one.offers) == (1, 0), step
        if step.startswith("public"):  # the question may be posted twice, its answer is not
            assert 1 <= one.others <= 2, step
        else:
            assert one.others == 0, step


async def test_in_telegram_with_one_process(place: Place) -> None:
    async with TelegramPeer() as peer:
        pack = place.make_pack(1, TELEGRAM_API_URL=peer.url, TELEGRAM_BOT_TOKEN=peer.token)
        with pack:
            steps = list_telegram_steps(peer, place.model, pack)
            rest = peer.wait_until_fetched
            judge_telegram(await live(pack, place.model, steps, place.ledger, rest))
        assert peer.violations == []


async def test_in_telegram_with_three_processes(place: Place) -> None:
    async with TelegramPeer() as peer:
        pack = place.make_pack(
            3,
            TELEGRAM_API_URL=peer.url,
            TELEGRAM_BOT_TOKEN=peer.token,
            OPENBOOK_PUBLIC_URL=PUBLIC,
        )
        with pack:
            async with Entrance(pack) as entrance:
                peer.forward[PUBLIC] = entrance.url
                steps = add_doors(list_telegram_steps(peer, place.model, pack), entrance)
                rest = peer.wait_until_fetched
                judge_telegram(await live(pack, place.model, steps, place.ledger, rest))
        assert peer.violations == []


async def test_in_slack_with_one_process(place: Place) -> None:
    async with SlackPeer() as peer:
        peer.install(make_manifest())
        pack = place.make_pack(
            1,
            SLACK_API_URL=peer.url,
            SLACK_BOT_TOKEN=peer.bot_token,
            SLACK_APP_TOKEN=peer.app_token,
        )
        with pack:
            steps = list_slack_steps(peer, place.model, pack)
            rest = partial(deliver_rest_of_slack, peer)
            judge_slack(await live(pack, place.model, steps, place.ledger, rest))
        assert peer.violations == []


async def test_in_slack_with_three_processes(place: Place) -> None:
    async with SlackPeer() as peer:
        peer.install(make_manifest(PUBLIC))
        pack = place.make_pack(
            3,
            SLACK_API_URL=peer.url,
            SLACK_BOT_TOKEN=peer.bot_token,
            SLACK_SIGNING_SECRET=peer.signing_secret,
        )
        with pack:
            async with Entrance(pack) as entrance:
                peer.request_url = f"{entrance.url}/slack/events"
                steps = add_doors(list_slack_steps(peer, place.model, pack), entrance)
                rest = partial(deliver_rest_of_slack, peer)
                judge_slack(await live(pack, place.model, steps, place.ledger, rest))
        # Slack calls it a breach that nobody has acknowledged what a process died of.
        assert [one for one in peer.violations if one.code != "no_ack"] == []
