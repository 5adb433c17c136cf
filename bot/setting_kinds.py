"""Kinds of settings: what each may look like, and the words for one that does not."""

import math
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from bot.access.rules import KEY
from bot.nouns import Chat
from bot.schedule import find_next

_ASKER_KEY = re.compile(r"telegram:\d+|slack:[A-Z0-9]+/[A-Z0-9]+")
_PASSWORD_PART = re.compile(r"[?&]password=([^&]*)")

_TELEGRAM_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_TELEGRAM_CHAT = re.compile(r"telegram:(-?\d+)(?:/(\d+))?")
_SLACK_CHAT = re.compile(r"slack:([A-Z0-9]+)/([A-Z0-9]+)")

_PLAIN = {  # what pydantic says, and what a person needs to hear
    "Input should be a valid integer": "must be a whole number",
    "Input should be a valid number": "must be a number",
    "Input should be a valid boolean": "must be true or false",
}


def _expand_home(value: Path) -> Path:
    """No shell has expanded what stands in `.env`."""
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("starts with ~ and no such home folder is known") from None


def _check_cron(value: str) -> str:
    find_next(value, datetime(2000, 1, 1))  # noqa: DTZ001  (local time)
    return value


def _check_budget(value: str) -> str:
    amount = value.removesuffix(" tokens")
    if not (_is_price(amount) and 0 < float(amount) < math.inf):
        raise ValueError("must be dollars, such as 0.50, or tokens, such as 200000 tokens")
    return value


def _check_prices(value: str) -> str:
    prices = value.split("/")
    if len(prices) != 3 or not all(_is_price(price) for price in prices):
        raise ValueError("must be three prices `input/cached/output`, such as 0.10/0.01/0.50")
    return value


def _is_price(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False


def _check_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _check_telegram_token(value: SecretStr) -> SecretStr:
    if not _TELEGRAM_TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("must be a number, a colon and letters, as @BotFather gives it")
    return value


def _read_member_keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = [key.strip() for key in value.split(",") if key.strip()]
    strange = [key for key in keys if not KEY.fullmatch(key)]
    if strange:
        raise ValueError(
            f"{', '.join(strange)}: must be like telegram:123, telegram:-100123, slack:T1/U1,"
            " slack:T1/C1 or slack:T1"
        )
    return frozenset(keys)


def _read_asker_keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = [key.strip() for key in value.split(",") if key.strip()]
    strange = [key for key in keys if not _ASKER_KEY.fullmatch(key)]
    if strange:
        raise ValueError(f"{', '.join(strange)}: must be like telegram:123 or slack:T1/U1")
    return frozenset(keys)


def read_chat(value: str) -> Chat:
    """Raises ValueError."""
    if match := _TELEGRAM_CHAT.fullmatch(value):
        return Chat("telegram", match[1], thread=match[2] or "", private=False)
    if match := _SLACK_CHAT.fullmatch(value):
        return Chat("slack", match[2], match[1], private=False)
    raise ValueError("must be like telegram:-1001234567890 or slack:T1/C1")


def _check_chat(value: str) -> str:
    read_chat(value)
    return value


def find_passwords(address: str) -> frozenset[str]:
    """Those in the address of a database, as they stand there and as they are meant."""
    login, at, _ = address.partition("://")[2].rpartition("@")
    written = [login.partition(":")[2]] if at else []
    written += _PASSWORD_PART.findall(address)
    return frozenset(word for one in written for word in (one, unquote(one)) if word)


def put_in_words(message: str) -> str:
    """What is wrong with a setting, for a person; `message` is what pydantic says."""
    for start, words in _PLAIN.items():
        if message.startswith(start):
            return words
    return message.removeprefix("Value error, ")


Folder = Annotated[Path, AfterValidator(_expand_home)]
Cron = Annotated[str, AfterValidator(_check_cron)]
Budget = Annotated[str, AfterValidator(_check_budget)]  # of a day
Prices = Annotated[str, AfterValidator(_check_prices)]  # dollars a million tokens
TelegramToken = Annotated[SecretStr, AfterValidator(_check_telegram_token)]
Address = Annotated[str, AfterValidator(_check_address)]
MemberKeys = Annotated[frozenset[str], NoDecode, BeforeValidator(_read_member_keys)]
AskerKeys = Annotated[frozenset[str], NoDecode, BeforeValidator(_read_asker_keys)]
StaffChat = Annotated[str, AfterValidator(_check_chat)]
