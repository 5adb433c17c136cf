"""Telegram's updates as messages for the desk, and who of the many that a bot hears it answers:

- in a private chat, everybody;
- in a group whoever begins with a command it has, mentions it, or replies to it; an edit counts
  like the message it changes;
- bots never, save the two accounts of Telegram's own behind which people write as their group or
  their channel.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Document, Update, User
from telegram import Chat as TelegramChat
from telegram import Message as TelegramMessage
from telegram.constants import ChatType, MessageEntityType

from adapters.telegram.marking import to_markdown
from bot.nouns import Asker, Attachment, Chat, Message
from bot.presenting import unpack_button

PLATFORM = "telegram"
# GroupAnonymousBot and Channel_Bot, the accounts of whoever writes in the name of a chat.
MASKS = frozenset((1087968824, 136817688))

_COMMAND = re.compile(r"/([A-Za-z0-9_]+)(?:@([A-Za-z0-9_]+))?")
_AROUND_NAME = " \n\t\u3000,:;，：；、"

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a chat, and in a forum the topic."""

    chat: int
    private: bool
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A message for the desk. `number` is its own in its chat. `press` names the button press that
    it comes from; `number` is then that of the message with the button, whose place the answer
    takes if it is `in_place`."""

    message: Message
    place: Place
    number: int
    press: str = ""
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What telling who is addressed takes: the bot's own account and the commands it has."""

    id: int
    username: str
    commands: Collection[str]


def read_update(update: Update, bot: Account, fetch: Fetch) -> Said | None:
    """None for what is not for the bot."""
    if update.callback_query is not None:
        return _read_press(update.callback_query)
    if stopped := update.api_kwargs.get("stopped_message_generation"):
        return _read_stop(update.update_id, stopped)
    message = update.message or update.edited_message
    said = _read_words(message, bot, fetch) if message is not None else None
    return _mark_edit(said, update) if said and update.edited_message else said


def _read_words(message: TelegramMessage, bot: Account, fetch: Fetch) -> Said | None:
    asker, private = _find_author(message), message.chat.type == ChatType.PRIVATE
    if asker is None or message.via_bot:
        return None
    text = message.text or message.caption or ""
    document = _read_document(message.document, fetch) if private else None
    # A picture that answers the bot is told that it was not understood.
    hears_all = private or _replies_to_bot(message, bot)
    anything = text or document or (hears_all and message.effective_attachment)
    if not anything or not (private or _is_addressed(message, text, bot)):
        return None
    place = _find_place(message.chat, message)
    wordless = not (text or document)
    said = Message(
        event_id=f"{PLATFORM}:{message.chat.id}/{_name_event(message, wordless=wordless)}",
        text=_strip_address(text, bot),
        asker=asker,
        chat=_read_chat(place),
        time=message.date,
        quoted=_read_quoted(message, bot),
        reply_to=_read_reply(message),
        markdown=_read_looks(message, text, bot),
        attachment=document,
    )
    return Said(said, place, message.id)


def _name_event(message: TelegramMessage, *, wordless: bool) -> str:
    """Pictures of an album come in a message each; those without words are told so once."""
    album = message.media_group_id if wordless else None
    return f"album/{album}" if album else str(message.id)


def _mark_edit(said: Said, update: Update) -> Said:
    """Each edit is an event of its own, also of those within one second."""
    message, edited = said.message, update.edited_message
    changed = replace(
        message,
        event_id=f"{message.event_id}@{update.update_id}",
        replaces=message.event_id,
        time=(edited and edited.edit_date) or message.time,
    )
    return replace(said, message=changed)


def _read_press(query: CallbackQuery) -> Said | None:
    if query.message is None or not query.data:
        return None
    shown = query.message if isinstance(query.message, TelegramMessage) else None
    place = _find_place(query.message.chat, shown)
    command, in_place = unpack_button(query.data)
    message = Message(
        event_id=f"{PLATFORM}:press/{query.id}",
        text=command,
        asker=_read_asker(query.from_user),
        chat=_read_chat(place),
        time=query.message.date,
    )
    return Said(message, place, query.message.message_id, query.id, in_place)


