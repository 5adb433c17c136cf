"""Who asks, and what."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation on a platform; a thread or topic is a conversation of its own."""

    platform: str
    id: str
    workspace: str = ""
    thread: str = ""
    private: bool = True

    @property
    def key(self) -> str:
        return f"{self.platform}:{self.workspace}/{self.id}/{self.thread}"


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
    corrects.
    """

    event_id: str
    text: str
    asker: Asker
    chat: Chat
    time: datetime
    quoted: str = ""
    replaces: str = ""
    attachment: Attachment | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that some process accepted and left unanswered. `envelope` is what the platform
    delivered; `sent` are the numbers of the platform's messages that show something of the answer
    already, and `sought` tells that the platform was asked and there are no others; `answer` is the
    one that was being delivered, if it had come that far."""

    event_id: str
    platform: str
    envelope: Mapping[str, Any]
    sent: tuple[str, ...] = ()
    answer: Answer | None = None
    sought: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the engine answers: the text as asked and the turns before it, oldest first. `language`
    is set where the asker chose one, else the answer is in that of the question."""

    text: str
    turns: Sequence[Turn] = ()
    language: str = ""
