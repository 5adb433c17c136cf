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
    address = (settings.openai_base_url or OPENAI).strip()
    if not _is_address(address):
        raise SettingsError(
            "OPENAI_BASE_URL is not an address.", "It looks like http://localhost:11434/v1."
        )
    return openai.AsyncOpenAI(
        api_key=key or "none",  # servers without keys want some
        base_url=address,
        max_retries=0,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
    )


def read_key(settings: Settings) -> str:
    return settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""


def _is_address(text: str) -> bool:
    try:
        address = httpx2.URL(text)
    except httpx2.InvalidURL:
        return False
    return bool(address.host) and "%" not in address.host and (address.port or 0) < 65536
