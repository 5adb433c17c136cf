"""Kinds of settings: what each may look like, and the words for one that does not."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from bot.schedule import find_next

_ASKER_KEY = re.compile(r"telegram:\d+|slack:[A-Z0-9]+/[A-Z0-9]+")
_PASSWORD_PART = re.compile(r"[?&]password=([^&]*)")


def _expand_home(value: Path) -> Path:
    """No shell has expanded what stands in `.env`."""
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError("starts with ~ and no such home folder is known") from None


def _check_cron(value: str) -> str:
    find_next(value, datetime(2000, 1, 1))  # noqa: DTZ001  (local time)
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


def _read_asker_keys(value: object) -> object:
    if not isinstance(value, str):
        return value
    keys = [key.strip() for key in value.split(",") if key.strip()]
    strange = [key for key in keys if not _ASKER_KEY.fullmatch(key)]
    if strange:
        raise ValueError(f"{', '.join(strange)}: must be like telegram:123 or slack:T1/U1")
    return frozenset(keys)


def find_passwords(address: str) -> frozenset[str]:
    """Those in the address of a database, as they stand there and as they are meant."""
    login, at, _ = address.partition("://")[2].rpartition("@")
    written = [login.partition(":")[2]] if at else []
    written += _PASSWORD_PART.findall(address)
    return frozenset(word for one in written for word in (one, unquote(one)) if word)


Folder = Annotated[Path, AfterValidator(_expand_home)]
Cron = Annotated[str, AfterValidator(_check_cron)]
Prices = Annotated[str, AfterValidator(_check_prices)]  # dollars a million tokens
Address = Annotated[str, AfterValidator(_check_address)]
AskerKeys = Annotated[frozenset[str], NoDecode, BeforeValidator(_read_asker_keys)]
