"""The Bot API over HTTP."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.peers.telegram import account, menus, schema, sending
from tests.peers.telegram.faults import (
    BadGateway,
    Cut,
    Fault,
    Faults,
    Flood,
    LostReply,
    Refused,
    Slow,
    Strike,
)
from tests.peers.telegram.floods import Floods, flood
from tests.peers.telegram.refusal import JSON, Refusal
from tests.peers.telegram.world import World

METHODS = {**account.METHODS, **menus.METHODS, **sending.METHODS}


@dataclass(slots=True, eq=False)
class Call:
    """A request as it came, and what was answered: 200, an error, or 0 for nothing at all."""

    method: str
    params: JSON
    at: float
    status: int = 0
    description: str = ""
    injected: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Violation:
    """A rule of Telegram's that the bot broke."""

    method: str
    description: str
    params: JSON


@dataclass
class Record:
    """`violations` are rules that the bot broke, `floods` the times it sent too fast, `calls` all
    requests."""

    calls: list[Call] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    floods: list[Call] = field(default_factory=list)


class Server:
    """Listens on loopback between `start` and `stop`."""

    def __init__(
        self, token: str, world: World, limits: Floods, faults: Faults, record: Record
    ) -> None:
        self._token = token
        self._world = world
        self._limits = limits
        self._faults = faults
        self._record = record

    async def start(self, port: int) -> int:
        """The port listened on; 0 asks for any."""
        app = web.Application(client_max_size=1 << 27)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        chosen: int = self._runner.addresses[0][1]
        return chosen

    async def stop(self) -> None:
        self._world.updates.stop()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info.get("method", "download")
        call = Call(method, {}, self._world.clock.now)
        try:
            return await self._answer(request, call)
        except Refusal as refusal:
            return self._refuse(call, refusal)
        except Exception as error:  # noqa: BLE001 - a test must see it, whatever it is
            wrong = Refusal(500, f"Internal Server Error: the peer failed: {error!r}", breach=True)
            return self._refuse(call, wrong)

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        self._record.calls.append(call)
        if request.match_info["token"] != self._token:
            raise Refusal(401, "Unauthorized")  # no breach: tests try a bot with a wrong token
        if "path" in request.match_info:
            call.params = {"path": request.match_info["path"]}
        else:
            method = schema.find_method(call.method)
            if method is None:
                raise Refusal(404, "Not Found: method not found", breach=True)
            call.method = method
            call.params = await self._read(request, method)
        fault = self._faults.take(call.method, call.params)
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
                files[name] = self._world.store_file(value.filename, content, value.content_type)
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
            case Flood():
                raise self._flood(call, fault)
            case Refused(status, description):
                raise Refusal(status, description)
            case BadGateway(status, html):
                call.status = status
                return web.Response(status=status, text=html, content_type="text/html")
            case LostReply(seconds):
                answer = await self._succeed(call)
                status, call.status = call.status, 0
                await asyncio.sleep(seconds)
                call.status = status
                return answer
            case Slow(seconds):
                await asyncio.sleep(seconds)
                return await self._succeed(call)
            case Strike(strike, delivered):
                await self._hang_up(request, call, delivered=delivered, strike=strike)
            case Cut(delivered):
                await self._hang_up(request, call, delivered=delivered)
        raise asyncio.CancelledError

    async def _hang_up(
        self,
        request: web.Request,
        call: Call,
        *,
        delivered: bool,
        strike: Callable[[int], None] = lambda _: None,
    ) -> None:
        if delivered:
            with suppress(Refusal):
                await self._succeed(call)
        call.status = 0
        assert request.transport is not None
        strike(request.transport.get_extra_info("peername")[1])
        request.transport.abort()

    def _flood(self, call: Call, fault: Flood) -> Refusal:
        if fault.lasting:
            self._limits.hold(call.method, call.params["chat_id"], fault.retry_after)
        return flood(fault.retry_after, breach=False)

    async def _succeed(self, call: Call) -> web.StreamResponse:
        if call.method == "download":
            return self._download(call)
        result = await self._run(call)
        call.status = 200
        return web.json_response({"ok": True, "result": result})

    async def _run(self, call: Call) -> object:
        method, params = call.method, call.params
        for name in params.keys() - schema.list_parameters(method):
            self._complain(call, f"{method} has no parameter {name}")  # Telegram passes over it
        schema.check_request(method, _without_files(params))
        if method == "getUpdates":
            return await self._get_updates(params)
        chat = self._world.chats.get(params.get("chat_id", 0))
        if chat is not None:
            self._limits.check(method, chat.id, group=chat.is_group)
        result = METHODS[method](self._world, params)
        schema.check_result(method, result)
        return result

    async def _get_updates(self, params: JSON) -> list[JSON]:
        updates = self._world.updates
        updates.allow(params.get("allowed_updates"))
        limit = min(max(params.get("limit", 100), 1), 100)
        return await updates.poll(params.get("offset", 0), limit, params.get("timeout", 0))

    def _refuse(self, call: Call, refusal: Refusal) -> web.Response:
        call.status, call.description = refusal.status, refusal.description
        if refusal.breach and refusal.status == 429:
            self._record.floods.append(call)
        elif refusal.breach:
            self._complain(call, refusal.description)
        return web.json_response(refusal.body, status=refusal.status)

    def _complain(self, call: Call, description: str) -> None:
        self._record.violations.append(Violation(call.method, description, call.params))

    def _download(self, call: Call) -> web.Response:
        files = self._world.files.values()
        found = next((one for one in files if one.path == call.params["path"]), None)
        if found is None:
            raise Refusal(404, "Not Found")
        call.status = 200
        return web.Response(body=found.content, content_type="application/octet-stream")


def _without_files(params: JSON) -> JSON:
    """For the schema an uploaded file is a name, as in `attach://name`."""
    plain = (str, int, float, bool, list, dict)
    return {
        name: value if isinstance(value, plain) else "attach://file"
        for name, value in params.items()
    }
