"""What Slack sends, as messages for the desk, and which of it is for the bot:

- slash commands, buttons, the message shortcut, the stop button: always;
- direct messages: always;
- in channels: whoever mentions the bot. A thread is a conversation; whether a message in one goes
  on with it without a mention is decided by `adapters.slack.threads`;
- bots, edits, joins and the like: never.

Slack tells of one message under several event ids, as `app_mention` and as `message`, and again
when it doubts that it arrived; team, channel and time stamp are what tells messages apart.
"""

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.nouns import Asker, Attachment, Chat, Message
from bot.presenting import unpack_button

PLATFORM = "slack"
SHARE = "share"  # the action of the button that shows an answer to all

Body = Mapping[str, Any]
Fetch = Callable[[str], Awaitable[bytes]]

# What behind /ask is a command, alone or with an argument; all else is a question.
_ALONE = frozenset({"help", "sources", "why", "new", "stop", "language", "whoami", "status"})
_WITH_ARGUMENT = re.compile(r"search\s+\S.*|language\s+\S+", re.DOTALL)

_MARKUP = re.compile(r"<([@#!]?)([^|>]+)(?:\|([^>]*))?>")
_PLAIN = frozenset({None, "file_share", "thread_broadcast"})  # subtypes of what people write


class Way(StrEnum):
    """How an answer goes back."""

    THREAD = "thread"  # for all, growing, under the question
    DIRECT = "direct"  # the same, in direct messages
    WHISPER = "whisper"  # for the asker alone, by a response URL
    PUBLIC = "public"  # the question is posted first, then as in a thread
    PRESS = "press"  # of a button: whispered, or in the place of what it was under
    SHARE = "share"  # an answer that was whispered, for all
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, the thread in it, who is answered there."""

    team: str
    channel: str
    thread: str
    user: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message for the desk. `url` is the response URL where there is one; `number` the time
    stamp of the message that a pressed button is under, "" where it was for one person only."""

    message: Message
    place: Place
    way: Way
    url: str = ""
    number: str = ""
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody wrote in a channel; `mentions` are the people it names, the bot among them."""

    said: Said
    mentions: frozenset[str]
    in_thread: bool


def read_event(body: Body, fetch: Fetch) -> Spoken | None:
    """A message that a person wrote, wherever; None for all other events."""
    event = body["event"]
    kind = event.get("type")
    if kind not in ("message", "app_mention") or event.get("subtype") not in _PLAIN:
        return None
    if event.get("bot_id") or not event.get("user"):
        return None
    team, channel, ts = body["team_id"], event["channel"], event["ts"]
    thread = event.get("thread_ts", "")
    direct = event.get("channel_type") == "im" or channel.startswith("D")
    text = event.get("text", "")
    message = Message(
        event_id=f"{PLATFORM}:{team}/{channel}/{ts}",
        text=unescape(text),
        asker=Asker(PLATFORM, f"{team}/{event['user']}"),
        # A direct chat is one conversation, in threads or not.
        chat=Chat(PLATFORM, channel, team, "" if direct else thread or ts, direct),
        time=datetime.fromtimestamp(float(ts), UTC),
        attachment=_read_file(event, fetch) if direct else None,
    )
    place = Place(team, channel, thread or ts, event["user"])
    said = Said(message, place, Way.DIRECT if direct else Way.THREAD)
    return Spoken(said, frozenset(re.findall(r"<@([A-Z0-9]+)", text)), bool(thread))


def read_command(body: Body) -> Said:
    """`/ask` and `/reindex`, each with what stands behind it."""
    team, channel, user = body["team_id"], body["channel_id"], body["user_id"]
    text, way = unescape(body.get("text", "")).strip(), Way.WHISPER
    if body["command"] == "/ask":
        head, _, rest = text.partition(" ")
        if head == "public" and rest.strip():
            text, way = rest.strip(), Way.PUBLIC
        elif text in _ALONE or _WITH_ARGUMENT.fullmatch(text):
            text = f"/{text}"
        text = text or "/help"
    else:
        text = f"{body['command']} {text}".strip()
    place = Place(team, channel, "", user)
    event_id = f"{PLATFORM}:command/{body['trigger_id']}"
    return Said(_whispered(event_id, text, place), place, way, body.get("response_url", ""))


def read_press(body: Body) -> Said | None:
    """A pressed button."""
    action = body["actions"][0]
    data = str(action.get("value", ""))
    if not data:
        return None
    command, in_place = unpack_button(data)
    container = body.get("container", {})
    channel = body.get("channel", {}).get("id") or container.get("channel_id", "")
    user, team = body["user"]["id"], body["team"]["id"]
    hidden = bool(container.get("is_ephemeral"))
    ts = str(container.get("message_ts", ""))
    thread = str(container.get("thread_ts", ""))
    place = Place(team, channel, thread, user)
    message = _whispered(f"{PLATFORM}:press/{body['trigger_id']}", command, place)
    if not hidden:
        direct = channel.startswith("D")
        chat = Chat(PLATFORM, channel, team, "" if direct else thread or ts, direct)
        message = replace(message, chat=chat)
    way = Way.SHARE if action["action_id"] == SHARE else Way.PRESS
    return Said(message, place, way, body.get("response_url", ""), "" if hidden else ts, in_place)


def read_shortcut(body: Body) -> Said:
    """The shortcut on a message, whose text is the question."""
    place = Place(body["team"]["id"], body["channel"]["id"], "", body["user"]["id"])
    text = unescape(body["message"].get("text", "")) or "/help"
    event_id = f"{PLATFORM}:shortcut/{body['trigger_id']}"
    message = _whispered(event_id, f"/ask {text}" if text != "/help" else text, place)
    return Said(message, place, Way.WHISPER, body.get("response_url", ""))


def read_stop(body: Body) -> Said:
    """The stop button of a message that is being written."""
    event = body["event"]
    team, channel, user = body["team_id"], event["channel"], event["user"]
    thread = event.get("thread_ts", "")
    direct = channel.startswith("D")
    place = Place(team, channel, thread, user)
    message = Message(
        f"{PLATFORM}:stop/{body['event_id']}",
        "/stop",
        Asker(PLATFORM, f"{team}/{user}"),
        Chat(PLATFORM, channel, team, "" if direct else thread, direct),
        datetime.now(UTC),
    )
    return Said(message, place, Way.SILENT)


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

    return html.unescape(_MARKUP.sub(show, text)).strip()


def _whispered(event_id: str, text: str, place: Place) -> Message:
    """What only its asker sees answered is a conversation of its own."""
    key = f"{place.team}/{place.user}"
    chat = Chat(PLATFORM, place.channel, place.team, f"@{place.user}")
    return Message(event_id, text, Asker(PLATFORM, key), chat, datetime.now(UTC))


def _read_file(event: Body, fetch: Fetch) -> Attachment | None:
    """The first file of a message."""
    files = event.get("files") or ()
    if not files:
        return None
    file = files[0]
    url = str(file.get("url_private_download") or file.get("url_private") or "")

    async def bring() -> bytes:
        return await fetch(url)

    return Attachment(str(file.get("name") or ""), int(file.get("size") or 0), bring)
