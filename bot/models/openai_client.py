"""The one place that makes OpenAI clients, and knows which settings name their servers."""

from dataclasses import dataclass, field, replace

import httpx2
import openai

from bot.errors import SettingsError
from bot.settings import Settings

OPENAI = "https://api.openai.com/v1"
CONNECT_SECONDS = 5.0
CHECK_ADDRESS = "Check OPENAI_BASE_URL; most addresses end in /v1."


@dataclass(frozen=True, slots=True)
class Server:
    """Where a model is served. The settings are named to who has to correct them, `remedy` is what
    to do where the address answers, but not as it should."""

    address: str
    key: str = field(repr=False)
    address_setting: str = "OPENAI_BASE_URL"
    key_setting: str = "OPENAI_API_KEY"
    remedy: str = CHECK_ADDRESS


def find_server(settings: Settings) -> Server:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return Server((settings.openai_base_url or OPENAI).strip(), key.strip())


def find_reranking_server(settings: Settings) -> Server:
    """That of the other models, unless it has an address, and then a key, of its own."""
    remedy = "Set OPENBOOK_RERANKER_URL to the address of a server that has /rerank."
    if settings.reranker_url is None:
        return replace(find_server(settings), remedy=remedy)
    key = settings.reranker_key.get_secret_value() if settings.reranker_key else ""
    return Server(
        settings.reranker_url.strip(),
        key.strip(),
        "OPENBOOK_RERANKER_URL",
        "OPENBOOK_RERANKER_KEY",
        remedy,
    )


def build_client(server: Server) -> openai.AsyncOpenAI:
    """Never retries by itself and waits for ever to be read: its users have their own limits.

    Raises SettingsError for a key or an address that cannot be sent.
    """
    if not server.key.isascii() or not server.key.isprintable():
        raise SettingsError(
            f"{server.key_setting} holds characters that no key has.", "Copy the key again."
        )
    if not _is_address(server.address):
        raise SettingsError(
            f"{server.address_setting} is not an address.",
            "It looks like http://localhost:11434/v1.",
        )
    return openai.AsyncOpenAI(
        api_key=server.key or "none",  # servers without keys want some
        base_url=server.address,
        max_retries=0,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
    )


def _is_address(text: str) -> bool:
    try:
        address = httpx2.URL(text)
    except httpx2.InvalidURL:
        return False
    return bool(address.host) and "%" not in address.host and (address.port or 0) < 65536
