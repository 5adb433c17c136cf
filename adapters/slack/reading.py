"""What Slack sends, as messages for the desk, and which of it is for the bot:

- slash commands, buttons, the message shortcut, the stop button: always;
- direct messages: always, each file that is shared there as a message of its own;
- in channels: whoever mentions the bot. A thread is a conversation; whether a message in one goes
  on with it without a mention is decided by `adapters.slack.threads`;
- edits: where they are for a person who is asked instead of the bot; of questions never;
- bots, joins and the like: never.

Slack tells of one message under several event ids, as `app_mention` and as `message`, and again
when it doubts that it arrived; team, channel and time stamp are what tells messages apart.
"""

import html
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from adapters.slack.buttons import RATE, SHARE, unpack
from adapters.slack.commands import read_alone, read_words
from adapters.slack.marking import to_markdown
from bot.nouns import Asker, Attachment, Chat, Message

PLATFORM = "slack"

Body = Mapping[str, Any]
Fetch = Callable[[str], Awaitable[bytes]]

_MARKUP = re.compile(r"<([@#!]?)([^|>]+)(?:\|([^>]*))?>")
_MENTION = re.compile(r"<@([A-Z0-9]+)")
_PLAIN = frozenset({None, "file_share", "thread_broadcast", "me_message"})  # what people write


class Way(StrEnum):
    """How an answer goes back."""

    THREAD = "thread"  # for all who read there, growing, under the question
    WHISPER = "whisper"  # for the asker alone, by a response URL
    PUBLIC = "public"  # the question is posted first, then as in a thread
    REPLACE = "replace"  # in the place of what the pressed button was under
    SHARE = "share"  # an answer that was whispered, for all
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, the thread in it, who is answered there."""

    team: str
    channel: str
    thread: str
    user: str
    shared: bool = False  # with people of other workspaces

    @property
    def direct(self) -> bool:
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Said:
    """A message for the desk. `url` is the response URL where there is one; `number` the time
    stamp of the message that a pressed button is under, "" where it was for one person only.
    `waits`: something stands there already that the answer replaces. `question` is what a shared
    answer is to; `joins` whether the bot is called into a thread that it does not know; `posted`
    the time stamp of the question where the bot has posted it for all."""

    message: Message
    place: Place
    way: Way
    url: str = ""
    number: str = ""
    waits: bool = False
    question: str = ""
    joins: bool = False
    posted: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody wrote; `mentions` are the people it names, the bot among them."""

    saids: tuple[Said, ...]
    place: Place
    ts: str
    mentions: frozenset[str]
    in_thread: bool
    edited: bool = False

    @property
    def id(self) -> str:
        return f"{PLATFORM}:{self.place.team}/{self.place.channel}/{self.ts}"


def read_event(body: Body, fetch: Fetch) -> Spoken | None:
    """A message that a person wrote or edited, wherever; None for all other events."""
    event = body["event"]
    if event.get("subtype") == "message_changed":
        return _read_edit(body, fetch)
    kind = event.get("type")
    if kind not in ("message", "app_mention") or event.get("subtype") not in _PLAIN:
        return None
    if event.get("bot_id") or not event.get("user"):
        return None
    ts, thread, text = event["ts"], event.get("thread_ts", ""), event.get("text", "")
    shared = bool(body.get("is_ext_shared_channel"))
    place = Place(body["team_id"], event["channel"], thread or ts, event["user"], shared)
    spoken = Spoken((), place, ts, frozenset(_MENTION.findall(text)), bool(thread))
    files = list(event.get("files") or ()) if place.direct else []
    messages = _read_files(spoken, files, fetch) if files else [_read_words(spoken, text)]
    return replace(spoken, saids=tuple(Said(one, place, Way.THREAD) for one in messages))


def _read_edit(body: Body, fetch: Fetch) -> Spoken | None:
    """The words as they are now. Slack also tells of messages as changed whose words are not."""
    event = body["event"]
    now, before = event["message"], event.get("previous_message") or {}
    if now.get("text") == before.get("text"):
        return None
    written = {**now, "channel": event["channel"], "files": ()}
    spoken = read_event({**body, "event": written}, fetch)
    if spoken is None:
        return None
    moment = str(event["event_ts"])
    (said,) = spoken.saids
    message = replace(
        said.message,
        event_id=f"{spoken.id}@{moment}",
        replaces=spoken.id,
        time=datetime.fromtimestamp(float(moment), UTC),
    )
    return replace(spoken, saids=(replace(said, message=message),), edited=True)


