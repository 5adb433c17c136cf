"""The bot's updates: kept until fetched and confirmed, or brought to its webhook."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiohttp

from tests.peers.telegram.clock import Changes, Clock
from tests.peers.telegram.refusal import JSON, Refusal
from tests.peers.telegram.schema import check_update

UNASKED = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
RETRY_SECONDS = 0.2
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str = ""
    connections: int = 40


class Updates:
    """`history` keeps every update ever made, `pending` those not yet confirmed."""

    def __init__(self, clock: Clock, forward: Callable[[str], str]) -> None:
        self.history: list[JSON] = []
        self.pending: list[JSON] = []
        self.allowed: tuple[str, ...] = ()
        self.webhook: Webhook | None = None
        self.last_error: tuple[int, str] | None = None
        self.confirmed = Changes()
        self.failed = Changes()  # told of each delivery to the webhook that went wrong
        self._clock = clock
        self._forward = forward  # a public address to one on loopback
        self._changes = Changes()
        self._poll: asyncio.Future[None] | None = None
        self._last_id = 100_000
        self._delivery: asyncio.Task[None] | None = None

    @property
    def polled(self) -> bool:
        """Whether a bot is waiting for updates at the moment."""
        return self._poll is not None

    def publish(self, kind: str, body: JSON) -> None:
        """A new update, unless the bot did not ask for its kind."""
        if kind not in self.allowed if self.allowed else kind in UNASKED:
            return
        self._last_id += 1
        update: JSON = {"update_id": self._last_id, kind: body}
        check_update(update)
        self.history.append(update)
        self.pending.append(update)
        self._changes.tell()

    def publish_again(self, update: JSON) -> None:
        """An update that the bot has had already, as happens after a cut connection."""
        self.pending.append(update)
        self._changes.tell()

    def allow(self, kinds: Sequence[str] | None) -> None:
        if kinds is not None:
            self.allowed = tuple(kinds)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[JSON]:
        """Updates from `offset` on; those before it are confirmed. Waits for the first. A newer
        poll ends this one with a Refusal, as Telegram does with the second copy of a bot."""
        if self.webhook is not None:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                "to delete the webhook first",
            )
        self._end_poll(
            "Conflict: terminated by other getUpdates request; make sure that only one bot "
            "instance is running"
        )
        mine = self._poll = asyncio.get_running_loop().create_future()
        try:
            self._confirm(offset)
            await self._wait(mine, seconds / self._clock.speed)
        finally:
            if self._poll is mine:
                self._poll = None
        return self.pending[:limit]

    async def _wait(self, ended: asyncio.Future[None], seconds: float) -> None:
        news = asyncio.create_task(self._changes.wait_for(lambda: self.pending, seconds))
        try:
            await asyncio.wait((ended, news), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                ended.result()
            with suppress(TimeoutError):
                await news
        finally:
            news.cancel()

    def _end_poll(self, reason: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refusal(409, reason))

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset:
            self.pending = [one for one in self.pending if one["update_id"] >= offset]
        self.confirmed.tell()

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Brings every update there from now on; None goes back to polling."""
        self.stop()
        self.webhook = webhook
        if webhook is not None:
            self._end_poll("Conflict: terminated by setWebhook request")
            self._delivery = asyncio.create_task(self._deliver(webhook))

    def stop(self) -> None:
        if self._delivery is not None:
            self._delivery.cancel()

    async def _deliver(self, webhook: Webhook) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(headers=headers, timeout=limit) as session:
            while True:
                if not self.pending:
                    await self._changes.wait_for(lambda: self.pending, 3600)
                update = self.pending[0]
                error = await self._post(session, self._forward(webhook.url), update)
                if error:
                    self.last_error = (int(self._clock.now), error)
                    self.failed.tell()
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self.pending = [one for one in self.pending if one is not update]
                    self.confirmed.tell()

    async def _post(self, session: aiohttp.ClientSession, url: str, update: JSON) -> str:
        """What went wrong, in Telegram's words; nothing if it was taken."""
        try:
            async with session.post(url, json=update) as response:
                await response.read()
                if response.ok:
                    return ""
                return f"Wrong response from the webhook: {response.status} {response.reason}"
        except aiohttp.ClientConnectorError:
            return "Connection refused"
        except (TimeoutError, aiohttp.ClientError) as error:
            return f"{type(error).__name__}: read timeout expired"
