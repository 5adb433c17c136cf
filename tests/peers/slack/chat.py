"""`chat.*` but for streams: post, change, delete."""

from typing import Any

from tests.peers.slack import rules
from tests.peers.slack.events import announce, announce_change, announce_deletion, describe_message
from tests.peers.slack.faults import Refusal
from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.workspace import BOT_USER, Workspace

JSON = dict[str, Any]


def post_message(workspace: Workspace, arguments: JSON) -> JSON:
    rules.check_contents(arguments)
    channel = find_target(workspace, arguments["channel"])
    check_house_rules(workspace, "chat.postMessage", arguments, shown_to_all=True)
    message = make_message(workspace, channel, arguments)
    workspace.add(message)
    workspace.examine(message, link_names=calls_by_name(arguments))
    announce(workspace, message)
    described = describe_message(message)
    return {"channel": channel.id, "ts": message.ts, "message": described}


def post_ephemeral(workspace: Workspace, arguments: JSON) -> JSON:
    rules.check_contents(arguments)
    channel = workspace.find_own_channel(arguments["channel"])
    if arguments["user"] not in channel.members:
        raise Refusal("user_not_in_channel", arguments["user"], breach=False)
    check_house_rules(workspace, "chat.postEphemeral", arguments, shown_to_all=False)
    message = make_message(workspace, channel, arguments)
    message.to = arguments["user"]
    workspace.add(message)
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: JSON) -> JSON:
    rules.check_contents(arguments, longest=rules.UPDATED_TEXT)
    channel, message = _find_own(workspace, arguments, "cant_update_message")
    if not message.finished:
        raise Refusal("streaming_state_conflict", "the message is still streaming")
    check_house_rules(workspace, "chat.update", arguments, shown_to_all=False)
    before = describe_message(message)
    text = arguments.get("text") or arguments.get("markdown_text")
    blocks = arguments.get("blocks")
    kept = message.blocks if text is None else []
    workspace.edit(
        message, message.text if text is None else text, kept if blocks is None else blocks
    )
    workspace.examine(message, link_names=calls_by_name(arguments))
    announce_change(workspace, message, before)
    described = describe_message(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": described}


def delete(workspace: Workspace, arguments: JSON) -> JSON:
    channel, message = _find_own(workspace, arguments, "cant_delete_message")
    message.deleted = True
    workspace.news.tell("deletion", message)
    announce_deletion(workspace, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(workspace: Workspace, arguments: JSON) -> JSON:
    channel = workspace.find_channel(arguments["channel"])
    message = workspace.find_message(channel, arguments["message_ts"])
    name = f"p{message.ts.replace('.', '')}"
    return {
        "channel": channel.id,
        "permalink": f"https://peer.slack.com/archives/{channel.id}/{name}",
    }


def find_target(workspace: Workspace, name: str) -> Channel:
    """A channel by its id or #name, or the direct messages with a user."""
    if name in workspace.members:
        return workspace.find_direct(name)
    for channel in workspace.channels.values():
        if f"#{channel.name}" == name:
            return workspace.find_own_channel(channel.id)
    return workspace.find_own_channel(name)


def make_message(workspace: Workspace, channel: Channel, body: JSON) -> Message:
    """A message of the app with what was asked for, not yet put anywhere."""
    return Message(
        channel,
        workspace.make_ts(),
        BOT_USER,
        by_bot=True,
        text=body.get("text") or body.get("markdown_text") or "",
        blocks=body.get("blocks") or [],
        thread_ts=find_thread(workspace, channel, body.get("thread_ts")),
        metadata=body.get("metadata"),
    )


def find_thread(workspace: Workspace, channel: Channel, ts: str | None) -> str | None:
    if not ts:
        return None
    try:
        parent = workspace.find_message(channel, ts)
    except Refusal:
        raise Refusal("thread_not_found", ts, breach=False) from None
    if parent.thread_ts not in (None, parent.ts):
        raise Refusal("cannot_reply_to_message", "thread_ts is that of a reply")
    return ts


def check_house_rules(workspace: Workspace, method: str, body: JSON, *, shown_to_all: bool) -> None:
    """Notes what Slack lets pass and a good app does not do: links unfurled, no words for the
    notification and for readers of the screen."""
    unfurls = {key: body.get(key) for key in ("unfurl_links", "unfurl_media")}
    if shown_to_all and any(value is not False for value in unfurls.values()):
        workspace.breach(method, "unfurl", f"not switched off: {unfurls}")
    if body.get("blocks") and not (body.get("text") or "").strip():
        workspace.breach(method, "no_fallback", "blocks without text")


def calls_by_name(body: JSON) -> bool:
    """Whether a bare @channel calls everyone."""
    return bool(body.get("link_names")) or body.get("parse") == "full"


def _find_own(workspace: Workspace, arguments: JSON, code: str) -> tuple[Channel, Message]:
    channel = workspace.find_own_channel(arguments["channel"])
    message = workspace.find_message(channel, arguments["ts"])
    if not message.by_bot:
        raise Refusal(code, f"{message.ts} is not the app's own")
    return channel, message
