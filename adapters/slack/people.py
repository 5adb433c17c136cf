"""What language the people in Slack speak."""

import asyncio

from adapters.slack.sending import Sender
from bot.errors import PlatformError
from bot.memory import Recent

PEOPLE = 10_000  # remembered at once


class People:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._languages = Recent[str](PEOPLE)
        self._asking: dict[str, asyncio.Task[None]] = {}

    def get_language(self, user: str) -> str:
        """As far as it is known by now."""
        return self._languages.find(user) or ""

    async def find_language(self, user: str) -> str:
        """Of their Slack, such as `zh-CN`, or "" where Slack does not tell at once: then another
        time. Who asks at the same time waits for the same answer."""
        if user not in self._languages:
            if user not in self._asking:
                task = asyncio.create_task(self._fetch(user))
                task.add_done_callback(lambda _: self._asking.pop(user, None))
                self._asking[user] = task
            await asyncio.wait([self._asking[user]])
        return self.get_language(user)

    async def _fetch(self, user: str) -> None:
        try:
            answer = await self._sender.try_once("users.info", user=user, include_locale=True)
        except PlatformError:
            return
        if answer is not None:
            self._languages.put(user, str((answer.get("user") or {}).get("locale") or ""))
