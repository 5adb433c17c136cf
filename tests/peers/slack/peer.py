"""The server: puts the parts together and gives tests their handles."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.peers.slack import events, transcript
from tests.peers.slack.clock import Clock
from tests.peers.slack.courier import Carrier, Courier, Delivery
from tests.peers.slack.doors import Doors
from tests.peers.slack.faults import Fault, Violation
from tests.peers.slack.manifests import read_manifest
from tests.peers.slack.news import PATIENCE, News
from tests.peers.slack.nouns import Channel, Message
from tests.peers.slack.people import Person
from tests.peers.slack.rates import Meter, Rates
from tests.peers.slack.responses import ResponseUrls
from tests.peers.slack.schemas import check_event
from tests.peers.slack.sockets import Sockets
from tests.peers.slack.web_api import Call, WebApi
from tests.peers.slack.webhooks import Webhooks
from tests.peers.slack.workspace import (
    APP,
    BOT_USER,
    MESSAGE_EVENTS,
    SUBSCRIPTIONS,
    Link,
    Ping,
    Workspace,
)

JSON = dict[str, Any]
Value = TypeVar("Value")
LARGEST = 1 << 26


@dataclass
class SlackPeer:
    """An async context manager; `url` is set inside.

    With `request_url` events are posted there, signed (HTTP mode); without, they go to the
    websockets that the app opens (Socket Mode)."""

    port: int = 0
    speed: float = 1.0
    request_url: str | None = None
    rates: Rates = field(default_factory=Rates)
    subscriptions: frozenset[str] = SUBSCRIPTIONS
    scopes: frozenset[str] | None = None  # any
    bot_name: str = "Openbook"
    bot_token: str = "xoxb-0000-peer"
    app_token: str = "xapp-1-A0000PEER01-0000-peer"
    signing_secret: str = "peer-signing-secret"

    def __post_init__(self) -> None:
        self.offers: dict[str, frozenset[str]] = {}
        self.clock = Clock(self.speed)
        self.news = News()
        self.workspace = Workspace(
            self.clock, self.news, self.bot_name, self.subscriptions, publish=self.publish
        )
        self.sockets = Sockets(self.clock, self.news, APP)
        self.webhooks = Webhooks(self.clock, self.request_url or "", self.signing_secret)
        self.courier = Courier(self.clock, self.news, self._choose_carrier, self.violations)
        self.urls = ResponseUrls(self.workspace)
        meter = Meter(self.clock, self.rates)
        self.api = WebApi(
            self.workspace, meter, self.bot_token, self.app_token, self._open_connection
        )
        self.api.scopes = self.scopes

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST)
        doors = Doors(self.api, self.urls)
        app.router.add_route("*", "/api/{method}", self.api.handle)
        app.router.add_get("/link/", self.sockets.connect)
        app.router.add_post("/respond/{token}", doors.respond)
        app.router.add_get("/files-pri/{id}/download/{name}", doors.send_file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.workspace.url = self.url
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.courier.close()
        await self.sockets.drop()
        await self.webhooks.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """`slack_sdk` wants f"{url}/api/" as its base_url."""
        return f"http://127.0.0.1:{self.port}"

    # What tests look at.

    @property
    def violations(self) -> list[Violation]:
        """Breaches of Slack's contract; empty for a good app."""
        return self.workspace.violations

    @property
    def pings(self) -> list[Ping]:
        """Everybody whom the app's messages called."""
        return self.workspace.pings

    @property
    def links(self) -> list[Link]:
        """Every address that the app's messages lead to."""
        return self.workspace.links

    @property
    def floods(self) -> list[Call]:
        """Requests that came too fast and were refused."""
        return self.api.floods

    @property
    def deliveries(self) -> list[Delivery]:
        return self.courier.deliveries

    def calls(self, method: str = "") -> list[Call]:
        """The requests of one method, or all."""
        return [call for call in self.api.calls if method in ("", call.method)]

    def transcript(self, channel: Channel) -> str:
        """A channel as plain text, replies indented, ephemeral messages marked."""
        return transcript.write(self.workspace, channel)

    async def wait_until(
        self, find: Callable[[], Value | None], patience: float = PATIENCE, what: str = ""
    ) -> Value:
        """The first true value of `find`, which is asked again after every change."""
        return await self.news.wait_until(find, patience, what)

    # What tests set up.

    def add_user(
        self, name: str, locale: str = "en-US", timezone: str = "Europe/Amsterdam"
    ) -> Person:
        person = Person(
            self.workspace.make_id("U"), name, locale=locale, timezone=timezone, peer=self
        )
        self.workspace.members[person.id] = person
        for channel in self.workspace.channels.values():
            if channel.name == "general":
                channel.members.add(person.id)
        return person

    def add_channel(
        self,
        name: str,
        *members: Person,
        private: bool = False,
        with_bot: bool = True,
        archived: bool = False,
    ) -> Channel:
        kind, letter = ("group", "G") if private else ("channel", "C")
        channel = Channel(self.workspace.make_id(letter), name, kind, self.news)
        channel.members |= {member.id for member in members}
        channel.members |= {BOT_USER} if with_bot else set()
        channel.archived = archived
        self.workspace.channels[channel.id] = channel
        return channel

    def install(self, manifest: JSON) -> None:
        """Takes events, scopes, commands and shortcuts from an app manifest: nothing else comes to
        the app or is allowed to it. ValueError if Slack would not take the manifest."""
        app = read_manifest(manifest)
        self.offers = {"command": app.commands, "shortcut": app.shortcuts}
        self.workspace.subscriptions = app.events
        self.api.scopes = app.scopes

    def check_offered(self, kind: str, name: str) -> None:
        """LookupError for a command or shortcut that the manifest does not have."""
        if kind in self.offers and name not in self.offers[kind]:
            raise LookupError(f"No {kind} {name} in the manifest")

    def fail(self, method: str, fault: Fault, times: int | None = 1) -> None:
        """Arranges that the next `times` requests of the method go wrong, or with None all.
        Response URLs go by the name "response_url", downloads by "files"."""
        if times is None:
            self.api.always[method] = fault
        else:
            self.api.faults.setdefault(method, deque()).extend([fault] * times)

    def heal(self) -> None:
        """Ends all arranged faults."""
        self.api.always.clear()
        self.api.faults.clear()
        self.courier.faults.clear()

    # What Slack does.

    def publish(self, kind: str, event: JSON) -> None:
        """Sends an event, if the app is installed and has subscribed to its kind."""
        if self.workspace.installed and kind in self.workspace.subscriptions:
            check_event(event)
            event_id = self.workspace.make_id("Ev")
            body = events.wrap(event, event_id, self.clock.now())
            self.courier.send("events_api", body)

    def say_as_other_bot(self, text: str, channel: Channel) -> Message:
        """A message of some other app."""
        message = Message(channel, self.workspace.make_ts(), "", by_bot=False, text=text)
        message.subtype = "bot_message"
        self.workspace.add(message)
        event = events.make_bot_event(message)
        self.publish(MESSAGE_EVENTS[channel.kind], event)
        return message

    def uninstall(self) -> None:
        """Removes the app; its bot token is worth nothing any more."""
        tokens = {"oauth": [], "bot": [BOT_USER]}
        self.publish("tokens_revoked", {"type": "tokens_revoked", "tokens": tokens})
        self.publish("app_uninstalled", {"type": "app_uninstalled"})
        self.workspace.installed = False

    async def connected(self, count: int = 1, patience: float = PATIENCE) -> None:
        """Waits until the app has so many websockets open."""
        await self.wait_until(
            lambda: len(self.sockets.open) >= count, patience, f"{count} connections"
        )

    async def verify_url(self) -> bool:
        """Whether the app answers Slack's challenge at `request_url`."""
        return await self._open_webhooks().verify_url(events.TOKEN)

    def _choose_carrier(self) -> Carrier:
        return self._open_webhooks() if self.request_url else self.sockets

    def _open_webhooks(self) -> Webhooks:
        self.webhooks.url = self.request_url or ""
        return self.webhooks

    def _open_connection(self) -> JSON:
        ticket = self.sockets.issue_ticket()
        return {"url": f"ws://127.0.0.1:{self.port}/link/?ticket={ticket}&app_id={APP}"}
