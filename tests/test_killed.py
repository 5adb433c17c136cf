"""kill -9 for `openbook serve` at every step of a question's life, on both platforms, with one
process and with three at the same ledger: every question is answered once, and what people say to
each other in a hand-off is passed on once.

Where Telegram does not let a bot see whether its answer has arrived, the asker is offered it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from adapters.slack.manifest import make_manifest
from bot.indexing.librarian import Librarian
from bot.texts import ENGLISH
from tests.handoffs import ORDER, PRICE, Shop, call_and_die
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
from tests.peers.slack.workspace import TEAM
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


@pytest.fixture
async def shop(place: Place) -> AsyncIterator[Shop]:
    async with TelegramPeer() as telegram, SlackPeer() as slack:
        slack.install(make_manifest())
        ada = slack.add_user("Ada")
        staff = slack.add_channel("support", ada, private=True)
        pack = place.make_pack(
            1,
            TELEGRAM_API_URL=telegram.url,
            TELEGRAM_BOT_TOKEN=telegram.token,
            SLACK_API_URL=slack.url,
            SLACK_BOT_TOKEN=slack.bot_token,
            SLACK_APP_TOKEN=slack.app_token,
            OPENBOOK_STAFF_CHAT=f"slack:{TEAM}/{staff.id}",
        )
        with pack:
            await pack.fill()
            yield Shop(telegram, slack, ada, staff, pack, place.ledger)
        assert (telegram.violations, slack.violations) == ([], [])


async def test_a_call_for_a_person(shop: Shop) -> None:
    assert await call_and_die(shop, "chat.postMessage", delivered=False) == (1, 1)
    # That Slack has it could not be written down any more.
    assert await call_and_die(shop, "chat.postMessage", delivered=True) == (2, 1)
    for delivered in (False, True):
        calls, told = await call_and_die(shop, "sendMessage", delivered=delivered)
        assert calls == 1
        assert 1 <= told <= 1 + delivered


async def test_what_is_said_in_a_handoff(shop: Shop) -> None:
    case = await shop.call()
    await shop.die(case.write, "chat.postMessage")
    assert case.count_passed_on(ORDER) == 1
    await shop.die(case.reply, "sendMessage")
    assert case.count_told(PRICE) == 1

    other = await shop.call()
    await shop.die(other.reply, "chat.postMessage")  # "Passed on"
    assert other.count_told(PRICE) == 1
    assert other.count_passed_on(ENGLISH.reply_passed_on) == 1
    await shop.die(other.reply, "sendMessage", delivered=True)
    assert other.count_told(PRICE) == 3, "that Telegram has it could not be written down any more"


async def test_the_end_of_a_handoff(shop: Shop) -> None:
    case = await shop.call()
    await shop.die(case.close, "sendMessage")
    assert case.count_told(ENGLISH.human_over) == 1
    assert case.count_passed_on("Closed by") == 1

    case = await shop.call()
    await shop.die(case.close, "chat.postMessage")
    assert case.count_told(ENGLISH.human_over) == 1
    assert case.count_passed_on("Closed by") == 1

    case = await shop.call()
    await shop.die(case.leave, "chat.postMessage")
    assert case.count_passed_on("has ended the conversation") == 1
    assert case.count_told(ENGLISH.human_over) == 1

    case = await shop.call()
    await shop.die(case.leave, "sendMessage")
    assert case.count_passed_on("has ended the conversation") == 1
    assert case.count_told(ENGLISH.human_over) + case.count_told(ENGLISH.delivery_unsure) == 1
