"""The menus that Telegram shows while somebody types, as each person sees them in each place."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.telegram.menus import IN_GROUPS
from bot.commands import COMMANDS
from bot.texts import CHINESE, ENGLISH, Words
from tests.peers.telegram import BadGateway, Chat, Person, find_menu
from tests.telegram_bots import Bot, run_bot

SHOWN = [command for command in COMMANDS.values() if not command.hidden]
MEMBERS = [command.name for command in SHOWN if not command.admins_only]
ADMINS = [command.name for command in SHOWN]
GROUPS = [name for name in MEMBERS if name in IN_GROUPS]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    """Not yet started."""
    async with run_bot(tmp_path, started=False) as bot:
        yield bot


async def listen(bot: Bot, *admins: int) -> None:
    """Starts the bot and waits until it has set its menus."""
    telegram = bot.make(admins=[f"telegram:{one}" for one in admins])
    bot.running.append(asyncio.create_task(telegram.run()))
    await bot.bob.say("noon?")
    await bot.bob.private_chat.next_message()


def read(bot: Bot, person: Person, chat: Chat | None = None) -> list[tuple[str, str]]:
    menu = find_menu(bot.peer.world, chat or person.private_chat, person.user)
    return [(one["command"], one["description"]) for one in menu]


def expect(names: list[str], words: Words) -> list[tuple[str, str]]:
    return [(name, words.commands[name]) for name in names]


async def test_everybody_sees_what_they_may_use_in_their_language(bot: Bot) -> None:
    french = bot.peer.add_user("Zoé", language="fr", started=True)
    silent = bot.peer.add_user("X", language="", started=True)
    group = bot.peer.add_group("Shop", [bot.ada, bot.bob, french])
    await listen(bot, bot.ada.id)

    assert read(bot, bot.ada) == expect(ADMINS, ENGLISH)
    assert read(bot, bot.bob) == expect(MEMBERS, CHINESE)
    assert read(bot, french) == read(bot, silent) == expect(MEMBERS, ENGLISH)
    assert read(bot, bot.ada, group) == read(bot, french, group) == expect(GROUPS, ENGLISH)
    assert read(bot, bot.bob, group) == expect(GROUPS, CHINESE)
    assert sorted(IN_GROUPS) == sorted(GROUPS)
    assert bot.peer.complaints == []


async def test_an_admin_who_has_not_written_yet_keeps_nobody_waiting(bot: Bot) -> None:
    await listen(bot, 999, bot.ada.id)
    assert read(bot, bot.ada) == expect(ADMINS, ENGLISH)


async def test_a_menu_that_cannot_be_set_is_no_harm(bot: Bot) -> None:
    bot.peer.fail("setMyCommands", BadGateway(), times=2)
    await listen(bot, bot.ada.id)
    assert read(bot, bot.bob) == expect(MEMBERS, CHINESE)
    assert read(bot, bot.ada) == expect(ADMINS, ENGLISH)
