"""Strangers, and those who may see more elsewhere, as they meet the bot in Slack."""

from pathlib import Path

from bot.access.doors import Doors
from bot.access.folders import Folders
from bot.texts import CHINESE, ENGLISH
from tests.desks import Engine, make_desk
from tests.leaks import Paper, Place
from tests.peers.slack.workspace import TEAM
from tests.slack_bots import run_bot

PAPERS = (
    Paper("pay/salary.md", ("salary", "salary"), "zqpay"),
    Paper("shop/parcel.md", ("parcel", "refund"), "zqparcel"),
)


async def test_strangers_are_told_their_key_wherever_they_ask(tmp_path: Path) -> None:
    async def read_published() -> str:
        return ""

    async with run_bot(tmp_path, started=False) as bot:
        members = [f"slack:{TEAM}/{bot.ada.id}"]
        doors = Doors(Folders(tmp_path), read_published, is_admin=lambda _: False, members=members)
        await bot.start(make_desk(Engine(), doors=doors))
        key = f"slack:{TEAM}/{bot.bob.id}"
        assert (await bot.bob.next_home()).content == CHINESE.not_a_member.format(key=key)
        await bot.bob.say("When do parcels leave?")
        told = await bot.bob.dm.next_message()
        assert told.content == ENGLISH.not_a_member.format(key=key)
        await bot.ada.mention("noon", bot.general)
        told = await bot.general.next_message()
        key = f"slack:{TEAM}/{bot.general.id}"
        assert told.content == ENGLISH.not_a_member_chat.format(key=key)
        assert ENGLISH.start_head in (await bot.ada.next_home()).content
        assert bot.peer.violations == []


async def test_a_channel_is_told_only_what_all_there_may_see(tmp_path: Path) -> None:
    async with run_bot(tmp_path, started=False) as bot:
        place = Place(tmp_path / "place")
        place.write_rules({"pay/": f"see = ['slack:{TEAM}/{bot.ada.id}']"})
        await place.index(PAPERS)
        async with place.open_desk() as desk:
            await bot.start(desk)
            await bot.ada.say("salary")
            alone = await bot.ada.dm.next_message()
            await alone.settled()
            assert "zqpay" in alone.content
            await bot.ada.mention("salary", bot.general)
            told = await bot.general.next_message()
            await told.settled()
            assert ENGLISH.more_in_private in told.content
            await bot.ada.slash("/ask", "salary", bot.general)
            whispered = await bot.ada.next_ephemeral()
            for shown in (told, whispered):
                assert "zqpay" not in shown.content
                assert "pay/" not in shown.content
            assert "pay/" not in (await bot.bob.next_home()).content
            assert bot.peer.violations == []
