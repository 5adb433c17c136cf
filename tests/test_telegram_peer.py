"""The Telegram peer: python-telegram-bot runs against it unharmed, and it refuses what Telegram
refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from tests.peers.telegram import TelegramPeer

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE


@pytest.fixture
async def peer() -> AsyncIterator[TelegramPeer]:
    async with TelegramPeer() as peer:
        yield peer


async def echo(update: Update, context: Context) -> None:
    assert update.message is not None
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("👍", callback_data="up")]])
    await update.message.reply_text(f"You said {update.message.text}", reply_markup=buttons)


async def thank(update: Update, context: Context) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Thank you")
    await update.callback_query.edit_message_reply_markup(None)


@asynccontextmanager
async def running(peer: TelegramPeer) -> AsyncIterator[App]:
    app = (
        ApplicationBuilder()
        .token(peer.token)
        .base_url(f"{peer.url}/bot")
        .base_file_url(f"{peer.url}/file/bot")
        .request(HTTPXRequest())
        .get_updates_request(HTTPXRequest())
        .build()
    )
    app.add_handler(MessageHandler(filters.TEXT, echo))
    app.add_handler(CallbackQueryHandler(thank))
    async with app:
        await app.start()
        assert app.updater is not None
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


async def test_a_bot_answers_in_a_private_chat(peer: TelegramPeer) -> None:
    ada = peer.add_user("Ada", language="en")
    async with running(peer):
        await ada.say("/start")
        reply = await ada.private_chat.next_message()
        assert reply.text == "You said /start"
        press = await ada.press(reply, "👍")
        assert press.text == "Thank you"
        await ada.private_chat.wait_until(lambda _: reply.labels == ())
    assert peer.violations == []
    assert peer.floods == []
    assert peer.unanswered == []
