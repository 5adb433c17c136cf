"""What people do, in tests: write, press buttons, block the bot, gather in groups."""

from dataclasses import dataclass, field

from tests.peers.telegram.chats import WAIT, Chat
from tests.peers.telegram.entities import count_units
from tests.peers.telegram.messages import Message, User, view_message
from tests.peers.telegram.refusal import JSON
from tests.peers.telegram.rules import TEXT_UNITS
from tests.peers.telegram.world import Press, World


@dataclass(eq=False, repr=False)
class Person:
    """Somebody with Telegram. Messages go to the private chat with the bot unless another chat
    is named."""

    user: User
    world: World
    private_chat: Chat

    @property
    def id(self) -> int:
        return self.user.id

    async def say(
        self,
        text: str,
        chat: Chat | None = None,
        *,
        topic: int | None = None,
        reply_to: Message | None = None,
        quote: str = "",
        entities: tuple[JSON, ...] = (),
    ) -> Message:
        """Writes. A reply goes to the chat and topic of what it replies to."""
        if reply_to is not None:
            chat, topic = reply_to.chat, reply_to.topic
        chat = self._enter(chat)
        assert count_units(text) <= TEXT_UNITS, "apps split such a text: say it in parts"
        return self.world.post(
            chat,
            self.user,
            text,
            entities=entities,
            topic=topic,
            reply_to=reply_to or _topic_start(chat, topic),
            quote=quote,
        )

    async def mention(self, text: str, chat: Chat, *, topic: int | None = None) -> Message:
        """Writes to the bot by its name."""
        return await self.say(f"@{self.world.bot.username} {text}", chat, topic=topic)

    async def upload(
        self,
        name: str,
        content: bytes,
        caption: str = "",
        chat: Chat | None = None,
        *,
        mime_type: str = "",
        size: int = 0,
    ) -> Message:
        """Sends a document; `size` pretends to another one than it has."""
        document = self.world.store_file(name, content, mime_type, size)
        return self.world.post(self._enter(chat), self.user, caption, document=document)

    async def send_photo(
        self, caption: str = "", chat: Chat | None = None, *, reply_to: Message | None = None
    ) -> Message:
        chat = reply_to.chat if reply_to else chat
        size = {"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 60}
        media = {"photo": [size]}
        chat = self._enter(chat)
        return self.world.post(chat, self.user, caption, media=media, reply_to=reply_to)

    async def send_voice(self, chat: Chat | None = None) -> Message:
        voice = {"file_id": "voice", "file_unique_id": "voice", "duration": 3}
        return self.world.post(self._enter(chat), self.user, media={"voice": voice})

    async def edit(self, message: Message, text: str) -> None:
        assert message.sender is self.user, "people edit what is theirs"
        self.world.change(message, text)

    async def delete(self, message: Message) -> None:
        """Bots are not told."""
        message.deleted = True
        message.chat.changes.tell()

    async def press(self, message: Message, label: str, *, seconds: float = WAIT) -> Press:
        """Presses the button with this label, or the first with it inside, and waits until the
        bot has answered, as the button shows a clock until then."""
        press = self.start_press(message, label)
        try:
            await press.changes.wait_for(lambda: press.answered, seconds)
        except TimeoutError:
            raise AssertionError(f"The bot left the button {label!r} without answer") from None
        return press

    def start_press(self, message: Message, label: str) -> Press:
        """Presses without waiting."""
        buttons = [button for row in message.buttons for button in row]
        exact = [button for button in buttons if button["text"] == label]
        near = [button for button in buttons if label in button["text"]]
        assert exact or near, f"no button {label!r} among {message.labels}"
        data = (exact or near)[0].get("callback_data")
        assert data is not None, f"the button {label!r} calls nothing back"
        return self._call_back(message, data)

    def _call_back(self, message: Message, data: str) -> Press:
        number = self.world.next_number()
        press = Press(f"press{number}", self.user, message, data)
        self.world.presses[press.id] = press
        query = {
            "id": press.id,
            "from": self.user.view(),
            "message": view_message(message),
            "chat_instance": str(message.chat.id),
            "data": data,
        }
        self.world.updates.publish("callback_query", query)
        return press

    async def stop(self, chat: Chat | None = None) -> None:
        """Presses the stop button of the draft that is being shown."""
        chat = chat or self.private_chat
        draft = chat.draft
        assert draft is not None, "nothing is being written"
        assert draft.can_stop, "the draft has no stop button"
        draft.stopped = True
        draft.gone = not draft.keep_on_stop
        topic = {} if draft.topic is None else {"message_thread_id": draft.topic}
        stopped = {"chat": chat.view(), "draft_id": draft.id} | topic
        self.world.updates.publish("stopped_message_generation", stopped)
        chat.changes.tell()

    async def react(self, message: Message, *emojis: str) -> None:
        """Sets the reactions, none to take them back. In groups only an administrator bot is
        told."""
        old = message.reactions.get(self.id, [])
        message.reactions[self.id] = list(emojis)
        if message.chat.is_group and message.chat.bot_status != "administrator":
            return
        change = {
            "chat": message.chat.view(),
            "message_id": message.id,
            "user": self.user.view(),
            "date": int(self.world.clock.now),
            "old_reaction": [{"type": "emoji", "emoji": emoji} for emoji in old],
            "new_reaction": [{"type": "emoji", "emoji": emoji} for emoji in emojis],
        }
        self.world.updates.publish("message_reaction", change)

    async def block(self) -> None:
        self.world.change_membership(self.private_chat, self.user, "kicked")

    async def unblock(self) -> None:
        self.world.change_membership(self.private_chat, self.user, "member")

    def _enter(self, chat: Chat | None) -> Chat:
        chat = chat or self.private_chat
        assert chat.migrated_to is None, "nobody writes into a group that has moved"
        if chat.is_group:
            assert self.id in chat.members, f"{self.user.first_name} is not in {chat.title}"
        else:
            assert chat.bot_status != "kicked", "nobody writes to a bot that they have blocked"
            chat.started = True
        return chat


def _topic_start(chat: Chat, topic: int | None) -> Message | None:
    """In a topic, messages that reply to nothing are shown to bots as replies to its first."""
    if topic is None:
        return None
    assert topic in chat.topics, f"no topic {topic} in {chat.title}"
    return chat.topics[topic]


@dataclass(eq=False, repr=False)
class Group(Chat):
    """A chat of several people, with the bot in it."""

    world: World = field(kw_only=True)

    @property
    def _anyone(self) -> User:
        return next(iter(self.members.values()))

    def add_topic(self, name: str, by: Person | None = None) -> int:
        """The new topic's message_thread_id."""
        assert self.is_forum, "the group has no topics"
        made = {"name": name, "icon_color": 7322096}
        author = by.user if by else self._anyone
        message = self.world.post(self, author, service={"forum_topic_created": made})
        message.topic = message.id
        self.topics[message.id] = message
        return message.id

    def close_topic(self, topic: int) -> None:
        self.closed_topics.add(topic)

    def add_member(self, person: Person) -> None:
        self.members[person.id] = person.user
        joined = {"new_chat_members": [person.user.view()]}
        self.world.post(self, person.user, service=joined)

    def promote_bot(self) -> None:
        self.world.change_membership(self, self._anyone, "administrator")

    def kick_bot(self) -> None:
        self.world.change_membership(self, self._anyone, "kicked")

    def migrate(self) -> "Group":
        """The supergroup that this group becomes; its messages stay behind."""
        moved = Group(
            id=-(1_000_000_000_000 + abs(self.id)),
            kind="supergroup",
            title=self.title,
            members=dict(self.members),
            world=self.world,
        )
        self.world.chats[moved.id] = moved
        self.world.post(self, self._anyone, service={"migrate_to_chat_id": moved.id})
        self.migrated_to = moved
        self.world.post(moved, self._anyone, service={"migrate_from_chat_id": self.id})
        return moved
