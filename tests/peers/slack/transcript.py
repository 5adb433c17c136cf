"""A channel as plain text, for people and for READMEs."""

import re
from textwrap import indent

from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.workspace import Workspace

MENTION = re.compile(r"<@([A-Z0-9]+)>")
ADDRESS = re.compile(r"<(https?://[^|>]+)(?:\|([^>]+))?>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def write(workspace: Workspace, channel: Channel) -> str:
    """Roots in order, each with its replies and then what only one user saw."""
    everything = [
        message
        for message in sorted([*channel.messages, *channel.ephemerals], key=lambda one: one.ts)
        if not message.deleted
    ]
    lines = []
    for message in everything:
        if message.thread_ts in (None, message.ts):
            lines.append(write_message(workspace, message))
            replies = [one for one in everything if one.thread_ts == message.ts]
            lines += [
                indent(write_message(workspace, reply), "    ")
                for reply in replies
                if reply is not message
            ]
    return "\n".join(lines) + "\n"


def write_message(workspace: Workspace, message: Message) -> str:
    """Who, what, and whether it was edited or meant for one user."""
    marks = []
    if message.to:
        marks.append(f"only {_name(workspace, message.to)} sees this")
    if message.versions:
        marks.append("edited")
    mark = f" ({', '.join(marks)})" if marks else ""
    files = "".join(f"[file {file.name}]" for file in message.files)
    words = " ".join(filter(None, (read(workspace, message.content), files)))
    head, *rest = words.splitlines() or [""]
    body = "\n".join([head, *(f"  {line}".rstrip() for line in rest)])
    return f"{_name(workspace, message.author)}{mark}: {body}"


def read(workspace: Workspace, text: str) -> str:
    """Marks of Slack's own turned into what a reader sees."""
    text = MENTION.sub(lambda match: f"@{_name(workspace, match[1])}", text)
    text = ADDRESS.sub(lambda match: match[2] or match[1], text)
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    return text


def _name(workspace: Workspace, user_id: str) -> str:
    member = workspace.members.get(user_id)
    return member.name if member else user_id or "another app"
