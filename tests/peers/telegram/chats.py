"""Chats as they stand, and how tests look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.peers.telegram.clock import Changes
from tests.peers.telegram.messages import Draft, Message, User
from tests.peers.telegram.refusal import JSON

WAIT = 5.0  # seconds that a test waits for the bot by default

Found = TypeVar("Found")


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
