"""What is known about models, and what settings say instead."""

import pytest

from bot.models.prices import (
    ChatPrice,
    find_chat_price,
    find_dimensions,
    find_embedding_price,
    find_window,
)
from bot.settings import Settings


def make_settings(**values: object) -> Settings:
    return Settings.model_validate(values)


@pytest.mark.parametrize(
    "name",
    ["gpt-6-luna", "gpt-6-luna-2026-09-22", "openai/gpt-6-luna", "openai/gpt-6-luna-2026-09-22"],
)
def test_knows_a_model_under_its_names(name: str) -> None:
    settings = make_settings(OPENBOOK_CHAT_MODEL=name)
    assert find_chat_price(settings) == ChatPrice(input=0.10, cached=0.01, output=0.50)
    assert find_window(settings) == 922_000


def test_an_unknown_model_has_no_price_and_a_small_window() -> None:
    settings = make_settings(OPENBOOK_CHAT_MODEL="qwen3:8b", OPENBOOK_EMBEDDING_MODEL="bge-m3")
    assert find_chat_price(settings) is None
    assert find_window(settings) == 8192
    assert find_embedding_price(settings) is None
    assert find_dimensions("bge-m3") is None


def test_settings_go_first() -> None:
    settings = make_settings(
        OPENBOOK_CHAT_PRICE="3/1/9",
        OPENBOOK_CONTEXT_WINDOW=4096,
        OPENBOOK_EMBEDDING_PRICE=0.5,
    )
    assert find_chat_price(settings) == ChatPrice(input=3, cached=1, output=9)
    assert find_window(settings) == 4096
    assert find_embedding_price(settings) == 0.5


def test_the_default_models_are_known() -> None:
    settings = make_settings()
    assert find_chat_price(settings) is not None
    assert find_embedding_price(settings) == 0.02
    assert find_dimensions(settings.embedding_model) == 1536


def test_cached_tokens_are_among_the_prompt_tokens() -> None:
    price = ChatPrice(input=1.0, cached=0.1, output=5.0)
    assert price.of(1_000_000, 0, 0) == pytest.approx(1.0)
    assert price.of(1_000_000, 400_000, 200_000) == pytest.approx(0.6 + 0.04 + 1.0)
