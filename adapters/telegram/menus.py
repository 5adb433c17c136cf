"""The menus of commands that Telegram offers while somebody types, by language and place."""

import logging
from collections.abc import Collection, Mapping

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.commands.calls import Command
from bot.texts import CHINESE, ENGLISH, Words

# The menu of a language shows where the asker's Telegram speaks it, that of none elsewhere.
LANGUAGES: Mapping[str | None, Words] = {None: ENGLISH, "zh": CHINESE}
IN_GROUPS = ("ask", "search", "sources", "why", "new", "stop", "human", "close", "help")

logger = logging.getLogger(__name__)


async def set_menus(bot: Bot, commands: Collection[Command], admins: Collection[int]) -> None:
    """Admins see theirs in their private chats. A menu that cannot be set is no harm."""
    shown = [command for command in commands if not command.hidden]
    members = [command.name for command in shown if not command.admins_only]
    scopes: list[tuple[BotCommandScope, list[str]]] = [
        (BotCommandScopeDefault(), members),
        (BotCommandScopeAllPrivateChats(), members),
        (BotCommandScopeAllGroupChats(), [name for name in members if name in IN_GROUPS]),
        *((BotCommandScopeChat(admin), [command.name for command in shown]) for admin in admins),
    ]
    for scope, names in scopes:
        for language, words in LANGUAGES.items():
            menu = [BotCommand(name, words.commands[name]) for name in names]
            try:
                await bot.set_my_commands(menu, scope, language_code=language)
            except TelegramError as error:
                logger.info("A menu could not be set: %s", error)
