"""A text in the making, shown as often as Telegram allows, its newest state only.

In a private chat it is a draft, which Telegram animates and forgets; elsewhere a message that is
edited. What goes wrong with a preview is no harm: the answer itself is sent in any case.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from telegram.constants import MessageLimit
from telegram.error import (
    BadRequest,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from adapters.telegram.reading import Said
from adapters.telegram.rendering import unlink_names
from adapters.telegram.sending import Sender, read_wait, reply_to
from adapters.telegram.splitting import keep_end
from adapters.telegram.styling import Styled, from_markdown, plain

ROOM = MessageLimit.MAX_TEXT_LENGTH - 96  # units of a preview; tables grow when they are drawn
_STOPPABLE = {"can_stop": True, "keep_on_stop": True}

logger = logging.getLogger(__name__)


class Preview:
    """Begun by the first `show` or `say`. `number` is that of the message that is edited, 0 if
    there is none (yet): drafts have none. `note` is called when there is a new one."""

    def __init__(
        self, sender: Sender, said: Said, note: Callable[[], Awaitable[None]], number: int = 0
    ) -> None:
        self._sender = sender
        self._said = said
        self._note = note
        self._draft = said.place.private and not number
        self._pause = sender.pace.tempo.draft if self._draft else sender.pace.tempo.edit
        self._newest: Callable[[], Styled] = partial(Styled, "")
        self._shown = Styled("")
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.number = number

    def show(self, markdown: str) -> None:
        self._set(lambda: unlink_names(from_markdown(keep_end(markdown, ROOM))))

    def say(self, words: str) -> None:
        """In our own voice, which is not Markdown."""
        self._set(lambda: unlink_names(plain(keep_end(words, ROOM))))

    async def close(self) -> None:
        """Nothing more is shown after this; a message that is just being sent has its number."""
        self._closed.set()
        self._changed.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _set(self, style: Callable[[], Styled]) -> None:
        """Most of what is written in pieces is not shown, and need not be styled."""
        self._newest = style
        self._changed.set()
        if self._task is None and not self._closed.is_set():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._closed.is_set():
            try:
                await self._write_newest()
            except RetryAfter as error:
                self._pause *= 2
                await self._rest(read_wait(error))
            except TelegramError as error:
                if not self._give_way(error):
                    return
            await self._rest(self._pause)
            await self._wait_for_change()

    async def _write_newest(self) -> None:
        self._changed.clear()
        text = self._newest()
        if self._draft:
            await self._write_draft(text)
        elif text != self._shown:
            if not self._sender.pace.take_spare_turn(self._said.place):
                self._changed.set()  # another time
                return
            await self._write_message(text)
        self._shown = text

    async def _write_draft(self, text: Styled) -> None:
        place = self._said.place
        await self._sender.bot.send_message_draft(
            place.chat,
            self._said.number or 1,
            text.text,
            message_thread_id=place.topic,
            entities=text.entities,
            api_kwargs=_STOPPABLE,
        )

    async def _write_message(self, text: Styled) -> None:
        place, bot = self._said.place, self._sender.bot
        if self.number:
            await bot.edit_message_text(text.text, place.chat, self.number, entities=text.entities)
            return
        message = await bot.send_message(
            place.chat,
            text.text,
            entities=text.entities,
            message_thread_id=place.topic,
            reply_parameters=reply_to(self._said),
        )
        self.number = message.message_id
        await self._note()

    def _give_way(self, error: TelegramError) -> bool:
        """Whether to go on after an error: by a message where the server takes no drafts, with the
        next state where the line was bad; a message that may have been sent is not sent again."""
        logger.info("A preview could not be shown: %s", type(error).__name__)
        if self._draft:
            if isinstance(error, BadRequest | EndPointNotFound | InvalidToken):
                self._draft, self._pause = False, self._sender.pace.tempo.edit
            return not isinstance(error, Forbidden)
        return bool(self.number)

    async def _wait_for_change(self) -> None:
        """A draft fades: it is shown again in time, changed or not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._sender.pace.tempo.alive if self._draft else None):
                await self._changed.wait()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()