def read_command(body: Body) -> Said:
    """`/ask` and `/reindex`, each with what stands behind it."""
    text, public = read_words(body["command"], unescape(body.get("text", "")))
    place = Place(body["team_id"], body["channel_id"], "", body["user_id"])
    name = body.get("user_name", "")
    message = _whisper(f"command/{body['trigger_id']}", text, place, name)
    way = Way.PUBLIC if public else Way.WHISPER
    return Said(message, place, way, body.get("response_url", ""))


def read_press(body: Body) -> Said | None:
    """A pressed button; None for one that is no longer known."""
    action, container = body["actions"][0], body.get("container", {})
    if not action.get("value"):
        return None
    pressed = unpack(str(action["value"]))
    channel = body.get("channel", {}).get("id") or container.get("channel_id", "")
    ts, hidden = str(container.get("message_ts", "")), bool(container.get("is_ephemeral"))
    thread = str(container.get("thread_ts", ""))
    place = Place(body["team"]["id"], channel, thread, body["user"]["id"])
    name = body["user"].get("name", "")
    message = _whisper(f"press/{body['trigger_id']}", pressed.command, place, name)
    message = replace(message, chat=_make_chat(place, pressed.thread))
    if action["action_id"] == SHARE:
        way = Way.SHARE
    elif pressed.in_place and not hidden:
        way = Way.REPLACE
    else:  # in a direct chat what was asked for by a button stays, as the answer does
        stays = place.direct and not hidden and action["action_id"] != RATE
        way = Way.THREAD if stays else Way.WHISPER
    number = "" if hidden else ts
    url, waits = body.get("response_url", ""), hidden and pressed.in_place
    return Said(message, place, way, url, number, waits, pressed.question)


def read_shortcut(body: Body) -> Said:
    """The shortcut on a message, whose text is the question."""
    place = Place(body["team"]["id"], body["channel"]["id"], "", body["user"]["id"])
    message = _whisper(f"shortcut/{body['trigger_id']}", "/ask", place)
    message = replace(message, quoted=unescape(body["message"].get("text", "")))
    return Said(message, place, Way.WHISPER, body.get("response_url", ""))


def read_stop(body: Body) -> Said:
    """The stop button of a message that is being written."""
    event = body["event"]
    place = Place(body["team_id"], event["channel"], event.get("thread_ts", ""), event["user"])
    message = _whisper(f"stop/{body['event_id']}", "/stop", place)
    chat = _make_chat(place, "" if place.direct else place.thread)
    return Said(replace(message, chat=chat), place, Way.SILENT)


def unescape(text: str) -> str:
    """What a person typed, without Slack's markup: names of people and channels stay as they are
    shown, links as their address."""

    def show(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return f"@{label}" if label else ""
        if kind == "#":
            return f"#{label or target}"
        return label or target if kind == "!" else target

    return html.unescape(_MARKUP.sub(show, text)).strip(" \n\t,:，：")


def _read_words(spoken: Spoken, text: str) -> Message:
    """A direct chat is one conversation, in threads or not; elsewhere each thread is one."""
    place = spoken.place
    return Message(
        event_id=spoken.id,
        text=read_alone(unescape(text)),
        asker=_make_asker(place),
        chat=_make_chat(place, "" if place.direct else place.thread),
        time=datetime.fromtimestamp(float(spoken.ts), UTC),
        reply_to=place.thread if spoken.in_thread else "",
        markdown=to_markdown(text),
    )


def _read_files(spoken: Spoken, files: list[Body], fetch: Fetch) -> Iterator[Message]:
    message = _read_words(spoken, "")
    for number, file in enumerate(files):
        event_id = f"{spoken.id}#{number}" if number else spoken.id
        yield replace(message, event_id=event_id, attachment=_read_file(file, fetch))


def _read_file(file: Body, fetch: Fetch) -> Attachment:
    url = str(file.get("url_private_download") or file.get("url_private") or "")

    async def bring() -> bytes:
        return await fetch(url)

    return Attachment(str(file.get("name") or ""), int(file.get("size") or 0), bring)


def _whisper(event_id: str, text: str, place: Place, name: str = "") -> Message:
    """What only its asker sees answered is a conversation of its own, except in direct messages,
    which nobody else sees anyway."""
    event_id = f"{PLATFORM}:{event_id}"
    chat = _make_chat(place, "" if place.direct else f"@{place.user}")
    return Message(event_id, text, _make_asker(place, name), chat, datetime.now(UTC))


def _make_asker(place: Place, name: str = "") -> Asker:
    return Asker(PLATFORM, f"{place.team}/{place.user}", name)


def _make_chat(place: Place, thread: str) -> Chat:
    return Chat(PLATFORM, place.channel, place.team, thread, place.direct, place.shared)
