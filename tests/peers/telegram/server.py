"""The Bot API over HTTP, and the handle that tests hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.peers.telegram import account, menus, schema, sending
from tests.peers.telegram.chats import Chat, User
from tests.peers.telegram.clock import Clock
from tests.peers.telegram.faults import (
    BadGateway,
    Cut,
    Fault,
    Faults,
    Flood,
    LostReply,
    Refused,
    Slow,
)
from tests.peers.telegram.floods import Floods, Rates, flood
from tests.peers.telegram.people import Group, Person
from tests.peers.telegram.refusal import JSON, Refusal
from tests.peers.telegram.updates import Updates
from tests.peers.telegram.world import Press, World

METHODS = {**account.METHODS, **menus.METHODS, **sending.METHODS}
TOKEN = "700000001:AAF-peer_telegram_token_of_no_worth_00"


@dataclass(slots=True, eq=False)
class Call:
    """A request as it came, and what was answered: 200, an error, or 0 for nothing at all."""

    method: str
    params: JSON
    at: float
    status: int = 0
    description: str = ""
    injected: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of Telegram's that the bot broke."""

    method: str
    description: str
    params: JSON


@dataclass(repr=False)
class TelegramPeer:
    """An async context manager; `url` is set inside. For python-telegram-bot:
    `base_url(f"{peer.url}/bot").base_file_url(f"{peer.url}/file/bot").token(peer.token)`.

    `violations` are rules that the bot broke, `floods` the times it sent too fast, `calls` all
    requests. `forward` maps public webhook addresses to ones on loopback.
    """

    port: int = 0
    token: str = TOKEN
    bot_name: str = "Openbook"
    bot_username: str = "openbook_bot"
    rates: Rates = field(default_factory=Rates)
    clock: Clock = field(default_factory=Clock)
    privacy: bool = True
    forward: dict[str, str] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    violations: list[Violation] = field(default_factory=list)
    floods: list[Call] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        number = int(self.token.partition(":")[0])
        bot = User(number, self.bot_name, username=self.bot_username, is_bot=True)
        updates = Updates(self.clock, self._forward)
        self.world = World(bot, self.clock, updates, privacy=self.privacy)
        self._limits = Floods(self.rates, self.clock)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 27)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.world.updates.stop()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def unanswered(self) -> list[Press]:
        """Buttons that still show a clock."""
        return [press for press in self.world.presses.values() if not press.answered]

    @property
    def updates(self) -> Updates:
        return self.world.updates

    def list_calls(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def fail(self, method: str, fault: Fault, *, times: int | None = 1) -> None:
        """The next `times` requests of this method go wrong so ("*": of any but getUpdates; None:
        until `faults.clear()`)."""
        self.faults.plan(method, fault, times=times)

    def add_user(
        self,
        first_name: str,
        *,
        language: str = "en",
        username: str = "",
        last_name: str = "",
        user_id: int | None = None,
        started: bool = False,
    ) -> Person:
        """Somebody who can write to the bot; the bot can write to them once they have, or if they
        have `started` it before."""
        number = user_id or 5_000_000_000 + self.world.next_number()  # beyond 32 bits, as today
        user = User(number, first_name, last_name, username, language)
        chat = Chat(user.id, "private", person=user, started=started, members={user.id: user})
        self.world.users[user.id] = user
        self.world.chats[chat.id] = chat
        return Person(user, self.world, chat)

    def add_group(
        self,
        title: str,
        members: Sequence[Person],
        *,
        supergroup: bool = False,
        topics: bool = False,
        bot_admin: bool = False,
    ) -> Group:
        """A group with the bot in it; the first member made it. Topics need a supergroup, which
        it then is."""
        number = 1_000_000 + self.world.next_number()
        big = supergroup or topics
        group = Group(
            id=-(1_000_000_000_000 + number) if big else -number,
            kind="supergroup" if big else "group",
            title=title,
            members={person.id: person.user for person in members},
            is_forum=topics,
            bot_status="left",
            world=self.world,
        )
        self.world.chats[group.id] = group
        status = "administrator" if bot_admin else "member"
        self.world.change_membership(group, members[0].user, status)
        return group

    def _forward(self, url: str) -> str:
        for public, local in self.forward.items():
            if url.startswith(public):
                return local + url.removeprefix(public)
        return url

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.match_info["method"], {}, self.clock.now)
        try:
            return await self._answer(request, call)
        except Refusal as refusal:
            return self._refuse(call, refusal)
        except Exception as error:  # noqa: BLE001 - a test must see it, whatever it is
            wrong = Refusal(500, f"Internal Server Error: the peer failed: {error!r}", breach=True)
            return self._refuse(call, wrong)

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")  # so that a bot with a wrong token can be tried
        method = schema.find_method(call.method)
        if method is None:
            self.calls.append(call)
            raise Refusal(404, "Not Found: method not found", breach=True)
        call.method = method
        call.params = await self._read(request, method)
        self.calls.append(call)
        fault = self.faults.take(method, call.params)
        if fault is not None:
            return await self._go_wrong(request, call, fault)
        return await self._succeed(call)

    async def _read(self, request: web.Request, method: str) -> JSON:
        if request.content_type == "application/json":
            given: JSON = await request.json()
            return dict(request.query) | given
        fields: dict[str, str] = dict(request.query)
        files: dict[str, Any] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                content = value.file.read()
                files[name] = self.world.store_file(value.filename, content, value.content_type)
            else:
                fields[name] = str(value)
        params = schema.decode(method, fields)
        for name, value in list(params.items()):
            if isinstance(value, str) and value.startswith("attach://"):
                params[name] = files.pop(value.removeprefix("attach://"), value)
        return params | files

    async def _go_wrong(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        call.injected = True
        match fault:
            case Flood(seconds):
                raise flood(seconds)
            case Refused(status, description):
                raise Refusal(status, description)
            case BadGateway(status, html):
                call.status = status
                return web.Response(status=status, text=html, content_type="text/html")
            case LostReply(seconds):
                answer = await self._succeed(call)
                await asyncio.sleep(seconds)
                return answer
            case Slow(seconds):
                await asyncio.sleep(seconds)
                return await self._succeed(call)
            case Cut(delivered):
                if delivered:
                    await self._succeed(call)
                assert request.transport is not None
                request.transport.abort()
                raise asyncio.CancelledError

    async def _succeed(self, call: Call) -> web.StreamResponse:
        result = await self._run(call)
        call.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _run(self, call: Call) -> object:
        method, params = call.method, call.params
        for name in params.keys() - schema.list_parameters(method):
            self._record(call, f"{method} has no parameter {name}")  # Telegram passes over it
        schema.check_request(method, _without_files(params))
        if method == "getUpdates":
            return await self._get_updates(params)
        chat = self.world.chats.get(params.get("chat_id", 0))
        if chat is not None:
            self._limits.check(method, chat.id, group=chat.is_group)
        result = METHODS[method](self.world, params)
        schema.check_result(method, result)
        return result

    async def _get_updates(self, params: JSON) -> list[JSON]:
        updates = self.world.updates
        updates.allow(params.get("allowed_updates"))
        limit = min(max(params.get("limit", 100), 1), 100)
        return await updates.poll(params.get("offset", 0), limit, params.get("timeout", 0))

    def _refuse(self, call: Call, refusal: Refusal) -> web.Response:
        call.status, call.description = refusal.status, refusal.description
        if refusal.status == 429 and not call.injected:
            self.floods.append(call)
        elif refusal.breach and not call.injected:
            self._record(call, refusal.description)
        return web.json_response(refusal.body, status=refusal.status)

    def _record(self, call: Call, description: str) -> None:
        self.violations.append(Violation(call.method, description, call.params))

    async def _download(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        files = self.world.files.values()
        found = next((document for document in files if document.path == path), None)
        if request.match_info["token"] != self.token or found is None:
            return web.json_response(Refusal(404, "Not Found").body, status=404)
        return web.Response(body=found.content, content_type="application/octet-stream")


def _without_files(params: JSON) -> JSON:
    """For the schema an uploaded file is a name, as in `attach://name`."""
    plain = (str, int, float, bool, list, dict)
    return {
        name: value if isinstance(value, plain) else "attach://file"
        for name, value in params.items()
    }
