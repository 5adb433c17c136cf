"""Users, messages and chats as they stand, and how tests look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.peers.telegram.clock import Changes, Clock
from tests.peers.telegram.entities import cut_units
from tests.peers.telegram.refusal import JSON

WAIT = 5.0  # seconds that a test waits for the bot by default
DRAFT_SECONDS = 30  # that a draft is shown without a new one

Found = TypeVar("Found")


@dataclass(slots=True, eq=False)
class User:
    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language: str = ""
    is_bot: bool = False

    def view(self) -> JSON:
        view: JSON = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language,
        }
        return view | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True, slots=True)
class Document:
    file_id: str
    name: str
    mime_type: str
    content: bytes = field(repr=False)
    path: str = ""
    size: int = 0  # told to the bot; may differ from what is there

    def view(self) -> JSON:
        return {
            "file_id": self.file_id,
            "file_unique_id": f"u{self.file_id}",
            "file_name": self.name,
            "mime_type": self.mime_type,
            "file_size": self.size,
        }


@dataclass(frozen=True, slots=True)
class Version:
    """A message's text and buttons as they were from `at` on."""

    at: float
    text: str
    labels: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Message:
    """`text` of a document is its caption. `entities` include those that Telegram found itself."""

    chat: Chat = field(repr=False)
    id: int
    sender: User
    date: int
    text: str = ""
    entities: tuple[JSON, ...] = ()
    topic: int | None = None
    reply_to: Message | None = field(default=None, repr=False)
    quote: str = ""
    document: Document | None = None
    keyboard: JSON | None = None
    link_preview: JSON | None = None
    service: JSON = field(default_factory=dict)
    edited: int | None = None
    deleted: bool = False
    versions: list[Version] = field(default_factory=list)
    reactions: dict[int, list[str]] = field(default_factory=dict)

    @property
    def by_bot(self) -> bool:
        return self.sender.is_bot

    @property
    def buttons(self) -> list[list[JSON]]:
        rows: list[list[JSON]] = (self.keyboard or {}).get("inline_keyboard", [])
        return rows

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(button["text"] for row in self.buttons for button in row)

    def marked(self, kind: str) -> list[str]:
        """The pieces of text under entities of this type."""
        return [
            cut_units(self.text, one["offset"], one["length"])
            for one in self.entities
            if one["type"] == kind
        ]

    def keep_version(self, at: float) -> None:
        self.versions.append(Version(at, self.text, self.labels))


@dataclass(slots=True, eq=False)
class Draft:
    """A message that grows: `texts` in their order, with the time of each. It goes when the bot
    sends a message or nothing comes for 30 seconds."""

    id: int
    topic: int | None
    clock: Clock
    texts: list[tuple[float, str]] = field(default_factory=list)
    entities: tuple[JSON, ...] = ()
    can_stop: bool = False
    keep_on_stop: bool = False
    stopped: bool = False
    gone: bool = False

    @property
    def is_shown(self) -> bool:
        return not self.gone and self.clock.now - self.texts[-1][0] < DRAFT_SECONDS

    @property
    def text(self) -> str:
        return self.texts[-1][1]


@dataclass(eq=False, repr=False)
class Chat:
    """`messages` are those that a member sees; `everything` has the deleted ones too."""

    id: int
    kind: str  # private, group, supergroup
    title: str = ""
    person: User | None = None
    members: dict[int, User] = field(default_factory=dict)
    is_forum: bool = False
    topics: dict[int, Message] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    bot_status: str = "member"  # administrator, left, kicked; in a private chat: kicked is blocked
    started: bool = True
    migrated_to: Chat | None = None
    everything: list[Message] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    actions: list[tuple[float, str, int | None]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    last_id: int = 0
    _seen: int = 0

    @property
    def is_group(self) -> bool:
        return self.kind != "private"

    def is_owner(self, user_id: int) -> bool:
        """The first member made the group."""
        return self.is_group and user_id == next(iter(self.members), None)

    @property
    def messages(self) -> list[Message]:
        return [message for message in self.everything if not message.deleted]

    @property
    def answers(self) -> list[Message]:
        """What the bot wrote, without what it deleted."""
        return [message for message in self.messages if message.by_bot and not message.service]

    @property
    def draft(self) -> Draft | None:
        """What the bot is writing at the moment."""
        return next((draft for draft in reversed(self.drafts) if draft.is_shown), None)

    def find(self, message_id: int) -> Message | None:
        return next((one for one in self.messages if one.id == message_id), None)

    async def next_message(self, seconds: float = WAIT) -> Message:
        """The bot's first message that no earlier call has returned, as it is at that moment:
        it may be edited later."""

        def look() -> Message | None:
            sent = [one for one in self.everything if one.by_bot and not one.service]
            return sent[self._seen] if len(sent) > self._seen else None

        message = await self._wait(look, "a message of the bot", seconds)
        self._seen += 1
        return message

    async def wait_until(
        self, holds: Callable[[Sequence[Message]], Found], seconds: float = WAIT
    ) -> Found:
        """Waits until `holds` finds something in the messages, and returns that."""
        return await self._wait(lambda: holds(self.messages), "what the test waits for", seconds)

    async def wait_for_text(self, text: str, seconds: float = WAIT) -> Message:
        """The bot's latest message with this text in it."""

        def look() -> Message | None:
            return next((one for one in reversed(self.answers) if text in one.text), None)

        return await self._wait(look, f"“{text}”", seconds)

    async def wait_for_draft(self, text: str = "", seconds: float = WAIT) -> Draft:
        """The draft being shown, as soon as this text is in it."""

        def look() -> Draft | None:
            return self.draft if self.draft and text in self.draft.text else None

        return await self._wait(look, f"a draft with “{text}”", seconds)

    async def _wait(self, look: Callable[[], Found | None], what: str, seconds: float) -> Found:
        from tests.peers.telegram.transcript import describe

        try:
            found = await self.changes.wait_for(look, seconds)
        except TimeoutError:
            shown = describe(self) or "(nothing)"
            raise AssertionError(f"No sign of {what} in {seconds} s. The chat:\n{shown}") from None
        assert found is not None
        return found

    def view(self) -> JSON:
        if self.person is not None:
            person = self.person.view()
            names = ("id", "first_name", "last_name", "username")
            return {name: person[name] for name in names if name in person} | {"type": "private"}
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": self.kind, "title": self.title} | forum


def view_message(message: Message, *, nested: bool = True) -> JSON:
    """As the Bot API shows it. A message that is replied to does not show what it replied to."""
    view: JSON = {
        "message_id": message.id,
        "date": message.date,
        "chat": message.chat.view(),
        "from": message.sender.view(),
    } | message.service
    if message.topic is not None:
        view |= {"message_thread_id": message.topic, "is_topic_message": True}
    if message.reply_to is not None and nested:
        view["reply_to_message"] = view_message(message.reply_to, nested=False)
    if message.quote and nested:
        view["quote"] = {"text": message.quote, "position": 0, "is_manual": True}
    text, entities = "text", "entities"
    if message.document is not None:
        view["document"] = message.document.view()
        text, entities = "caption", "caption_entities"
    if message.text:
        view[text] = message.text
    if message.entities:
        view[entities] = list(message.entities)
    optional = {
        "edit_date": message.edited,
        "reply_markup": message.keyboard,
        "link_preview_options": message.link_preview,
    }
    return view | {name: value for name, value in optional.items() if value}
