"""Socket Mode: envelopes over websockets, each to one of the app's connections."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.peers.slack.clock import Clock
from tests.peers.slack.courier import Delivery, Outcome, Retry
from tests.peers.slack.news import News

JSON = dict[str, Any]
MOST_CONNECTIONS = 10


@dataclass(eq=False)
class Connection:
    """One websocket; `leaving` after it was told to disconnect."""

    socket: web.WebSocketResponse
    pending: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)
    leaving: bool = False
    carried: list[Delivery] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return not self.leaving and not self.socket.closed


class Sockets:
    """The carrier of Socket Mode, and the endpoint that apps connect to."""

    def __init__(self, clock: Clock, news: News, app_id: str) -> None:
        self.clock = clock
        self.news = news
        self.app_id = app_id
        self.connections: list[Connection] = []
        self.acknowledged_late: list[str] = []
        self._tickets: set[str] = set()
        self._turn = itertools.count()

    def issue_ticket(self) -> str:
        """Opens one connection, once."""
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return ticket

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serves one connection until it closes."""
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        self._tickets.remove(request.query["ticket"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.open) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = Connection(socket)
        self.connections.append(connection)
        await socket.send_json(self._greet())
        self.news.tell("connected", connection)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(connection, json.loads(message.data))
        finally:
            self.connections.remove(connection)
            for future in connection.pending.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())
            self.news.tell("disconnected", connection)
        return socket

    @property
    def open(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.open]

    async def refresh(self, grace: float = 10.0) -> None:
        """Tells every connection to make room for a new one, as Slack does every few hours, and
        closes it after `grace` Slack seconds if the app has not."""
        leaving = self.open
        for connection in leaving:
            connection.leaving = True
            await connection.socket.send_json(
                {
                    "type": "disconnect",
                    "reason": "refresh_requested",
                    "debug_info": {"host": "peer"},
                }
            )
        await self.clock.sleep(grace)
        for connection in leaving:
            await connection.socket.close()

    async def drop(self) -> None:
        """Cuts every connection without a word."""
        for connection in list(self.connections):
            connection.leaving = True
            await connection.socket.close()

    async def carry(self, delivery: Delivery, retry: Retry | None, seconds: float) -> Outcome:
        connection = await self._choose(seconds)
        if connection is None:
            return Outcome(acknowledged=False, reason="timeout", fault=True)
        envelope = str(uuid.uuid4())
        reply: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.pending[envelope] = reply
        connection.carried.append(delivery)
        try:
            await connection.socket.send_json(_wrap(envelope, delivery, retry))
            return Outcome(acknowledged=True, reply=await self.clock.limit(reply, seconds))
        except TimeoutError:
            return Outcome(acknowledged=False, reason="timeout")
        except ConnectionError:
            return Outcome(acknowledged=False, reason="timeout", fault=True)
        finally:
            del connection.pending[envelope]

    async def _choose(self, seconds: float) -> Connection | None:
        """Waits for a connection as long as for an acknowledgement."""
        try:
            await self.news.wait_until(lambda: self.open, seconds / self.clock.speed)
        except TimeoutError:
            return None
        return self.open[next(self._turn) % len(self.open)]

    def _take(self, connection: Connection, reply: JSON) -> None:
        future = connection.pending.get(reply["envelope_id"])
        if future is None or future.done():
            self.acknowledged_late.append(reply["envelope_id"])
        else:
            future.set_result(reply.get("payload"))

    def _greet(self) -> JSON:
        debug = {"host": "peer", "build_number": 1, "approximate_connection_time": 18060}
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": debug,
            "connection_info": {"app_id": self.app_id},
        }


def _wrap(envelope: str, delivery: Delivery, retry: Retry | None) -> JSON:
    message = {
        "envelope_id": envelope,
        "payload": delivery.payload,
        "type": delivery.kind,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        message["retry_attempt"] = retry.number if retry else 0
        message["retry_reason"] = retry.reason if retry else ""
    return message
