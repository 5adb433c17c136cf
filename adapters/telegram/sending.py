"""Calls to Telegram that do not give up before they must, and what their failures mean.

| Telegram says | so |
| --- | --- |
| flood wait | nothing goes to that chat until it is over, then the same again |
| the group has become a supergroup | the same again there |
| blocked, kicked, no such chat | `Unreachable`: nobody is there to be told anything |
| not modified | it is done |
| bad request | the same again as bare text, in case it is the entities |
| nothing, or that it is down | the same again, if it cannot have arrived or may arrive twice |
| nothing after a message was sent | `Unsure`: it may stand there already |
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram import Bot, InlineKeyboardMarkup, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from adapters.telegram.pacing import Pace
from adapters.telegram.reading import Place, Said
from adapters.telegram.rendering import Keyboard
from adapters.telegram.styling import Styled
from bot.errors import PlatformError

TRIES = 6  # at a server that is down, with pauses of up to 30 seconds
LONGEST_PAUSE = 30.0

# The request has not reached Telegram.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

_Result = TypeVar("_Result")
logger = logging.getLogger(__name__)


class Unreachable(PlatformError):
    """The chat is gone, or has blocked the bot or put it out."""


class Unsure(PlatformError):
    """A message may have been delivered or not."""


class Sender:
    """Writes into chats at the pace that Telegram allows."""

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self.bot = bot
        self.pace = pace
        self._moved: dict[int, int] = {}

    async def send(
        self,
        place: Place,
        text: Styled,
        *,
        reply: ReplyParameters | None = None,
        keyboard: Keyboard | None = None,
    ) -> int:
        """The number of the new message; where Telegram does not take its looks, of one without
        them. Raises Unreachable, Unsure, PlatformError, BadRequest."""

        async def call(place: Place) -> int:
            message = await self.bot.send_message(
                place.chat,
                text.text,
                entities=text.entities,
                message_thread_id=place.topic,
                reply_parameters=reply,
                reply_markup=keyboard,
            )
            return message.message_id

        try:
            return await self._persist(place, call, repeatable=False)
        except BadRequest as error:
            if not text.entities:
                raise
            logger.warning("A message is sent without its looks: %s", error)
            return await self.send(place, Styled(text.text), reply=reply, keyboard=keyboard)

    async def edit(
        self, place: Place, number: int, text: Styled, keyboard: InlineKeyboardMarkup | None = None
    ) -> bool:
        """False if the message is no longer there. Raises Unreachable, PlatformError."""

        async def call(place: Place) -> bool:
            await self.bot.edit_message_text(
                text.text,
                place.chat,
                number,
                entities=text.entities,
                reply_markup=keyboard,
            )
            return True

        return await self._change(place, call)

    async def edit_buttons(self, place: Place, number: int, keyboard: InlineKeyboardMarkup) -> bool:
        """As `edit`, for what stands under the message alone."""

        async def call(place: Place) -> bool:
            await self.bot.edit_message_reply_markup(place.chat, number, reply_markup=keyboard)
            return True

        return await self._change(place, call)

    async def delete(self, place: Place, number: int) -> None:
        """Messages that cannot be deleted stay."""
        try:
            await self.bot.delete_message(place.chat, number)
        except TelegramError as error:
            logger.info("A message could not be deleted: %s", error)

    async def answer_press(self, press: str, text: str = "") -> None:
        """Shows `text` for a moment. A press that waited too long can no longer be answered."""
        try:
            await self.bot.answer_callback_query(press, text[:200])
        except TelegramError as error:
            logger.info("A press could not be answered: %s", error)

    async def _change(self, place: Place, call: Callable[[Place], Awaitable[bool]]) -> bool:
        try:
            return await self._persist(place, call, repeatable=True)
        except BadRequest as error:
            if "not modified" in str(error):
                return True
            logger.info("A message could not be changed: %s", error)
            return False

    async def _persist(
        self, place: Place, call: Callable[[Place], Awaitable[_Result]], *, repeatable: bool
    ) -> _Result:
        failures = 0
        while True:
            place = replace(place, chat=self._moved.get(place.chat, place.chat))
            await self.pace.take_turn(place)
            try:
                return await call(place)
            except RetryAfter as error:
                self.pace.pause(place, read_wait(error))
            except ChatMigrated as error:
                self._moved[place.chat] = error.new_chat_id
            except (Forbidden, BadRequest) as error:
                if isinstance(error, Forbidden) or "chat not found" in str(error).lower():
                    raise Unreachable(f"The chat cannot be written to: {error}.") from error
                raise
            except NetworkError as error:
                failures += 1
                await _bear(error, failures, repeatable=repeatable)
            except TelegramError as error:
                raise Unsure(f"Telegram's answer says nothing: {error}.") from error


def reply_to(said: Said) -> ReplyParameters | None:
    """In a group an answer shows what it is to."""
    if said.place.private:
        return None
    return ReplyParameters(said.number, allow_sending_without_reply=True)


def read_wait(error: RetryAfter) -> float:
    """Seconds, which python-telegram-bot gives as a number or as a timedelta."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def _bear(error: NetworkError, failures: int, *, repeatable: bool) -> None:
    """Waits before the next try. Raises Unsure or PlatformError where there can be none."""
    cause = error.__cause__
    # The server, or one before it, answered that it did nothing, if only by a web page.
    refused = cause is None or isinstance(cause, TelegramError)
    if not (repeatable or refused or isinstance(cause, _NOT_SENT)):
        raise Unsure("Telegram did not say whether the message arrived.") from error
    if failures >= TRIES:
        raise PlatformError("Telegram cannot be reached.") from error
    logger.warning("Telegram did not answer (%s); trying again", type(cause or error).__name__)
    await asyncio.sleep(min(LONGEST_PAUSE, 2**failures / 2) * random.uniform(0.7, 1.3))  # noqa: S311
