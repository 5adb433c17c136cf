"""What an app manifest lets an app do, and whether Slack would take it."""

from dataclasses import dataclass
from typing import Any

from tests.peers.slack.schemas import find_manifest_faults

JSON = dict[str, Any]
# Events that are not sent without a scope.
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "file_shared": "files:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}


@dataclass(frozen=True, slots=True)
class App:
    events: frozenset[str]
    scopes: frozenset[str]
    commands: frozenset[str]
    shortcuts: frozenset[str]


def read_manifest(manifest: JSON) -> App:
    """Raises ValueError for what Slack would refuse: what its schema does not know, events and
    commands without their scope, buttons without interactivity, no way to bring events."""
    faults = find_manifest_faults(manifest)
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    subscriptions = settings.get("event_subscriptions", {})
    app = App(
        frozenset(subscriptions.get("bot_events", ())),
        frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        frozenset(command["command"] for command in features.get("slash_commands", ())),
        frozenset(shortcut["callback_id"] for shortcut in features.get("shortcuts", ())),
    )
    for event in app.events:
        if EVENT_SCOPES.get(event, "") not in app.scopes | {""}:
            faults.append(f"{event} needs the scope {EVENT_SCOPES[event]}")
    if app.commands and "commands" not in app.scopes:
        faults.append("slash commands need the scope commands")
    if app.shortcuts and not settings.get("interactivity", {}).get("is_enabled"):
        faults.append("shortcuts need interactivity")
    if not settings.get("socket_mode_enabled"):
        faults += _find_missing_urls(features, settings)
    if faults:
        raise ValueError("; ".join(sorted(faults)))
    return app


def _find_missing_urls(features: JSON, settings: JSON) -> list[str]:
    faults = [
        f"{command['command']} has no url"
        for command in features.get("slash_commands", ())
        if not command.get("url")
    ]
    wanted = [name for name in ("event_subscriptions", "interactivity") if settings.get(name)]
    faults += [
        f"{name} has no request_url"
        for name in wanted
        if settings[name].get("is_enabled", True) and not settings[name].get("request_url")
    ]
    return faults
