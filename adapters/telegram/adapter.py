"""Telegram as a platform: updates in, answers out, until it is stopped."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Collection, Sequence
from contextlib import aclosing, suppress
from typing import Any

from aiohttp import web
from telegram import LinkPreviewOptions, Update
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import Defaults, ExtBot, Updater
from telegram.request import HTTPXRequest

from adapters.telegram.checking import unknown_token
from adapters.telegram.menus import set_menus
from adapters.telegram.pacing import Pace, Tempo
from adapters.telegram.reading import PLATFORM, Account, Said, read_update
from adapters.telegram.replying import Reply
from adapters.telegram.sending import Sender, Unreachable
from bot.commands.calls import Command
from bot.desk import Desk
from bot.errors import PlatformError
from bot.memory import Recent
from bot.nouns import Message
from bot.serving import Tasks

# What is asked of Telegram; the last is newer than python-telegram-bot 22.8.
UPDATES = ("message", "edited_message", "callback_query", "stopped_message_generation")
# Remembered of what was said, to tell when it is edited, and of the answers, to be changed then.
ANSWERS = 5000
# More would be slower: the library looks through all of them for each request.
CONNECTIONS = 32

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
        self._admins = [int(key.split(":")[1]) for key in admins if key.startswith(f"{PLATFORM}:")]
        self._tempo = tempo or Tempo()
        self._bot = _make_bot(token, api_url, self._tempo.patience)
        self._sender = Sender(self._bot, Pace(self._tempo))
        self._tasks = Tasks()
        self._answers = Recent[tuple[int, ...]](ANSWERS)
        self._texts = Recent[str](ANSWERS)
        self._account: Account | None = None
        self._secret = _derive(token, "secret")
        self._path = f"/telegram/{_derive(token, 'path')[:16]}"

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP port of the process has to serve for this adapter."""
        return [web.post(self._path, self._take_call)] if self._public_url else []

    @property
    def ready(self) -> bool:
        return self._account is not None

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
            raise PlatformError(f"Telegram cannot be used: {type(error).__name__}.") from error

    async def _poll(self) -> None:
        updates: asyncio.Queue[object] = asyncio.Queue()
        updater = Updater(self._bot, updates)
        await updater.initialize()
        await updater.start_polling(
            allowed_updates=UPDATES, bootstrap_retries=-1, error_callback=_log_polling
        )
        try:
            while True:
                update = await updates.get()
                if isinstance(update, Update):
                    self._receive(update)
        finally:
            await updater.stop()  # its own shutdown would end the bot, which still has to answer

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
        self._receive(update)
        return web.Response()

    def _receive(self, update: Update) -> None:
        """Begins to answer, and returns at once: updates come in their order."""
        if self._account is None:
            return
        try:
            said = read_update(update, self._account, self._fetch)
        except Exception:  # one that is not as published must not end the others, nor come again
            logger.exception("The update %d could not be read", update.update_id)
            return
        if said is not None and self._says_more(said.message) and self._desk.accept(said.message):
            self._tasks.begin(self._answer(said))

    def _says_more(self, message: Message) -> bool:
        """False for an edit of something else than the words, as of a place that moves or of what
        no bot is shown."""
        known = self._texts.find(message.replaces) if message.replaces else None
        self._texts.put(message.replaces or message.event_id, message.text)
        return message.text != known or message.attachment is not None

    async def _answer(self, said: Said) -> None:
        message = said.message
        reply = Reply(self._sender, self._desk, said)
        try:
            async with aclosing(self._desk.handle(message)) as events:
                async for event in events:
                    if earlier := message.replaces and self._answers.take(message.replaces):
                        reply.replace(earlier)  # it may have ended only now
                    await reply.take(event)
        except asyncio.CancelledError:
            with suppress(PlatformError, TelegramError):
                await reply.abandon()
            raise
        except Unreachable as error:
            logger.info("%s: %s", message.event_id, error)
        except Exception:  # one chat must not end the others, nor anybody be left without a reply
            logger.exception("The answer to %s could not be delivered", message.event_id)
            with suppress(PlatformError, TelegramError):
                await reply.apologise()
        finally:
            self._answers.put(message.replaces or message.event_id, reply.numbers)

    async def _fetch(self, file_id: str) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise PlatformError(f"Telegram did not give the file: {error}.") from error


class _Bot(ExtBot[None]):
    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:  # noqa: ANN401
        """The library stops asking, and tells nobody, once Telegram does not know the token; that
        is said by proxies and servers that begin again, too."""
        try:
            return await super().get_updates(*args, **kwargs)
        except InvalidToken as error:
            raise NetworkError(f"The token was not known: {error}.") from error


def _make_bot(token: str, api_url: str, patience: float) -> _Bot:
    """Without previews of links: their servers would learn what the bot writes."""

    def connect() -> HTTPXRequest:
        return HTTPXRequest(
            connection_pool_size=CONNECTIONS,
            read_timeout=patience,
            write_timeout=patience,
            pool_timeout=patience,
        )

    return _Bot(
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


def _log_polling(error: TelegramError) -> None:
    """The library goes on by itself; this is said once for each failure."""
    logger.warning("Telegram could not be asked for messages: %s", type(error).__name__)
