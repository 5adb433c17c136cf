"""The state of one workspace with one app in it, and what the peer has noticed about the app."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.peers.slack import content
from tests.peers.slack.clock import Clock
from tests.peers.slack.faults import Refusal, Violation
from tests.peers.slack.news import News
from tests.peers.slack.nouns import Channel, File, Message, Status, Version, View

JSON = dict[str, Any]
TEAM = "T0000PEER01"
APP = "A0000PEER01"
BOT_USER = "U0000000BOT"
BOT = "B0000PEER01"
SUBSCRIPTIONS = frozenset(
    {
        "agent_session_stopped",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "file_shared",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    }
)
MESSAGE_EVENTS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


@dataclass(frozen=True, slots=True)
class Ping:
    """Somebody called by the app's text: `text` is the mark that calls."""

    text: str
    message: Message


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    message: Message


@dataclass(eq=False, slots=True)
class Member:
    """A human, or the app's bot user."""

    id: str
    name: str
    locale: str = "en-US"
    is_bot: bool = False
    timezone: str = "Europe/Amsterdam"


@dataclass
class Workspace:
    """`publish` sends an event to the app if it has subscribed to its kind."""

    clock: Clock
    news: News
    bot_name: str = "Openbook"
    subscriptions: frozenset[str] = SUBSCRIPTIONS
    publish: Callable[[str, JSON], None] = field(kw_only=True)
    installed: bool = True
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    modals: dict[str, View] = field(default_factory=dict)  # by user
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)  # user, time
    violations: list[Violation] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    url: str = ""  # the peer's own

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.members[BOT_USER] = Member(BOT_USER, self.bot_name, is_bot=True)

    def make_id(self, letter: str) -> str:
        return f"{letter}{next(self._numbers):010d}"

    def make_ts(self) -> str:
        return f"{int(self.clock.now())}.{next(self._numbers):06d}"

    def breach(self, method: str, code: str, detail: str) -> None:
        """Notes what Slack would have let pass."""
        self.violations.append(Violation(method, code, detail))

    def issue_trigger(self, user: str) -> str:
        trigger = f"{next(self._numbers)}.{TEAM}"
        self.triggers[trigger] = (user, self.clock.now())
        return trigger

    def find_channel(self, channel_id: str) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None or (channel.kind != "channel" and BOT_USER not in channel.members):
            raise Refusal("channel_not_found", channel_id, breach=False)
        return channel

    def find_own_channel(self, channel_id: str) -> Channel:
        """Where the app may write."""
        channel = self.find_channel(channel_id)
        if channel.archived:
            raise Refusal("is_archived", channel.name, breach=False)
        if BOT_USER not in channel.members:
            raise Refusal("not_in_channel", channel.name, breach=False)
        return channel

    def find_message(self, channel: Channel, ts: str) -> Message:
        for message in reversed(channel.messages):
            if message.ts == ts and not message.deleted:
                return message
        raise Refusal("message_not_found", ts, breach=False)

    def find_member(self, user_id: str) -> Member:
        if user_id not in self.members:
            raise Refusal("user_not_found", user_id)
        return self.members[user_id]

    def find_direct(self, user_id: str) -> Channel:
        """The direct messages between a user and the app."""
        for channel in self.channels.values():
            if channel.kind == "im" and user_id in channel.members:
                return channel
        channel = Channel(self.make_id("D"), "directmessage", "im", self.news)
        channel.members |= {user_id, BOT_USER}
        self.channels[channel.id] = channel
        return channel

    def add(self, message: Message) -> Message:
        """Puts a message where it is seen. A message of the app ends its status in the thread."""
        channel = message.channel
        (channel.ephemerals if message.to else channel.messages).append(message)
        if message.by_bot:
            self.examine(message)
            if status := channel.status_in(message.thread_ts):
                channel.statuses.append(Status("", (), status.thread_ts, self.clock.now()))
        self.news.tell("message", message)
        return message

    def edit(self, message: Message, text: str, blocks: list[JSON]) -> None:
        before = message.text or (message.stream.words if message.stream else "")
        message.versions.append(Version(before, message.blocks, self.clock.now()))
        message.text, message.blocks = text, blocks
        self.examine(message)
        self.news.tell("edit", message)

    def examine(self, message: Message, *, link_names: bool = False) -> None:
        """Notes new pings and links in a message of the app."""
        spans = list(_iterate_formatted(message))
        pinged = {ping.text for ping in self.pings if ping.message is message}
        linked = {link.url for link in self.links if link.message is message}
        for text in content.find_pings(spans, link_names=link_names):
            if text not in pinged:
                self.pings.append(Ping(text, message))
        for url in content.find_links(spans, message.blocks):
            if url not in linked:
                self.links.append(Link(url, message))
                linked.add(url)


def _iterate_formatted(message: Message) -> Iterator[content.Span]:
    yield content.Span("mrkdwn", message.text)
    if message.stream:
        yield content.Span("markdown", message.stream.words)
        for chunks in message.stream.requests:
            yield from content.iterate_spans(chunks)
    yield from content.iterate_spans(message.blocks)
