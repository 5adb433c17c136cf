"""What language the people in Slack speak."""

import asyncio

from adapters.slack.sending import Sender
from bot.errors import PlatformError
from bot.memory import Recent

PEOPLE = 10_000  # remembered at once


class People:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._languages = Recent[asyncio.Task[str]](PEOPLE)

    async def find_language(self, user: str) -> str:
        """Of their Slack, such as `zh-CN`, or "". Who asks at the same time waits for the same
        answer, and all go on in the order in which they came."""
        task = self._languages.find(user)
        if task is None:
            task = asyncio.create_task(self._fetch(user))
            self._languages.put(user, task)
        return await task

    async def _fetch(self, user: str) -> str:
        try:
            answer = await self._sender.call("users.info", user=user, include_locale=True)
        except PlatformError:
            return ""
        return str((answer.get("user") or {}).get("locale") or "")
