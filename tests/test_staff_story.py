"""The story that the README tells, on both platforms in one process: a customer is refused on
Telegram and asks for a person, the staff answers in Slack, the answer becomes a document, and the
next customer gets it from the bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.ledger.opening import LEASE
from bot.serving import Adapter
from bot.settings import Settings
from bot.wiring import Parts, open_parts
from tests import slack_bots, telegram_bots
from tests.ledgers import make_address
from tests.peers.slack import Channel
from tests.peers.slack import Message as SlackMessage
from tests.peers.slack.workspace import TEAM
from tests.served import serve_adapters

DOCUMENTS = {
    "shipping.md": "# Shipping\n\nParcels leave on the same day if they are ordered before noon.\n"
    "Delivery inside the country takes two working days.\n",
    "returns.md": "# Returns\n\nGoods can be sent back within 30 days. Refunds take five days.\n",
    "发货.md": "# 发货\n\n中午十二点前的订单当天发货。国内两个工作日送达。\n",
    "退货.md": "# 退货\n\n收到货后三十天内可以退货，退款需要五天。\n",
}


@dataclass
class Shop:
    telegram: telegram_bots.Bot
    slack: slack_bots.Bot
    staff: Channel
    folder: Path
    parts: Parts

    async def find_in_staff_chat(self, text: str) -> SlackMessage:
        def look() -> SlackMessage | None:
            return next((one for one in reversed(self.staff.by_bot) if text in one.content), None)

        return await self.slack.peer.news.wait_until(look, 10.0, f"“{text}”")


@asynccontextmanager
async def open_shop(tmp_path: Path) -> AsyncIterator[Shop]:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    async with (
        make_address("sqlite", tmp_path) as address,
        telegram_bots.run_bot(started=False) as telegram,
        slack_bots.run_bot(started=False) as slack,
    ):
        staff = slack.peer.add_channel("support", slack.ada, private=True)
        given: dict[str, Any] = {
            "OPENBOOK_KNOWLEDGE": str(folder),
            "OPENBOOK_INDEX": str(tmp_path / "index"),
            "OPENBOOK_EMBEDDER": "local",
            "OPENBOOK_STAFF_CHAT": f"slack:{TEAM}/{staff.id}",
            "OPENBOOK_ADMINS": f"slack:{TEAM}/{slack.ada.id}",
            "DATABASE_URL": address,
        }
        settings = Settings(**given)
        async with open_parts(settings) as parts:
            await parts.open_ledger(LEASE)
            await parts.librarian.index()
            adapters: list[Adapter] = [telegram.make(parts.desk), slack.make(parts.desk)]
            for adapter in adapters:
                parts.telling.connect(adapter)
            serving = asyncio.create_task(serve_adapters(*adapters))
            await slack.peer.connected()
            yield Shop(telegram, slack, staff, folder, parts)
            serving.cancel()
            await asyncio.wait([serving])
        assert telegram.peer.violations == []
        assert (slack.peer.violations, slack.peer.pings) == ([], [])


@dataclass(frozen=True)
class Script:
    language: str
    question: str
    refused: str
    human: str
    called: str
    more: str
    reply: str
    heard: str
    bold: str
    passed_on: str
    keep: str
    learned: str
    again: str


SCRIPTS = [
    Script(
        language="en",
        question="Do you gift-wrap orders for weddings?",
        refused="do not",
        human="Ask a person",
        called="The team has your question",
        more="My order is 4711",
        reply="Yes, *gift wrapping* costs 4 euros; choose it in the basket.",
        heard="Yes, gift wrapping costs 4 euros; choose it in the basket.",
        bold="gift wrapping",
        passed_on="Passed on.",
        keep="Add to the documents",
        learned="can be found from now on",
        again="Do you gift-wrap orders for weddings?",
    ),
    Script(
        language="zh-hans",
        question="婚礼订单可以做礼品包装吗？",
        refused="没有",
        human="转人工",
        called="您的问题已转给工作人员",
        more="订单号是 4711",
        reply="可以， *礼品包装* 每件四欧元，在购物车里选择。",
        heard="可以， 礼品包装 每件四欧元，在购物车里选择。",
        bold="礼品包装",
        passed_on="已转给对方。",
        keep="加入文档",
        learned="从现在起可以查到",
        again="婚礼订单可以做礼品包装吗？",
    ),
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.language)
async def test_an_answer_of_a_person_becomes_one_of_the_bot(script: Script, tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        customer = shop.telegram.peer.add_user("Carol", language=script.language, started=True)
        await customer.say(script.question)
        refusal = await customer.private_chat.wait_for_text(script.refused)
        await customer.press(refusal, script.human)
        await customer.private_chat.wait_for_text(script.called)

        case = await shop.find_in_staff_chat(script.question)
        assert "Carol" in case.content
        await customer.say(script.more)
        await shop.find_in_staff_chat(f"Carol: {script.more}")
        await shop.slack.ada.say(script.reply, shop.staff, case)
        heard = await customer.private_chat.wait_for_text(script.heard)
        assert heard.marked("bold") == [script.bold]
        await shop.find_in_staff_chat(script.passed_on)

        await shop.slack.ada.say("close", shop.staff, case)
        closed = await shop.slack.peer.news.wait_until(
            lambda: next((m for m in shop.staff.thread(case) if script.keep in m.content), None),
            10.0,
            "the button that keeps the answer",
        )
        await shop.slack.ada.press(closed, "press_0")
        await shop.slack.peer.news.wait_until(
            lambda: [
                m
                for m in (*shop.staff.by_bot, *shop.slack.ada.ephemerals, *shop.slack.ada.dm.by_bot)
                if script.learned in m.content
            ],
            10.0,
            "the end of learning",
        )
        (document,) = (shop.folder / "answers").iterdir()
        assert document.name.endswith(".md")

        other = shop.telegram.peer.add_user("Dave", language=script.language, started=True)
        await other.say(script.again)
        answer = await other.private_chat.wait_for_text(document.stem[11:20])
        assert script.bold in answer.text
