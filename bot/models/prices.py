"""Prices and sizes of models: from prices.toml, where the settings do not say otherwise."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.settings import Settings

UNKNOWN_WINDOW = 8192  # what even small local models are given


@dataclass(frozen=True, slots=True)
class ChatPrice:
    """Dollars per million tokens."""

    input: float
    cached: float
    output: float

    def of(self, prompt_tokens: int, cached_tokens: int, completion_tokens: int) -> float:
        """Dollars for a reply; `cached_tokens` are among `prompt_tokens`."""
        fresh = prompt_tokens - cached_tokens
        return (
            fresh * self.input + cached_tokens * self.cached + completion_tokens * self.output
        ) / 1_000_000


@dataclass(frozen=True, slots=True)
class _ChatEntry:
    price: ChatPrice
    window: int


@dataclass(frozen=True, slots=True)
class _EmbeddingEntry:
    price: float
    dimensions: int


def find_chat_price(settings: Settings) -> ChatPrice | None:
    """None where nobody knows."""
    if settings.chat_price is not None:
        return ChatPrice(*map(float, settings.chat_price.split("/")))
    entry = _read_chat_models().get(_plain(settings.chat_model))
    return entry.price if entry else None


def find_window(settings: Settings) -> int:
    """Tokens that prompt and reply share."""
    if settings.context_window is not None:
        return settings.context_window
    entry = _read_chat_models().get(_plain(settings.chat_model))
    return entry.window if entry else UNKNOWN_WINDOW


def find_embedding_price(settings: Settings) -> float | None:
    """Dollars per million tokens; None where nobody knows."""
    if settings.embedding_price is not None:
        return settings.embedding_price
    entry = _read_embedding_models().get(_plain(settings.embedding_model))
    return entry.price if entry else None


def find_dimensions(model: str) -> int | None:
    """Length of the model's own vectors; None where only a call can tell."""
    entry = _read_embedding_models().get(_plain(model))
    return entry.dimensions if entry else None


def _plain(model: str) -> str:
    """The name without a router's prefix (`openai/`) and a release date."""
    return re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model.rsplit("/", 1)[-1])


@cache
def _read_chat_models() -> dict[str, _ChatEntry]:
    return {
        name: _ChatEntry(
            ChatPrice(entry["input"], entry["cached"], entry["output"]), int(entry["window"])
        )
        for name, entry in _read()["chat"].items()
    }


@cache
def _read_embedding_models() -> dict[str, _EmbeddingEntry]:
    return {
        name: _EmbeddingEntry(entry["input"], int(entry["dimensions"]))
        for name, entry in _read()["embedding"].items()
    }


@cache
def _read() -> dict[str, dict[str, dict[str, float]]]:
    text = files("bot.models").joinpath("prices.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
