"""A Telegram Bot API server on loopback, with people in it.

It checks every request against the published Bot API (10.3), refuses what Telegram refuses in
Telegram's words, and writes down what a bot did wrong:

    async with TelegramPeer() as peer:
        ada = peer.add_user("Ada", language="en")
        ...  # start the bot with peer.token at peer.url
        await ada.say("/start")
        reply = await ada.private_chat.next_message()
        await ada.press(reply, "👍")
        assert peer.complaints == []

What it enforces is what Telegram documents or answers (its server's source has the words). Three
things are not published, so they are guesses: how large a burst passes before a flood wait, how
fast drafts may come (`Rates`), and whether a mention passes privacy mode
(`peer.world.mentions_pass_privacy`). It is stricter where Telegram mends in silence: more than 100
entities, more than 8 buttons in a row, and unknown parameters are written down as violations. Left
out: channels, inline mode, payments, `parse_mode`, rich messages.

By hand, with no Telegram account: `python -m tests.peers.telegram`, then start the bot in another
terminal with the two variables that it prints.

| module | holds |
|---|---|
| `peer` | `TelegramPeer`, what tests hold |
| `server` | the Bot API over HTTP |
| `world`, `chats`, `messages` | what this Telegram knows: users, chats, messages, drafts, files |
| `people` | what people do: `Person`, `Group` |
| `sending`, `account`, `menus` | the methods of the Bot API |
| `updates` | long polling and webhook |
| `rules`, `entities`, `floods` | the limits |
| `schema`, `make_schema` | the published methods and types |
| `faults` | what can be made to go wrong |
| `transcript`, `console` | a chat as text, and by hand |
"""

from tests.peers.telegram.chats import Chat
from tests.peers.telegram.clock import Clock
from tests.peers.telegram.faults import BadGateway, Cut, Flood, LostReply, Refused, Slow, Strike
from tests.peers.telegram.floods import UNLIMITED, Rates
from tests.peers.telegram.menus import find_menu
from tests.peers.telegram.messages import Document, Draft, Message
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram.people import Group, Person
from tests.peers.telegram.server import Call, Violation
from tests.peers.telegram.transcript import describe
from tests.peers.telegram.world import Press

__all__ = [
    "UNLIMITED",
    "BadGateway",
    "Call",
    "Chat",
    "Clock",
    "Cut",
    "Document",
    "Draft",
    "Flood",
    "Group",
    "LostReply",
    "Message",
    "Person",
    "Press",
    "Rates",
    "Refused",
    "Slow",
    "Strike",
    "TelegramPeer",
    "Violation",
    "describe",
    "find_menu",
]
