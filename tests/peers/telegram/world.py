"""All that this Telegram knows: people, chats, files, menus, and the one bot."""

import itertools
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.peers.telegram.chats import Chat
from tests.peers.telegram.clock import Changes, Clock
from tests.peers.telegram.entities import add_found, strip
from tests.peers.telegram.messages import Document, Message, User, view_message
from tests.peers.telegram.refusal import JSON, Refusal, bad_request, forbidden
from tests.peers.telegram.updates import Updates

Scope = tuple[str, int | None, int | None]  # of a menu: type, chat, user


@dataclass(slots=True, eq=False)
class Press:
    """A pressed button, until the bot answers it."""

    id: str
    person: User
    message: Message
    data: str
    answered: bool = False
    text: str = ""
    alert: bool = False
    url: str = ""
    changes: Changes = field(default_factory=Changes)


@dataclass(repr=False)
class World:
    """`privacy`: in groups the bot gets commands, replies to it, and mentions if
    `mentions_pass_privacy` (Telegram's own texts disagree on these)."""

    bot: User
    clock: Clock
    updates: Updates
    privacy: bool = True
    mentions_pass_privacy: bool = True
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: dict[str, Document] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    menus: dict[tuple[Scope, str], list[JSON]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def next_number(self) -> int:
        return next(self._numbers)

    def find_chat(self, chat_id: int | str) -> Chat:
        """Raises Refusal unless the bot can write there."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to.id},
            )
        if chat.bot_status == "kicked":
            group = f"kicked from the {chat.kind} chat"
            raise forbidden(f"bot was {group if chat.is_group else 'blocked by the user'}")
        if chat.bot_status == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def post(
        self,
        chat: Chat,
        sender: User,
        text: str = "",
        *,
        entities: Sequence[JSON] = (),
        topic: int | None = None,
        reply_to: Message | None = None,
        quote: str = "",
        document: Document | None = None,
        keyboard: JSON | None = None,
        link_preview: JSON | None = None,
        service: JSON | None = None,
        media: JSON | None = None,
    ) -> Message:
        """A new message in the chat. The bot is told of it if that is due."""
        text, kept = strip(text, entities)
        chat.last_id += 1
        message = Message(
            chat=chat,
            id=chat.last_id,
            sender=sender,
            date=int(self.clock.now),
            text=text,
            entities=add_found(text, kept),
            topic=topic,
            reply_to=reply_to,
            quote=quote,
            document=document,
            keyboard=keyboard,
            link_preview=link_preview,
            service=service or {},
            media=media or {},
        )
        message.keep_version(self.clock.now)
        chat.everything.append(message)
        chat.changes.tell()
        if self.is_for_bot(message):
            self.updates.publish("message", view_message(message))
        return message

    def change(
        self,
        message: Message,
        text: str | None = None,
        entities: Sequence[JSON] = (),
        *,
        keyboard: JSON | None = None,
        quiet: bool = False,
    ) -> None:
        """Edits; `quiet` leaves no mark, as for a change of buttons alone."""
        if text is not None:
            message.text, kept = strip(text, entities)
            message.entities = add_found(message.text, kept)
        message.keyboard = keyboard
        if not quiet:
            message.edited = int(self.clock.now)
        message.keep_version(self.clock.now)
        message.chat.changes.tell()
        if self.is_for_bot(message):
            self.updates.publish("edited_message", view_message(message))

    def is_for_bot(self, message: Message) -> bool:
        """Whether Telegram tells the bot of this message."""
        chat = message.chat
        if message.sender is self.bot or chat.bot_status in ("kicked", "left"):
            return False
        if not chat.is_group or not self.privacy or chat.bot_status == "administrator":
            return True
        if message.service or (message.reply_to and message.reply_to.sender is self.bot):
            return True
        return self._addresses_bot(message)

    def _addresses_bot(self, message: Message) -> bool:
        own = f"@{self.bot.username}".lower()
        commands = message.marked("bot_command")
        if commands and message.text.startswith(commands[0]):
            _, at, name = commands[0].lower().partition("@")
            return not at or f"@{name}" == own
        mentions = [mention.lower() for mention in message.marked("mention")]
        return self.mentions_pass_privacy and own in mentions

    def store_file(self, name: str, content: bytes, mime_type: str = "", size: int = 0) -> Document:
        """`size` pretends to another one, so that tests need no large files."""
        number = self.next_number()
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        suffix = re.sub(r"[^\w.]", "", name.rpartition(".")[2])[:10]
        document = Document(
            file_id=f"file{number}",
            name=name,
            mime_type=mime_type or guessed,
            content=content,
            path=f"documents/file_{number}.{suffix}",
            size=size or len(content),
        )
        self.files[document.file_id] = document
        return document

    def change_membership(self, chat: Chat, by: User, status: str) -> None:
        """The bot's own standing in a chat; it is told of it."""
        old, chat.bot_status = chat.bot_status, status
        if chat.kind == "private":
            chat.started = True
        change = {
            "chat": chat.view(),
            "from": by.view(),
            "date": int(self.clock.now),
            "old_chat_member": self.view_member(self.bot, old),
            "new_chat_member": self.view_member(self.bot, status),
        }
        self.updates.publish("my_chat_member", change)
        chat.changes.tell()

    def view_member(self, user: User, status: str) -> JSON:
        member: JSON = {"status": status, "user": user.view()}
        if status == "kicked":
            return member | {"until_date": 0}
        if status == "creator":
            return member | {"is_anonymous": False}
        if status == "administrator":
            return member | dict.fromkeys(_RIGHTS.split(), False) | {"can_manage_chat": True}
        return member


_RIGHTS = """can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats
    can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories
    can_edit_stories can_delete_stories can_send_welcome_messages"""
