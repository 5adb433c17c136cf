"""Asks Telegram about the bot, for the doctor."""

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import PlatformError, SettingsError


async def check(token: str, api_url: str) -> str:
    """The bot's name and what it hears. Raises SettingsError for a token that Telegram does not
    know, PlatformError if Telegram cannot be asked."""
    try:
        async with Bot(token, base_url=f"{api_url}/bot") as bot:
            hears = "on: in groups it hears commands, mentions and replies"
            if bot.can_read_all_group_messages:
                hears = "off: in groups it hears all"
            return f"@{bot.username} answers; privacy mode {hears}"
    except InvalidToken:
        raise unknown_token() from None
    except TelegramError as error:
        raise PlatformError(
            f"{api_url} does not answer as Telegram does: {type(error).__name__}.",
            "Check the network and TELEGRAM_API_URL.",
        ) from error


def unknown_token() -> SettingsError:
    return SettingsError(
        "Telegram does not know the TELEGRAM_BOT_TOKEN.",
        "Copy it again from @BotFather; /token there shows it.",
    )
