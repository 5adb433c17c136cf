"""Who and what is there: `auth.*`, `conversations.*`, `users.*`, `files.*`, `reactions.*`."""

from typing import Any

from tests.peers.slack.events import describe_file, describe_message
from tests.peers.slack.faults import Refusal
from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.workspace import BOT, BOT_USER, TEAM, Workspace

JSON = dict[str, Any]
PAGE = 100


def test_auth(workspace: Workspace, arguments: JSON) -> JSON:
    return {
        "url": "https://peer.slack.com/",
        "team": "Peer",
        "user": workspace.bot_name.lower(),
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def get_channel(workspace: Workspace, arguments: JSON) -> JSON:
    channel = workspace.find_channel(arguments["channel"])
    described = _describe_channel(channel)
    if arguments.get("include_num_members"):
        described["num_members"] = len(channel.members)
    return {"channel": described}


def list_members(workspace: Workspace, arguments: JSON) -> JSON:
    channel = workspace.find_channel(arguments["channel"])
    return _page("members", sorted(channel.members), arguments)


def list_history(workspace: Workspace, arguments: JSON) -> JSON:
    """Newest first, replies in threads left out."""
    channel = _find_readable(workspace, arguments)
    roots = [message for message in channel.messages if message.thread_ts in (None, message.ts)]
    return _page("messages", _describe_between(roots[::-1], arguments), arguments)


def list_replies(workspace: Workspace, arguments: JSON) -> JSON:
    """The parent, then the replies, oldest first."""
    channel = _find_readable(workspace, arguments)
    try:
        parent = workspace.find_message(channel, arguments["ts"])
    except Refusal:
        raise Refusal("thread_not_found", arguments["ts"], breach=False) from None
    thread = [parent, *channel.thread(parent)]
    return _page("messages", _describe_between(thread, arguments), arguments)


def open_direct(workspace: Workspace, arguments: JSON) -> JSON:
    user = workspace.find_member(arguments.get("users", ""))
    return {"channel": {"id": workspace.find_direct(user.id).id}}


def get_user(workspace: Workspace, arguments: JSON) -> JSON:
    user = workspace.find_member(arguments["user"])
    profile = {"real_name": user.name, "display_name": user.name, "team": TEAM}
    described: JSON = {
        "id": user.id,
        "team_id": TEAM,
        "name": user.name.lower(),
        "real_name": user.name,
        "deleted": False,
        "tz": user.timezone,
        "profile": profile,
        "is_admin": False,
        "is_bot": user.is_bot,
    }
    return {
        "user": described | ({"locale": user.locale} if arguments.get("include_locale") else {})
    }


def get_file(workspace: Workspace, arguments: JSON) -> JSON:
    file = workspace.files.get(arguments["file"])
    if file is None:
        raise Refusal("file_not_found", arguments["file"], breach=False)
    return {"file": describe_file(file)}


def add_reaction(workspace: Workspace, arguments: JSON) -> JSON:
    message = _find_reacted(workspace, arguments)
    if arguments["name"] in message.reactions:
        raise Refusal("already_reacted", arguments["name"], breach=False)
    message.reactions.append(arguments["name"])
    workspace.news.tell("reaction", message)
    return {}


def remove_reaction(workspace: Workspace, arguments: JSON) -> JSON:
    message = _find_reacted(workspace, arguments)
    if arguments["name"] not in message.reactions:
        raise Refusal("no_reaction", arguments["name"], breach=False)
    message.reactions.remove(arguments["name"])
    workspace.news.tell("reaction", message)
    return {}


def _find_reacted(workspace: Workspace, arguments: JSON) -> Message:
    if not arguments["name"].replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise Refusal("invalid_name", arguments["name"])
    channel = workspace.find_own_channel(arguments["channel"])
    return workspace.find_message(channel, arguments["timestamp"])


def _find_readable(workspace: Workspace, arguments: JSON) -> Channel:
    channel = workspace.find_channel(arguments["channel"])
    if BOT_USER not in channel.members:
        raise Refusal("not_in_channel", channel.name, breach=False)
    return channel


def _describe_between(messages: list[Message], arguments: JSON) -> list[JSON]:
    oldest = float(arguments.get("oldest") or 0)
    latest = float(arguments.get("latest") or "inf")
    inclusive = bool(arguments.get("inclusive"))
    return [
        describe_message(message)
        for message in messages
        if not message.deleted
        and (
            oldest < float(message.ts) < latest
            or (inclusive and float(message.ts) in (oldest, latest))
        )
    ]


def _page(name: str, items: list[Any], arguments: JSON) -> JSON:
    start = int(arguments.get("cursor") or 0)
    end = start + int(arguments.get("limit") or PAGE)
    cursor = str(end) if end < len(items) else ""
    page = {name: items[start:end], "response_metadata": {"next_cursor": cursor}}
    return page | ({"has_more": bool(cursor)} if name == "messages" else {})


def _describe_channel(channel: Channel) -> JSON:
    kind = channel.kind
    described: JSON = {
        "id": channel.id,
        "is_channel": kind == "channel",
        "is_group": kind == "group",
        "is_im": kind == "im",
        "is_mpim": kind == "mpim",
        "is_private": kind != "channel",
        "is_archived": channel.archived,
        "is_member": BOT_USER in channel.members,
    }
    if kind == "im":
        return described | {"user": min(channel.members - {BOT_USER})}
    return described | {"name": channel.name, "name_normalized": channel.name}
