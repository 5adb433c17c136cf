"""A Slack on loopback that refuses what Slack refuses, waits as Slack waits and fails when told to.

By hand: `python -m tests.peers.slack [--port N] [--http URL] [--speed N]` prints the environment to
start the app with, then lets one type as a user; `:help` says what.

In tests:

    async with SlackPeer() as peer:
        ada = peer.add_user("Ada")
        general = peer.add_channel("general", ada)
        ...  # start the app: base_url=f"{peer.url}/api/", peer.bot_token, peer.app_token
        await peer.connected()
        await ada.mention("How long is the warranty?", general)
        answer = await (await general.next_message()).settled()
        assert "two years" in answer.content
        assert peer.violations == []

`peer.violations` is what a good app never does, refused with Slack's own error code where Slack
refuses it. What any app must expect (not in the channel, message gone, stopped by the user) is
refused but no violation: `peer.calls(method)` has it. `peer.pings` and `peer.links` are whom the
app's words called and where they lead, `peer.floods` what came too fast, `peer.deliveries` what
was brought to it.

`peer.clock.advance(seconds)` lets Slack's time pass: retries come, streams and response URLs grow
old. `peer.fail(method, fault)` and `peer.courier.faults` arrange faults, `peer.courier.hold()` and
`release()` stop and start deliveries, `peer.install(manifest)` limits the app to its manifest.

| module | duty |
|---|---|
| `peer` | the server and the handles for tests |
| `people` | what users do |
| `nouns`, `workspace` | channels, messages, views, members; what was noticed about the app |
| `web_api` | tokens, arranged faults, dispatch to the methods |
| `chat`, `streams`, `directory`, `surfaces` | the methods |
| `responses`, `doors` | response URLs, files |
| `courier`, `sockets`, `webhooks` | deliveries and their retries, over Socket Mode or HTTP |
| `events`, `interactions` | what is delivered |
| `schemas`, `rules`, `rates` | Slack's types, lengths and rates |
| `manifests` | what a manifest lets an app do |
| `clock`, `news` | time; waiting for a change |
| `console` | the peer by hand |
| `content`, `transcript` | what a reader sees |
"""

from tests.peers.slack.courier import Delivery
from tests.peers.slack.faults import (
    Cut,
    DeliveryFault,
    ErrorCode,
    LostReply,
    RateLimited,
    ServerError,
    Slow,
    Strike,
    Violation,
)
from tests.peers.slack.nouns import Channel, Message, View
from tests.peers.slack.peer import SlackPeer
from tests.peers.slack.people import Person
from tests.peers.slack.rates import UNLIMITED, Rates

__all__ = [
    "UNLIMITED",
    "Channel",
    "Cut",
    "Delivery",
    "DeliveryFault",
    "ErrorCode",
    "LostReply",
    "Message",
    "Person",
    "RateLimited",
    "Rates",
    "ServerError",
    "SlackPeer",
    "Slow",
    "Strike",
    "View",
    "Violation",
]
