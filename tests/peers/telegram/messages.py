"""Users, messages, drafts and documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.peers.telegram.clock import Clock
from tests.peers.telegram.entities import cut_units
from tests.peers.telegram.refusal import JSON

if TYPE_CHECKING:
    from tests.peers.telegram.chats import Chat

DRAFT_SECONDS = 30  # that a draft is shown without a new one


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
    media: JSON = field(default_factory=dict)  # a photo, a voice
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

    @property
    def shows_preview(self) -> bool:
        """Whether Telegram shows the page of a link below: its servers fetch it."""
        links = self.marked("url") + self.marked("text_link")
        shown = not (self.link_preview or {}).get("is_disabled", False)
        return bool(links) and shown and self.document is None

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
    after_stop: int = 0  # drafts that came after the person had stopped them

    @property
    def is_shown(self) -> bool:
        return not self.gone and self.clock.now - self.texts[-1][0] < DRAFT_SECONDS

    @property
    def text(self) -> str:
        return self.texts[-1][1]


def view_message(message: Message, *, nested: bool = True) -> JSON:
    """As the Bot API shows it. A message that is replied to does not show what it replied to."""
    view: JSON = {
        "message_id": message.id,
        "date": message.date,
        "chat": message.chat.view(),
        "from": message.sender.view(),
    }
    view |= message.service | message.media
    if message.topic is not None:
        view |= {"message_thread_id": message.topic, "is_topic_message": True}
    if message.reply_to is not None and nested:
        view["reply_to_message"] = view_message(message.reply_to, nested=False)
    if message.quote and nested:
        view["quote"] = {"text": message.quote, "position": 0, "is_manual": True}
    text, entities = "text", "entities"
    if message.document is not None:
        view["document"] = message.document.view()
    if message.document is not None or message.media:
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
