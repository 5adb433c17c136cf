"""Who asks, and what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.nouns.access import NOTHING, Scope
from bot.nouns.answering import Answer


@dataclass(frozen=True, slots=True)
class Asker:
    """A person on a platform."""

    platform: str
    id: str
    name: str = ""
    language: str = ""

    @property
    def key(self) -> str:
        """Unique over all platforms: `telegram:123`, `slack:T1/U1`."""
        return f"{self.platform}:{self.id}"

    @property
    def workspace(self) -> str:
        """`T1` of `slack:T1/U1`; "" where there are none."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation on a platform; a thread or topic is a conversation of its own. `shared`:
    people of other workspaces read there too."""

    platform: str
    id: str
    workspace: str = ""
    thread: str = ""
    private: bool = True
    shared: bool = False

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.workspace}/{self.id}/{self.thread}"

    @property
    def room(self) -> str:
        """Without the thread, as settings name it: `telegram:-1001234`, `slack:T1/C1`. Numbers of
        messages are unique in it."""
        return f"{self.platform}:{'/'.join(filter(None, (self.workspace, self.id)))}"


def read_chat_key(key: str) -> Chat:
    """The chat of that key, which does not tell whether it is private."""
    platform, _, rest = key.partition(":")
    workspace, id_, thread = rest.split("/", 2)
    return Chat(platform, id_, workspace, thread, private=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What was written into a chat unasked: where it went, and the numbers of its messages."""

    chat: Chat
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. `size` is in bytes, as the platform says; `fetch` brings
    the content from there and raises PlatformError."""

    name: str
    size: int
    fetch: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Message:
    """What an adapter hands to the desk; mention and command suffix are already stripped.

    `event_id` is the same whenever the same thing said is delivered. `quoted` is the text of
    another's message that this one replies to; `replaces` is the event id of the message that it
    corrects. `reply_to` is the platform's number of the message that it replies to, or of the one
    that its thread began with; `markdown` is the text with its looks, for who passes it on.
    """

    event_id: str
    text: str
    asker: Asker
    chat: Chat
    time: datetime
    quoted: str = ""
    replaces: str = ""
    reply_to: str = ""
    markdown: str = ""
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that some process accepted and left unanswered. `envelope` is what the platform
    delivered; `sent` are the numbers of the platform's messages that show something of the answer
    already, and `sought` tells that the platform was asked and there are no others; `answer` is the
    one that was being delivered, if it had come that far; after the `last` time nobody tries
    again."""

    event_id: str
    platform: str
    envelope: Mapping[str, Any]
    sent: tuple[str, ...] = ()
    answer: Answer | None = None
    sought: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine answers: the text as asked and the turns before it, oldest first. `language`
    is set where the asker chose one, else the answer is in that of the question. `scope` is what
    those who read the answer may see."""

    text: str
    turns: Sequence[Turn] = ()
    language: str = ""
    scope: Scope = NOTHING
