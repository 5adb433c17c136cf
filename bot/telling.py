"""Writes into chats unasked, whatever platform they are on."""

from bot.errors import PlatformError
from bot.nouns import Answer, Chat, Told
from bot.seams import Teller


class Telling:
    """Knows the adapters that this process runs."""

    def __init__(self) -> None:
        self._tellers: dict[str, Teller] = {}

    def connect(self, teller: Teller) -> None:
        self._tellers[teller.name] = teller

    async def tell(
        self, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
    ) -> Told:
        """Raises PlatformError."""
        teller = self._tellers.get(chat.platform)
        if teller is None:
            raise PlatformError(
                f"This process does not serve {chat.platform}.",
                "Run one `openbook serve` for all platforms.",
            )
        return await teller.tell(chat, answer, reply_to, apart=apart)
