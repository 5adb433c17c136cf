"""Writes into chats unasked, whatever platform they are on."""

import logging
from typing import Protocol

from bot.errors import LedgerError, PlatformError
from bot.nouns import Answer, Chat, Told
from bot.seams import Teller

logger = logging.getLogger(__name__)


class Letters(Protocol):
    """What was told unasked, by the occasion that it was told at. Raises LedgerError."""

    async def find(self, occasion: str) -> Told | None: ...

    async def note(self, occasion: str, told: Told, asker: str) -> None:
        """`asker` is the key of the person whose matter it was."""
        ...


class Telling:
    """Knows the adapters that this process runs."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._tellers: dict[str, Teller] = {}

    def connect(self, teller: Teller) -> None:
        self._tellers[teller.name] = teller

    def reaches(self, platform: str) -> bool:
        """Whether this process serves it."""
        return platform in self._tellers

    async def tell(
        self,
        chat: Chat,
        answer: Answer,
        reply_to: str = "",
        *,
        apart: bool = False,
        occasion: str = "",
        asker: str = "",
    ) -> Told:
        """On each occasion once: who takes up what another process has begun tells what is left.
        That it was told is forgotten with the `asker`, whose matter it is. Raises PlatformError,
        LedgerError."""
        if occasion and (told := await self._letters.find(occasion)):
            return told
        teller = self._tellers.get(chat.platform)
        if teller is None:
            raise PlatformError(
                f"This process does not serve {chat.platform}.",
                "Run one `openbook serve` for all platforms.",
            )
        told = await teller.tell(chat, answer, reply_to, apart=apart)
        if occasion:
            await self._note(occasion, told, asker)
        return told

    async def _note(self, occasion: str, told: Told, asker: str) -> None:
        """Where that cannot be written down it was told all the same, and once more by who takes
        up what this process leaves."""
        try:
            await self._letters.note(occasion, told, asker)
        except LedgerError as error:
            logger.warning("What was told is not noted: %s", error)
