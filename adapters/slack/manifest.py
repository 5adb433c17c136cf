"""The app's manifest: pasted into Slack, it makes the app."""

from typing import Any

COMMANDS = (
    ("/ask", "Ask the documents", "question | public question | search words | help"),
    ("/reindex", "Bring the index in line with the folder (admins)", ""),
)
SHORTCUT = "ask_about_message"
EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
)
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "users:read",
)


def make_manifest(address: str = "") -> dict[str, Any]:
    """For Socket Mode, or with the https `address` of the bot for HTTP."""
    url = f"{address}/slack/events" if address else ""
    commands = [
        {
            "command": command,
            "description": description,
            "should_escape": True,
            **({"usage_hint": hint} if hint else {}),
            **({"url": url} if url else {}),
        }
        for command, description, hint in COMMANDS
    ]
    request = {"request_url": url} if url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Openbook",
            "description": "Answers from your documents, with sources",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Openbook", "always_online": True},
            "agent_view": {
                "agent_description": "Ask anything about our documents: answers cite their sources."
            },
            "slash_commands": commands,
            "shortcuts": [
                {
                    "name": "Ask Openbook about this",
                    "type": "message",
                    "callback_id": SHORTCUT,
                    "description": "Answers the message from the documents",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **request},
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
