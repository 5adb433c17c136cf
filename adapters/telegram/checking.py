"""Asks Telegram about the bot, for the doctor, and says what is wrong with reaching it."""

import re

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import PlatformError, SettingsError

# What the libraries beneath put before the reason.
_INNER = re.compile(r"\Ahttpx\.\w+: |\[Errno -?\d+\] ")


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
        raise unreachable(api_url, error, token) from error


def unreachable(api_url: str, error: TelegramError, token: str) -> PlatformError:
    """Nobody answers there, or not as Telegram does. What the library says may hold the token."""
    said = error.message.partition("\n")[0].rstrip(".").replace(token, "…")
    reason = _INNER.sub("", said) or type(error).__name__
    return PlatformError(
        f"Telegram cannot be reached at {api_url}: {reason}.",
        "Check the network and TELEGRAM_API_URL.",
    )


def unknown_token() -> SettingsError:
    return SettingsError(
        "Telegram does not know the TELEGRAM_BOT_TOKEN.",
        "Copy it again from @BotFather; /token there shows it.",
    )
