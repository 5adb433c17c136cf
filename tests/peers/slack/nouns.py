"""What lies in a Slack workspace: channels, messages, streams, files, views."""

from dataclasses import dataclass, field
from typing import Any

from tests.peers.slack.content import read_blocks, read_chunks
from tests.peers.slack.news import PATIENCE, News

JSON = dict[str, Any]
SIDES = ("positive_button", "negative_button")


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said before it was edited."""

    text: str
    blocks: list[JSON]
    at: float


@dataclass(slots=True)
class Stream:
    """How a streamed message came: one list of chunks for each request."""

    recipient: str | None
    started: float
    mode: str | None = None  # "markdown_text" or "chunks", by the first that came
    requests: list[list[JSON]] = field(default_factory=list)
    stopped: float | None = None
    stopped_by_user: bool = False

    @property
    def words(self) -> str:
        return read_chunks([chunk for chunks in self.requests for chunk in chunks])


@dataclass(frozen=True, slots=True)
class Status:
    """What an app said it was doing in a thread; empty text clears it."""

    text: str
    loading_messages: tuple[str, ...]
    thread_ts: str
    at: float


@dataclass(frozen=True, slots=True)
class Prompts:
    title: str | None
    thread_ts: str | None
    prompts: tuple[tuple[str, str], ...]  # title, message


@dataclass(eq=False, slots=True)
class File:
    id: str
    name: str
    content: bytes
    owner: str
    mimetype: str
    address: str
    created: int


@dataclass(eq=False, slots=True)
class Message:
    """One message as it stands now; `versions` is what it said before.

    `to` is the only user who sees it, if it is ephemeral."""

    channel: "Channel"
    ts: str
    author: str
    by_bot: bool
    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    to: str | None = None
    subtype: str | None = None
    files: list[File] = field(default_factory=list)
    stream: Stream | None = None
    versions: list[Version] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    metadata: JSON | None = None
    deleted: bool = False

    @property
    def content(self) -> str:
        """All that a reader sees: blocks stand for the text, a stream goes before them."""
        streamed = self.stream.words if self.stream else ""
        if self.stream and not self.text:
            return "\n".join(filter(None, (streamed, read_blocks(self.blocks))))
        return read_blocks(self.blocks) or self.text

    @property
    def finished(self) -> bool:
        """Not, or no longer, streaming."""
        return self.stream is None or self.stream.stopped is not None

    async def settled(self, patience: float = PATIENCE) -> "Message":
        """Itself, once it no longer streams."""
        news = self.channel.news
        await news.wait_until(lambda: self.finished, patience, f"the stream {self.ts} to stop")
        return self

    @property
    def action_ids(self) -> list[str]:
        return [element["action_id"] for _, element in self.iterate_elements()]

    def list_presses(self) -> list[tuple[JSON, JSON, str | None]]:
        """All that can be pressed, in order: block, element, value; feedback has two sides."""
        presses: list[tuple[JSON, JSON, str | None]] = []
        for block, element in self.iterate_elements():
            sides = [element[key] for key in SIDES if key in element]
            values = [side["value"] for side in sides]
            values += [option["value"] for option in element.get("options", ())]
            presses += [(block, element, value) for value in values or [None]]
        return presses

    def iterate_elements(self) -> list[tuple[JSON, JSON]]:
        """Everything that can be pressed, each with its block."""
        return [
            (block, element)
            for block in self.blocks
            for element in [*block.get("elements", ()), block.get("accessory")]
            if isinstance(element, dict) and "action_id" in element
        ]


@dataclass(eq=False, slots=True)
class Channel:
    """`kind` is "channel" (public), "group" (private), "im" or "mpim"."""

    id: str
    name: str
    kind: str
    news: News
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: list[Message] = field(default_factory=list)
    ephemerals: list[Message] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    prompts: list[Prompts] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    async def next_message(self, patience: float = PATIENCE) -> Message:
        """The app's oldest message here that this method has not given yet. It may still stream:
        see `Message.settled`."""

        def find() -> Message | None:
            return next((message for message in self.by_bot if message.ts not in self._seen), None)

        message = await self.news.wait_until(find, patience, f"a message in {self.name}")
        self._seen.add(message.ts)
        return message

    @property
    def by_bot(self) -> list[Message]:
        """What the app said here, oldest first; deleted messages are not among them."""
        return [message for message in self.messages if message.by_bot and not message.deleted]

    def status_in(self, thread_ts: str | None) -> Status | None:
        """What the app is said to be doing in a thread now."""
        last = [status for status in self.statuses if status.thread_ts == thread_ts][-1:]
        return last[0] if last and last[0].text else None

    def thread(self, parent: Message | str) -> list[Message]:
        """The replies under a message."""
        ts = parent if isinstance(parent, str) else parent.ts
        return [
            message for message in self.messages if message.thread_ts == ts and not message.deleted
        ]


@dataclass(frozen=True, slots=True)
class View:
    """A home tab or a modal as published."""

    id: str
    body: JSON

    @property
    def content(self) -> str:
        return read_blocks(self.body["blocks"])
