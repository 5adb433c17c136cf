"""How the Slack peer brings events to an app: in time, again, over which connection, signed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from tests.peers.slack import Delivery, DeliveryFault, SlackPeer
from tests.slack_bot import make_app, run_http, run_sockets


@pytest.fixture
async def peer() -> AsyncIterator[SlackPeer]:
    async with SlackPeer() as peer:
        yield peer


@dataclass
class Receiver:
    """An app that notes the headers of what it gets and answers with `status`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0
    received: list[tuple[str | None, str | None]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        number = request.headers.get("X-Slack-Retry-Num")
        self.received.append((number, request.headers.get("X-Slack-Retry-Reason")))
        await asyncio.sleep(self.pause)
        return web.Response(status=self.status, headers=self.headers)

    @asynccontextmanager
    async def run(self, peer: SlackPeer) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        peer.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        try:
            yield
        finally:
            await runner.cleanup()


async def wait_for_attempts(peer: SlackPeer, delivery: Delivery, count: int) -> None:
    await peer.wait_until(lambda: len(delivery.outcomes) == count, what=f"attempt {count}")


async def test_an_event_comes_again_at_once_after_a_minute_and_after_five(peer: SlackPeer) -> None:
    receiver = Receiver(status=500)
    async with receiver.run(peer):
        await peer.add_user("Ada").say("Hello")
        delivery = peer.deliveries[0]
        await wait_for_attempts(peer, delivery, 2)
        assert not delivery.done
        peer.clock.advance(60)
        await wait_for_attempts(peer, delivery, 3)
        assert not delivery.done
        peer.clock.advance(300)
        await delivery.finished()
    assert receiver.received == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert peer.courier.unacknowledged == [delivery]
    assert {violation.code for violation in peer.violations} == {"no_ack"}


async def test_time_can_run_faster() -> None:
    receiver = Receiver(status=500)
    async with SlackPeer(speed=1000) as peer, receiver.run(peer):
        await peer.add_user("Ada").say("Hello")
        await peer.deliveries[0].finished()
        assert len(peer.deliveries[0].outcomes) == 4


async def test_an_app_can_ask_for_no_more(peer: SlackPeer) -> None:
    receiver = Receiver(status=500, headers={"X-Slack-No-Retry": "1"})
    async with receiver.run(peer):
        await peer.add_user("Ada").say("Hello")
        await peer.deliveries[0].finished()
    assert receiver.received == [(None, None)]


async def test_an_app_has_three_seconds(peer: SlackPeer) -> None:
    receiver = Receiver(pause=3600)
    async with receiver.run(peer):
        await peer.add_user("Ada").say("Hello")
        await asyncio.sleep(0.05)
        peer.clock.advance(3)
        await wait_for_attempts(peer, peer.deliveries[0], 1)
    assert peer.deliveries[0].outcomes[0].reason == "http_timeout"


async def test_commands_do_not_come_again(peer: SlackPeer) -> None:
    receiver = Receiver(status=500)
    async with receiver.run(peer):
        delivery = await peer.add_user("Ada").slash("/ask", "x")
    assert not delivery.acknowledged
    assert len(receiver.received) == 1


async def test_a_request_url_is_verified_and_signatures_are_checked(peer: SlackPeer) -> None:
    async with run_http(peer, make_app(peer)):
        assert await peer.verify_url()
        peer.webhooks.secret = "wrong"
        assert not await peer.verify_url()
        peer.webhooks.secret = peer.signing_secret


@pytest.mark.parametrize("run", [run_sockets, run_http])
async def test_a_lost_acknowledgement_brings_the_same_event_again(
    peer: SlackPeer, run: type
) -> None:
    async with run(peer, make_app(peer)):
        ada = peer.add_user("Ada")
        peer.courier.faults.append(DeliveryFault.ACK_LOST)
        await ada.say("Hello")
        for _ in range(2):  # this bot does not mind getting it twice
            await (await ada.dm.next_message()).settled()
    assert peer.violations == []


@pytest.mark.parametrize("run", [run_sockets, run_http])
async def test_what_was_lost_at_first_comes_as_a_retry(peer: SlackPeer, run: type) -> None:
    async with run(peer, make_app(peer)):
        ada = peer.add_user("Ada")
        peer.courier.faults.append(DeliveryFault.LOST)
        await ada.say("Hello")
        await (await ada.dm.next_message()).settled()
        assert len(peer.deliveries[0].outcomes) == 2
        peer.courier.repeat(peer.deliveries[0])
        await (await ada.dm.next_message()).settled()


async def test_deliveries_wait_while_they_are_held(peer: SlackPeer) -> None:
    ada = peer.add_user("Ada")
    peer.courier.hold()
    await ada.say("Hello")
    await asyncio.sleep(0.05)
    assert peer.deliveries[0].outcomes == []
    async with run_sockets(peer, make_app(peer)):
        peer.courier.release()
        await (await ada.dm.next_message()).settled()


async def test_an_event_waits_for_an_app_that_restarts(peer: SlackPeer) -> None:
    ada = peer.add_user("Ada")
    async with run_sockets(peer, make_app(peer)):
        await ada.say("Hello")
        await (await ada.dm.next_message()).settled()
    await peer.wait_until(lambda: not peer.sockets.connections)
    await ada.say("Still there?")
    async with run_sockets(peer, make_app(peer)):
        await (await ada.dm.next_message()).settled()
    assert peer.violations == []


async def test_events_are_shared_out_among_connections(peer: SlackPeer) -> None:
    app = make_app(peer)
    ada = peer.add_user("Ada")
    async with run_sockets(peer, app), run_sockets(peer, app):
        await peer.connected(2)
        await ada.say("One")
        await ada.say("Two")
        for _ in range(2):
            await (await ada.dm.next_message()).settled()
        assert len(peer.sockets.connections) == 2
        taken = [len(connection.carried) for connection in peer.sockets.connections]
        assert min(taken) > 0
    assert len(ada.dm.by_bot) == 2


async def test_an_app_makes_a_new_connection_when_told_to(peer: SlackPeer) -> None:
    ada = peer.add_user("Ada")
    async with run_sockets(peer, make_app(peer)):
        old = peer.sockets.open[0]
        refreshing = asyncio.create_task(peer.sockets.refresh())
        await peer.wait_until(lambda: [one for one in peer.sockets.open if one is not old])
        await ada.say("Hello")
        await (await ada.dm.next_message()).settled()
        peer.clock.advance(10)
        await refreshing
        assert old.carried == []


async def test_sockets_need_a_ticket_and_an_answer(peer: SlackPeer) -> None:
    client = AsyncWebClient(base_url=f"{peer.url}/api/")
    opened = await client.apps_connections_open(app_token=peer.app_token)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"ws://127.0.0.1:{peer.port}/link/?ticket=made-up")
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await peer.add_user("Ada").say("Hello")
            first = await socket.receive_json()
            assert (first["type"], first["retry_attempt"]) == ("events_api", 0)
            peer.clock.advance(3)
            again = await socket.receive_json()
            assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
            assert again["payload"]["event_id"] == first["payload"]["event_id"]
            assert again["envelope_id"] != first["envelope_id"]
            await socket.send_json({"envelope_id": again["envelope_id"]})
            await peer.deliveries[0].finished()
    assert [violation.code for violation in peer.violations] == ["no_ack"]