def _read_stop(update_id: int, stopped: Mapping[str, Any]) -> Said:
    """The stop button of a draft, which python-telegram-bot 22.8 does not know yet."""
    chat = stopped["chat"]["id"]
    place = Place(chat, private=True, topic=stopped.get("message_thread_id"))
    asker = Asker(PLATFORM, str(chat))
    event_id = f"{PLATFORM}:stop/{update_id}"
    message = Message(event_id, "/stop", asker, _read_chat(place), datetime.now(UTC))
    return Said(message, place, 0)


def _is_addressed(message: TelegramMessage, text: str, bot: Account) -> bool:
    """In a group. A command with the name of another bot is that one's."""
    if command := _COMMAND.match(text):
        name = command[2]
        if name:
            return name.lower() == bot.username.lower()
        if command[1].lower() in bot.commands:
            return True
    return _replies_to_bot(message, bot) or _mentions(message, bot)


def _replies_to_bot(message: TelegramMessage, bot: Account) -> bool:
    earlier = message.reply_to_message
    if earlier is None or earlier.from_user is None or earlier.from_user.id != bot.id:
        return False
    return earlier.forum_topic_created is None


def _mentions(message: TelegramMessage, bot: Account) -> bool:
    entities = {**message.parse_entities(), **message.parse_caption_entities()}
    for entity, text in entities.items():
        if entity.type == MessageEntityType.MENTION and text.lower() == f"@{bot.username}".lower():
            return True
        if entity.user is not None and entity.user.id == bot.id:
            return True
    return False


def _strip_address(text: str, bot: Account) -> str:
    """Without the bot's name, which is no part of the question. The name alone asks for an answer
    to the message that it replies to, as /ask does."""
    name = rf"(?<![A-Za-z0-9_])@{re.escape(bot.username)}(?![A-Za-z0-9_])"
    command = _COMMAND.match(text)
    if command and command[2]:
        own = command[2].lower() == bot.username.lower()
        return f"/{command[1]}{text[command.end() :]}" if own else text
    asked = re.sub(name, "", text, flags=re.IGNORECASE)
    return text if asked == text else asked.strip(_AROUND_NAME) or "/ask"


def _read_quoted(message: TelegramMessage, bot: Account) -> str:
    """What of another's message a reply is about; the bot's own are known anyway."""
    if message.quote is not None:
        return message.quote.text
    earlier = message.reply_to_message
    if earlier is None or (earlier.from_user and earlier.from_user.id == bot.id):
        return ""
    return earlier.text or earlier.caption or ""


def _read_reply(message: TelegramMessage) -> str:
    earlier = message.reply_to_message
    return "" if earlier is None else str(earlier.message_id)


def _read_looks(message: TelegramMessage, text: str, bot: Account) -> str:
    return _strip_address(to_markdown(text, message.entities or message.caption_entities), bot)


def _read_document(document: Document | None, fetch: Fetch) -> Attachment | None:
    if document is None:
        return None

    async def bring() -> bytes:
        return await fetch(document.file_id)

    return Attachment(document.file_name or "", document.file_size or 0, bring)


def _find_place(chat: TelegramChat, message: TelegramMessage | None) -> Place:
    in_topic = message is not None and message.is_topic_message
    topic = message.message_thread_id if message is not None and in_topic else None
    return Place(chat.id, chat.type == ChatType.PRIVATE, topic)


def find_place(chat: Chat) -> Place:
    """Of a chat of ours."""
    topic = int(chat.thread) if chat.thread else None
    return Place(int(chat.id), private=int(chat.id) > 0, topic=topic)


def _find_author(message: TelegramMessage) -> Asker | None:
    """None for bots. Behind a mask the chat asks in whose name it is: its members are one asker,
    and one that no setting makes an admin."""
    user, mask = message.from_user, message.sender_chat
    if user is None or (user.is_bot and user.id not in MASKS):
        return None
    if user.id in MASKS:
        return Asker(PLATFORM, str(mask.id), mask.title or "") if mask else None
    return _read_asker(user)


def _read_asker(user: User) -> Asker:
    return Asker(PLATFORM, str(user.id), user.full_name, user.language_code or "")


def _read_chat(place: Place) -> Chat:
    topic = "" if place.topic is None else str(place.topic)
    return Chat(PLATFORM, str(place.chat), thread=topic, private=place.private)
