"""The words of desk, commands and adapters, in English and Chinese, in one place."""

from bot.texts.chinese import CHINESE
from bot.texts.english import ENGLISH
from bot.texts.words import Words

__all__ = ["CHINESE", "ENGLISH", "LANGUAGES", "Words", "choose_words"]

# What the bot can be set to speak, by code, each under its own name.
LANGUAGES = {"en": "English", "zh": "中文"}


def choose_words(language: str) -> Words:
    """By language code as platforms and `detect_language` give it: `zh`, `zh-Hant`, `en_GB`."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH
