"""The events that Slack sends to an app, as JSON, and which of them a message makes."""

import uuid
from typing import Any

from tests.peers.slack.nouns import Channel, File, Message, View
from tests.peers.slack.workspace import APP, BOT, BOT_USER, MESSAGE_EVENTS, TEAM, Workspace

JSON = dict[str, Any]
TOKEN = "legacy-verification-token"


def wrap(event: JSON, event_id: str, at: float) -> JSON:
    """The outer body of every event."""
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def describe_message(message: Message) -> JSON:
    """A message as the Web API and interactions show it."""
    body: JSON = {
        "type": "message",
        "user": message.author,
        "ts": message.ts,
        "text": message.text or (message.stream.words if message.stream else ""),
        "team": TEAM,
    }
    if message.by_bot:
        body |= {"bot_id": BOT, "app_id": APP}
    if message.blocks or message.by_bot:
        body["blocks"] = message.blocks
    if message.subtype:
        body["subtype"] = message.subtype
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.files:
        body["files"] = [describe_file(file) for file in message.files]
    if message.metadata:
        body["metadata"] = message.metadata
    if message.versions:
        body["edited"] = {"user": message.author, "ts": message.ts}
    return body


def make_message_event(message: Message, client_id: str) -> JSON:
    """A `message` event, of a user or of a bot."""
    event: JSON = {
        "type": "message",
        "user": message.author,
        "text": message.text,
        "ts": message.ts,
        "channel": message.channel.id,
        "event_ts": message.ts,
        "channel_type": message.channel.kind,
    }
    if message.subtype:
        event["subtype"] = message.subtype
    if message.subtype != "file_share":
        event["team"] = TEAM
        event |= {"bot_id": BOT} if message.by_bot else {"client_msg_id": client_id}
    if message.by_bot:
        event["blocks"] = message.blocks
    elif message.text:
        event["blocks"] = [_make_rich_text(message)]
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if message.files:
        event["files"] = [describe_file(file) for file in message.files]
    return event


def make_mention_event(message: Message, client_id: str) -> JSON:
    event: JSON = {
        "type": "app_mention",
        "user": message.author,
        "text": message.text,
        "ts": message.ts,
        "channel": message.channel.id,
        "event_ts": message.ts,
        "team": TEAM,
        "client_msg_id": client_id,
        "blocks": [_make_rich_text(message)],
    }
    return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def make_bot_event(message: Message) -> JSON:
    """A message of some other app."""
    return {
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B0000OTHER1",
        "username": "other",
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": message.channel.id,
        "channel_type": message.channel.kind,
    }


def make_changed_event(message: Message, before: JSON, event_ts: str) -> JSON:
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": describe_message(message),
        "previous_message": before,
        "channel": message.channel.id,
        "hidden": True,
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": message.channel.kind,
    }


def make_deleted_event(message: Message, event_ts: str) -> JSON:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "previous_message": describe_message(message),
        "channel": message.channel.id,
        "hidden": True,
        "deleted_ts": message.ts,
        "ts": event_ts,
        "event_ts": event_ts,
        "channel_type": message.channel.kind,
    }


def make_home_event(user: str, channel: Channel, tab: str, view: View | None, at: float) -> JSON:
    event: JSON = {
        "type": "app_home_opened",
        "user": user,
        "channel": channel.id,
        "tab": tab,
        "event_ts": f"{at:.6f}",
    }
    return event | ({"view": view.body} if view and tab == "home" else {})


def make_shared_event(file: File, channel: Channel, at: float) -> JSON:
    return {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": file.owner,
        "file": {"id": file.id},
        "channel_id": channel.id,
        "event_ts": f"{at:.6f}",
    }


def make_stopped_event(message: Message, user: str, at: float) -> JSON:
    return {
        "type": "agent_session_stopped",
        "channel": message.channel.id,
        "user": user,
        "thread_ts": message.thread_ts or message.ts,
        "streaming_message_ts": [message.ts],
        "event_ts": f"{at:.6f}",
    }


def describe_file(file: File) -> JSON:
    return {
        "id": file.id,
        "created": file.created,
        "name": file.name,
        "title": file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "pretty_type": file.name.rpartition(".")[2].upper(),
        "user": file.owner,
        "editable": False,
        "size": len(file.content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "channels": [],
        "groups": [],
        "url_private": file.address,
        "url_private_download": file.address,
        "permalink": file.address,
    }


def _make_rich_text(message: Message) -> JSON:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": message.text}]}
    return {"type": "rich_text", "block_id": "rich", "elements": [section]}


def announce(workspace: Workspace, message: Message) -> None:
    """Tells the app of a message, also of its own: a mention comes as `message` as well."""
    channel, client_id = message.channel, str(uuid.uuid4())
    if BOT_USER not in channel.members:
        return
    event = make_message_event(message, client_id)
    workspace.publish(MESSAGE_EVENTS[channel.kind], event)
    if not message.by_bot and channel.kind != "im" and f"<@{BOT_USER}>" in message.text:
        workspace.publish("app_mention", make_mention_event(message, client_id))


def announce_change(workspace: Workspace, message: Message, before: JSON) -> None:
    if BOT_USER in message.channel.members:
        event = make_changed_event(message, before, workspace.make_ts())
        workspace.publish(MESSAGE_EVENTS[message.channel.kind], event)


def announce_deletion(workspace: Workspace, message: Message) -> None:
    if BOT_USER in message.channel.members:
        event = make_deleted_event(message, workspace.make_ts())
        workspace.publish(MESSAGE_EVENTS[message.channel.kind], event)
