"""The one place that makes OpenAI clients."""

import httpx2
import openai

from bot.errors import SettingsError
from bot.settings import Settings

OPENAI = "https://api.openai.com/v1"
CONNECT_SECONDS = 5.0


def build_client(settings: Settings) -> openai.AsyncOpenAI:
    """Never retries by itself and waits for ever to be read: its users have their own limits.

    Raises SettingsError for a key or an address that cannot be sent.
    """
    key = read_key(settings)
    if not key.isascii() or not key.isprintable():
        raise SettingsError(
            "OPENAI_API_KEY holds characters that no key has.", "Copy the key again."
        )
    try:
        return openai.AsyncOpenAI(
            api_key=key or "none",  # servers without keys want some
            base_url=(settings.openai_base_url or OPENAI).strip(),
            max_retries=0,
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        )
    except httpx2.InvalidURL:
        raise SettingsError(
            "OPENAI_BASE_URL is not an address.", "It looks like http://localhost:11434/v1."
        ) from None


def read_key(settings: Settings) -> str:
    return settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""
