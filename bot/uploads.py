"""Files that admins send in a chat, on their way into the folder of documents."""

import asyncio
import os
import secrets
import tempfile
import unicodedata
from enum import StrEnum
from pathlib import Path

from bot.errors import DocumentError
from bot.indexing.formats.endings import ENDINGS, find_ending
from bot.memory import Recent
from bot.nouns import Attachment

LARGEST = 20 * 1024 * 1024  # bytes; more is not to be had from Telegram
LONGEST_NAME = 200  # bytes, as file systems count
OFFERS = 100  # files that wait for a yes at once

# Path separators and what other systems keep for themselves; all that cannot be seen or written:
# control, format and surrogate characters, ends of lines and of paragraphs.
_UNFIT = frozenset('/\\:*?"<>|')
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


class Refusal(StrEnum):
    """Why a file is not taken; the keys of `Words.upload_refused`."""

    NAME = "name"
    TYPE = "type"
    SIZE = "size"
    EMPTY = "empty"


class Uploads:
    """Offers wait here for a yes; a file that got it is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offers = Recent[Attachment](OFFERS)

    def refuse(self, attachment: Attachment) -> Refusal | None:
        """What is wrong with a file by its name and size, if anything."""
        name = clean_name(attachment.name)
        if not name or len(name.encode()) > LONGEST_NAME:
            return Refusal.NAME
        if find_ending(name) not in ENDINGS:
            return Refusal.TYPE
        if attachment.size > LARGEST:
            return Refusal.SIZE
        return Refusal.EMPTY if attachment.size == 0 else None

    def replaces(self, attachment: Attachment) -> bool:
        return (self._folder / clean_name(attachment.name)).exists()

    def offer(self, attachment: Attachment) -> str:
        """The name by which it is taken or left."""
        token = secrets.token_hex(4)
        self._offers.put(token, attachment)
        return token

    def take(self, token: str) -> Attachment | None:
        """The file offered under that name, once."""
        return self._offers.take(token)

    async def keep(self, attachment: Attachment) -> str:
        """Fetches it and writes it into the folder; the path there. Raises PlatformError, and
        DocumentError if it cannot be written or is larger than was said."""
        data = await attachment.fetch()
        name = clean_name(attachment.name)
        if len(data) > LARGEST:
            raise DocumentError(f"it has more than {LARGEST} bytes")
        try:
            await asyncio.to_thread(write_whole, self._folder, name, data)
        except OSError as error:
            raise DocumentError(error.strerror or str(error)) from error
        return name


def clean_name(name: str) -> str:
    """In composed characters, or "" if nothing may be kept under it: paths, dot files, lock files
    and names that some system cannot hold."""
    name = unicodedata.normalize("NFC", name).strip()
    if any(one in _UNFIT or unicodedata.category(one) in _UNSEEN for one in name):
        return ""
    if name.startswith((".", "~$")) or name.endswith("."):
        return ""
    return name


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """By way of a dot file, which no index run reads: readers see the whole file or the old one."""
    descriptor, beside = tempfile.mkstemp(prefix=".upload-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(beside).replace(folder / name)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
