"""Home tabs and modals, and what an assistant shows around a thread."""

from typing import Any

from tests.peers.slack import rules
from tests.peers.slack.faults import Refusal
from tests.peers.slack.nouns import Channel, Prompts, Status, View
from tests.peers.slack.workspace import APP, BOT, TEAM, Workspace

JSON = dict[str, Any]
TRIGGER_SECONDS = 3.0


def publish_home(workspace: Workspace, arguments: JSON) -> JSON:
    user = workspace.find_member(arguments["user_id"])
    _check(arguments["view"], "home")
    view = _make_view(workspace, arguments["view"])
    workspace.homes[user.id] = view
    workspace.news.tell("home", view)
    return {"view": view.body}


def open_modal(workspace: Workspace, arguments: JSON) -> JSON:
    user, issued = workspace.triggers.pop(arguments["trigger_id"], ("", 0.0))
    if not user:
        raise Refusal("invalid_trigger_id", "unknown or used before")
    age = workspace.clock.now() - issued
    if age > TRIGGER_SECONDS:
        raise Refusal("expired_trigger_id", f"{age:.1f} s old")
    _check(arguments["view"], "modal")
    view = _make_view(workspace, arguments["view"])
    workspace.modals[user] = view
    workspace.news.tell("modal", view)
    return {"view": view.body}


def update_view(workspace: Workspace, arguments: JSON) -> JSON:
    for views in (workspace.modals, workspace.homes):
        for user, view in views.items():
            if view.id == arguments.get("view_id") or (
                "external_id" in arguments
                and view.body.get("external_id") == arguments["external_id"]
            ):
                _check(arguments["view"], view.body["type"])
                views[user] = _make_view(workspace, arguments["view"], view.id)
                workspace.news.tell(view.body["type"], views[user])
                return {"view": views[user].body}
    raise Refusal("not_found", "no such view", breach=False)


def set_status(workspace: Workspace, arguments: JSON) -> JSON:
    channel = _find_thread(workspace, arguments)
    messages = arguments.get("loading_messages") or []
    if len(messages) > rules.LOADING_MESSAGES:
        raise Refusal("invalid_arguments", f"{len(messages)} loading_messages, 10 allowed")
    now = workspace.clock.now()
    status = Status(arguments["status"], tuple(messages), arguments["thread_ts"], now)
    channel.statuses.append(status)
    workspace.news.tell("status", status)
    return {}


def suggest_prompts(workspace: Workspace, arguments: JSON) -> JSON:
    channel = workspace.find_own_channel(arguments["channel_id"])
    prompts = tuple((prompt["title"], prompt["message"]) for prompt in arguments["prompts"])
    if not 0 < len(prompts) <= rules.PROMPTS:
        raise Refusal("invalid_arguments", f"{len(prompts)} prompts, 1 to 4 allowed")
    if not all(title and message for title, message in prompts):
        raise Refusal("invalid_arguments", "an empty prompt")
    shown = Prompts(arguments.get("title"), arguments.get("thread_ts"), prompts)
    channel.prompts.append(shown)
    workspace.news.tell("prompts", shown)
    return {}


def set_title(workspace: Workspace, arguments: JSON) -> JSON:
    channel = _find_thread(workspace, arguments)
    channel.titles[arguments["thread_ts"]] = arguments["title"]
    workspace.news.tell("title", channel)
    return {}


def _find_thread(workspace: Workspace, arguments: JSON) -> Channel:
    channel = workspace.find_own_channel(arguments["channel_id"])
    try:
        workspace.find_message(channel, arguments["thread_ts"])
    except Refusal:
        deleted = any(one.ts == arguments["thread_ts"] for one in channel.messages)
        raise Refusal("invalid_thread_ts", arguments["thread_ts"], breach=not deleted) from None
    return channel


def _check(view: JSON, kind: str) -> None:
    if view["type"] != kind:
        raise Refusal("invalid_arguments", f"a {view['type']} where a {kind} belongs")
    rules.check_view(view)


def _make_view(workspace: Workspace, view: JSON, view_id: str = "") -> View:
    view_id = view_id or workspace.make_id("V")
    own = {
        "id": view_id,
        "team_id": TEAM,
        "app_id": APP,
        "bot_id": BOT,
        "hash": workspace.make_ts(),
    }
    return View(view_id, view | own)
