"""Telegram as a platform: updates in, answers out, until it is stopped."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import TypeVar

from aiohttp import web
from telegram import LinkPreviewOptions, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Defaults, ExtBot
from telegram.request import HTTPXRequest

from adapters.telegram.checking import unknown_token, unreachable
from adapters.telegram.menus import set_menus
from adapters.telegram.pacing import Pace, Tempo
from adapters.telegram.reading import PLATFORM, Account, Said, find_place, read_update
from adapters.telegram.replying import Reply, tell
from adapters.telegram.sending import Sender, Unreachable, read_wait
from bot.commands.calls import Command
from bot.desk import Desk
from bot.errors import LedgerError, PlatformError
from bot.memory import Recent
from bot.nouns import Answer, Chat, Done, Message, Told, Waiting
from bot.serving import Tasks

# What is asked of Telegram; the last is newer than python-telegram-bot 22.8.
UPDATES = ("message", "edited_message", "callback_query", "stopped_message_generation")
POLL_SECONDS = 10  # that Telegram waits for a message before it answers that there is none
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before it is asked again after a failure
TEXTS = 5000  # remembered of what was said, to tell when it is edited
# More would be slower: the library looks through all of them for each request.
CONNECTIONS = 32

_Result = TypeVar("_Result")
logger = logging.getLogger(__name__)


class Telegram:
    """An adapter. With a `public_url` Telegram calls the bot there, else the bot asks Telegram."""

    name = PLATFORM

    def __init__(
        self,
        desk: Desk,
        commands: Collection[Command],
        *,
        token: str,
        api_url: str,
        public_url: str = "",
        admins: Collection[str] = (),
        tempo: Tempo | None = None,
    ) -> None:
        self._desk = desk
        self._commands = commands
        self._public_url = public_url
        self._api_url = api_url
        self._admins = [int(key.split(":")[1]) for key in admins if key.startswith(f"{PLATFORM}:")]
        self._tempo = tempo or Tempo()
        self._bot = _make_bot(token, api_url, self._tempo.patience)
        self._sender = Sender(self._bot, Pace(self._tempo))
        self._tasks = Tasks()
        self._texts = Recent[str](TEXTS)
        self._account: Account | None = None
        self._secret = _derive(token, "secret")
        self._path = f"/telegram/{_derive(token, 'path')[:16]}"

    @property
    def ready(self) -> bool:
        """Whether it can answer now."""
        return self._account is not None

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP port of the process has to serve for this adapter."""
        return [web.post(self._path, self._take_call)] if self._public_url else []

    @property
    def answering(self) -> Collection[str]:
        """The events whose messages it is answering."""
        return self._tasks.events

    async def run(self) -> None:
        """Until it is cancelled; then answers have a few seconds to end, and of the others their
        askers are told. Raises SettingsError for a token that Telegram does not know,
        PlatformError if it cannot be reached."""
        try:
            async with self._bot:
                names = frozenset(command.name for command in self._commands)
                self._account = Account(self._bot.id, self._bot.username, names)
                await set_menus(self._bot, self._commands, self._admins)
                logger.info("Telegram: @%s is listening", self._bot.username)
                try:
                    await (self._wait_for_calls() if self._public_url else self._poll())
                finally:
                    self._account = None
                    await self._tasks.finish(self._tempo.grace, self._tempo.last_words)
        except InvalidToken:
            raise unknown_token() from None
        except TelegramError as error:
            raise unreachable(self._api_url, error, self._bot.token) from error

    async def _poll(self) -> None:
        """Asks for updates; Telegram counts those as arrived that the next call leaves behind, so
        that is made when they are written down."""
        await self._persist(self._bot.delete_webhook)
        offset = 0
        try:
            while True:
                ask = partial(
                    self._bot.get_updates, offset, timeout=POLL_SECONDS, allowed_updates=UPDATES
                )
                for update in await self._persist(ask):
                    await self._persist(partial(self._receive, update))
                    offset = update.update_id + 1
        finally:
            with suppress(TelegramError):
                await self._bot.get_updates(offset, timeout=0)

    async def _persist(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        """Until it works. That Telegram does not know the token may be a mistake of its own, since
        it did know it."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                return await call()
            except RetryAfter as error:
                pause = read_wait(error)
            except (TelegramError, LedgerError) as error:
                logger.warning("Messages could not be fetched: %s", _describe(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _wait_for_calls(self) -> None:
        await self._bot.set_webhook(
            self._public_url + self._path, allowed_updates=UPDATES, secret_token=self._secret
        )
        await asyncio.Event().wait()

    async def _take_call(self, request: web.Request) -> web.Response:
        """What Telegram delivers, if it is Telegram that does."""
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return web.Response(status=403)
        if self._account is None:
            return web.Response(status=503)
        try:
            update = Update.de_json(await request.json(), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            return web.Response(status=400)
        try:
            await self._receive(update)
        except LedgerError as error:
            logger.warning("A message could not be written down: %s", error)
            return web.Response(status=503)  # Telegram asks again
        return web.Response()

    async def _receive(self, update: Update) -> None:
        """Has the message written down and begins to answer. Raises LedgerError."""
        said = self._read(update)
        if said is None or not self._says_more(said.message):
            return
        envelope = None if said.press else update.to_dict()
        event_id = said.message.event_id
        with self._tasks.expect(event_id):
            if await self._desk.accept(said.message, envelope):
                self._texts.put(said.message.replaces or event_id, said.message.text)
                self._tasks.begin(self._answer(said), event_id)

    def take_up(self, waiting: Waiting) -> None:
        """Answers what was left unanswered."""
        update = Update.de_json(dict(waiting.envelope), self._bot)
        if (said := self._read(update)) is not None:
            self._tasks.begin(self._answer(said, waiting), waiting.event_id)

    async def tell(
        self,
        chat: Chat,
        answer: Answer,
        reply_to: str = "",
        *,
        apart: bool = False,  # noqa: ARG002  (each message can be replied to by itself)
    ) -> Told:
        """Writes into a chat unasked. Raises PlatformError."""
        if self._account is None:
            raise PlatformError("Telegram is not connected at the moment.")
        try:
            numbers = await tell(self._sender, find_place(chat), answer, reply_to)
        except TelegramError as error:
            raise PlatformError(f"Telegram refused: {error}.") from error
        return Told(chat, numbers)

    def _read(self, update: Update) -> Said | None:
        """One that is not as published must not end the others, nor come again."""
        if self._account is None:
            return None
        try:
            return read_update(update, self._account, self._fetch)
        except Exception:
            logger.exception("The update %d could not be read", update.update_id)
            return None

    def _says_more(self, message: Message) -> bool:
        """False for an edit of something else than the words, as of a place that moves or of what
        no bot is shown."""
        known = self._texts.find(message.replaces) if message.replaces else None
        return message.text != known or message.attachment is not None

    async def _answer(self, said: Said, waiting: Waiting | None = None) -> None:
        message = said.message
        reply = Reply(self._sender, self._desk, said)
        try:
            await self._tell(reply, message, waiting)
        except asyncio.CancelledError:
            with suppress(PlatformError, TelegramError, LedgerError):
                await reply.abandon()
            raise
        except Unreachable as error:
            logger.info("%s: %s", message.event_id, error)
            with suppress(LedgerError):
                await self._desk.deliveries.settle(message)
        except LedgerError as error:  # what is written down is taken up again, and no press is
            logger.warning("%s could not be answered: %s", message.event_id, error)
            if said.press:
                with suppress(PlatformError, TelegramError, LedgerError):
                    await reply.apologise()
        except Exception:  # one chat must not end the others, nor anybody be left without a reply
            logger.exception("The answer to %s could not be delivered", message.event_id)
            with suppress(PlatformError, TelegramError, LedgerError):
                await reply.apologise()

    async def _tell(self, reply: Reply, message: Message, waiting: Waiting | None) -> None:
        if waiting is not None:
            reply.replace(waiting.sent)
            if (answer := await self._desk.deliveries.recall(message, waiting)) is not None:
                await reply.finish(answer)
                return
        edited = message.replaces and waiting is None
        async with aclosing(self._desk.handle(message)) as events:
            async for event in events:
                if edited and not (isinstance(event, Done) and event.answer.aside):
                    # its first answer may have come only now
                    reply.replace(await self._desk.deliveries.find_sent(message.replaces))
                    edited = False
                await reply.take(event)

    async def _fetch(self, file_id: str) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise PlatformError(f"Telegram did not give the file: {error}.") from error


def _make_bot(token: str, api_url: str, patience: float) -> ExtBot[None]:
    """Without previews of links: their servers would learn what the bot writes."""

    def connect() -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            read_timeout=patience,
            write_timeout=patience,
            pool_timeout=patience,
        )

    return ExtBot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=connect(),
        get_updates_request=connect(),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
    )


def _derive(token: str, purpose: str) -> str:
    """The same in every process of this bot, and known to nobody without its token."""
    return hmac.new(token.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _describe(error: TelegramError | LedgerError) -> str:
    """Without what Telegram's library puts into its errors: they may hold the token."""
    if isinstance(error, Conflict):
        return "another bot runs with the same token; stop one of them"
    return str(error) if isinstance(error, LedgerError) else type(error).__name__
