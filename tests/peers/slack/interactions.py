"""Slash commands, buttons, shortcuts and forms, as Slack sends them to an app."""

from typing import Any

from tests.peers.slack.events import TOKEN, describe_message
from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.workspace import APP, TEAM, Member, Workspace

JSON = dict[str, Any]
TEAM_DOMAIN = "peer"


def make_command(
    workspace: Workspace, user: Member, channel: Channel, words: tuple[str, str], url: str
) -> JSON:
    """The form of a slash command."""
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "privategroup" if channel.kind == "group" else channel.name,
        "user_id": user.id,
        "user_name": user.name.lower(),
        "command": words[0],
        "text": words[1],
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": workspace.issue_trigger(user.id),
    }


def make_interaction(workspace: Workspace, user: Member, kind: str) -> JSON:
    """What all interactions begin with."""
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {
            "id": user.id,
            "username": user.name.lower(),
            "name": user.name.lower(),
            "team_id": TEAM,
        },
        "api_app_id": APP,
        "token": TOKEN,
        "trigger_id": workspace.issue_trigger(user.id),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def describe_place(message: Message) -> JSON:
    """Where in a message a button was: an ephemeral message itself is not told."""
    container: JSON = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel.id,
        "is_ephemeral": message.to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: JSON = {
        "container": container,
        "channel": {"id": message.channel.id, "name": message.channel.name},
        "state": {"values": {}},
    }
    return place | ({} if message.to else {"message": describe_message(message)})


def describe_action(block: JSON, element: JSON, value: str | None, at: float) -> JSON:
    """A press of a button, or the choice of a value."""
    action: JSON = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block.get("block_id", "b"),
        "action_ts": f"{at:.6f}",
    }
    chosen = element
    if element["type"] == "feedback_buttons":
        sides = (element["positive_button"], element["negative_button"])
        chosen = next((side for side in sides if value in (None, side["value"])), sides[0])
    if "options" in element:
        option = next(option for option in element["options"] if option["value"] == value)
        return action | {"selected_option": option}
    action["text"] = chosen["text"]
    return action | ({"value": chosen["value"]} if "value" in chosen else {})
