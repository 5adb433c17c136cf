"""The Web API: who may call, what is refused, what is arranged to go wrong; then the method."""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.peers.slack import chat, directory, streams, surfaces
from tests.peers.slack.faults import (
    Cut,
    ErrorCode,
    Fault,
    Flooded,
    LostReply,
    RateLimited,
    Refusal,
    ServerError,
    Slow,
    Strike,
    Violation,
)
from tests.peers.slack.rates import Meter
from tests.peers.slack.schemas import check_request
from tests.peers.slack.workspace import TEAM, Workspace

JSON = dict[str, Any]
Method = Callable[[Workspace, JSON], JSON]
METHODS: dict[str, Method] = {
    "assistant.threads.setStatus": surfaces.set_status,
    "assistant.threads.setSuggestedPrompts": surfaces.suggest_prompts,
    "assistant.threads.setTitle": surfaces.set_title,
    "auth.test": directory.test_auth,
    "chat.appendStream": streams.append,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.startStream": streams.start,
    "chat.stopStream": streams.stop,
    "chat.update": chat.update,
    "conversations.history": directory.list_history,
    "conversations.info": directory.get_channel,
    "conversations.members": directory.list_members,
    "conversations.open": directory.open_direct,
    "conversations.replies": directory.list_replies,
    "files.info": directory.get_file,
    "reactions.add": directory.add_reaction,
    "reactions.remove": directory.remove_reaction,
    "users.info": directory.get_user,
    "views.open": surfaces.open_modal,
    "views.publish": surfaces.publish_home,
    "views.update": surfaces.update_view,
}
SCOPES = {
    "assistant.threads.setStatus": "chat:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "chat": "chat:write",
    "conversations.info": "channels:read",
    "conversations.members": "channels:read",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.open": "im:write",
    "files": "files:read",
    "reactions": "reactions:write",
    "users": "users:read",
}
KINDS = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
APP_METHODS = {"apps.connections.open"}  # with the app token
# What a form carries as text, and JSON as itself.
BOOLEANS = {
    "as_user",
    "include_all_metadata",
    "include_locale",
    "include_num_members",
    "inclusive",
    "link_names",
    "mrkdwn",
    "reply_broadcast",
    "return_im",
    "unfurl_links",
    "unfurl_media",
}
NUMBERS = {"limit", "count", "page"}
STRUCTURES = {"attachments", "blocks", "chunks", "loading_messages", "metadata", "prompts", "view"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came, at which Slack time, and the error code it got, or ""."""

    method: str
    arguments: JSON
    at: float
    error: str


@dataclass
class WebApi:
    """`faults` says what goes wrong: for each method one fault a request, `always` for all."""

    workspace: Workspace
    meter: Meter
    bot_token: str
    app_token: str
    open_connection: Callable[[], JSON]
    calls: list[Call] = field(default_factory=list)
    floods: list[Call] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    always: dict[str, Fault] = field(default_factory=dict)
    scopes: frozenset[str] | None = None  # any

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One method call over HTTP."""
        method = request.match_info["method"]
        try:
            arguments, token = await _decode(request)
        except (TypeError, ValueError):
            self.workspace.breach(method, "invalid_json", "the body is no JSON object")
            return _refuse("invalid_json", "")
        return await self.run(
            request, method, lambda: self._call(method, arguments, token), arguments
        )

    async def run(
        self, request: web.Request, method: str, work: Callable[[], JSON], arguments: JSON
    ) -> web.StreamResponse:
        """Does the work under the faults arranged for the method, and keeps a record."""
        fault = self._next_fault(method)
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Cut) and not fault.after:
            return _hang_up(request)
        if isinstance(fault, Strike) and not fault.after:
            return _strike(request, fault)
        response = _fail(fault) or self._answer(method, work, arguments)
        if isinstance(fault, LostReply):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Strike):
            return _strike(request, fault)
        return _hang_up(request) if isinstance(fault, Cut) else response

    def _answer(self, method: str, work: Callable[[], JSON], arguments: JSON) -> web.Response:
        error = ""
        try:
            return web.json_response({"ok": True} | work())
        except Flooded as flood:
            error = "ratelimited"
            self.floods.append(Call(method, arguments, self.workspace.clock.now(), error))
            return _limit(math.ceil(flood.seconds / self.workspace.clock.speed))
        except Refusal as refusal:
            error = refusal.code
            if refusal.breach:
                self.workspace.violations.append(Violation(method, error, refusal.detail))
            return _refuse(error, refusal.detail)
        finally:
            self.calls.append(Call(method, arguments, self.workspace.clock.now(), error))

    def _call(self, method: str, arguments: JSON, token: str) -> JSON:
        self._check_token(method, token)
        if method in APP_METHODS:
            return self.open_connection()
        if method not in METHODS:
            raise Refusal("unknown_method", method)
        self.meter.count(method, str(arguments.get("channel", "")))
        self._check_scope(method, arguments)
        check_request(method, arguments)
        return METHODS[method](self.workspace, arguments)

    def _check_token(self, method: str, token: str) -> None:
        if not token:
            raise Refusal("not_authed", "no token")
        if token not in (self.bot_token, self.app_token):
            raise Refusal("invalid_auth", "unknown token")
        if not self.workspace.installed and token == self.bot_token:
            raise Refusal("account_inactive", "the app is not installed", breach=False)
        if (method in APP_METHODS) != (token == self.app_token):
            raise Refusal("not_allowed_token_type", method)

    def _check_scope(self, method: str, arguments: JSON) -> None:
        needed = SCOPES.get(method) or SCOPES.get(method.partition(".")[0])
        channel = self.workspace.channels.get(str(arguments.get("channel", "")))
        if needed and channel and needed.startswith("channels:"):
            needed = f"{KINDS[channel.kind]}:{needed.partition(':')[2]}"
        if self.scopes is not None and needed and needed not in self.scopes:
            raise Refusal("missing_scope", f"needed: {needed}")

    def _next_fault(self, method: str) -> Fault | None:
        queue = self.faults.get(method)
        return queue.popleft() if queue else self.always.get(method)


async def _decode(request: web.Request) -> tuple[JSON, str]:
    """Arguments with the types of JSON, and the token."""
    arguments: JSON = dict(request.query)
    if request.content_type == "application/json":
        arguments |= dict(await request.json())
    else:
        arguments |= dict(await request.post())
    arguments = {key: value for key, value in arguments.items() if value is not None}
    given = arguments.pop("token", "")
    if arguments.get("team_id") == TEAM:
        del arguments["team_id"]  # Bolt's clients give it with every request
    arguments = {key: _interpret(key, value) for key, value in arguments.items()}
    header = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return arguments, header or given


def _interpret(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if key in BOOLEANS:
        return value in ("1", "true", "True")
    if key in NUMBERS and value.isdecimal():
        return int(value)
    if key in STRUCTURES:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _fail(fault: Fault | None) -> web.Response | None:
    match fault:
        case RateLimited(seconds):
            return _limit(seconds)
        case ServerError(status):
            return web.Response(status=status, text="upstream connect error")
        case ErrorCode(code):
            return _refuse(code, "")
        case _:
            return None


def _limit(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _refuse(code: str, detail: str) -> web.Response:
    body: JSON = {"ok": False, "error": code}
    if detail:
        body["response_metadata"] = {"messages": [f"[ERROR] {detail}"]}
    return web.json_response(body)


def _strike(request: web.Request, fault: Strike) -> web.Response:
    if request.transport is not None:
        fault.strike(request.transport.get_extra_info("peername")[1])
    return _hang_up(request)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
