"""The handle that tests hold: a Telegram with its one bot, to be peopled and looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.peers.telegram.chats import WAIT, Chat
from tests.peers.telegram.clock import Clock
from tests.peers.telegram.faults import Fault, Faults
from tests.peers.telegram.floods import Floods, Rates
from tests.peers.telegram.messages import User
from tests.peers.telegram.people import Group, Person
from tests.peers.telegram.server import Call, Record, Server, Violation
from tests.peers.telegram.updates import Updates
from tests.peers.telegram.world import Press, World

TOKEN = "700000001:AAF-peer_telegram_token_of_no_worth_00"


@dataclass(repr=False)
class TelegramPeer:
    """An async context manager; `url` is set inside. For python-telegram-bot:
    `base_url(f"{peer.url}/bot").base_file_url(f"{peer.url}/file/bot").token(peer.token)`.

    `violations`, `floods` and `calls` are what the bot did wrong, what it sent too fast, and all
    that it asked for. `forward` maps public webhook addresses to ones on loopback.
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

    def __post_init__(self) -> None:
        number = int(self.token.partition(":")[0])
        bot = User(number, self.bot_name, username=self.bot_username, is_bot=True)
        updates = Updates(self.clock, self._forward)
        self.world = World(bot, self.clock, updates, privacy=self.privacy)
        self._record = Record()
        limits = Floods(self.rates, self.clock)
        self._server = Server(self.token, self.world, limits, self.faults, self._record)

    async def __aenter__(self) -> Self:
        self.port = await self._server.start(self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def violations(self) -> list[Violation]:
        return self._record.violations

    @property
    def floods(self) -> list[Call]:
        return self._record.floods

    @property
    def calls(self) -> list[Call]:
        return self._record.calls

    @property
    def complaints(self) -> list[str]:
        """All that a well-behaved bot leaves empty: violations, floods, unanswered buttons."""
        unanswered = [f"the button {press.data!r} was never answered" for press in self.unanswered]
        wrong: list[Violation | Call] = [*self.violations, *self.floods]
        return [f"{one.method}: {one.description}" for one in wrong] + unanswered

    @property
    def unanswered(self) -> list[Press]:
        """Buttons that still show a clock."""
        return [press for press in self.world.presses.values() if not press.answered]

    @property
    def updates(self) -> Updates:
        return self.world.updates

    def list_calls(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    async def wait_until_fetched(self, seconds: float = WAIT) -> None:
        """Until the bot has taken every update. It may still be at work on the last."""
        updates = self.world.updates
        await updates.confirmed.wait_for(lambda: not updates.pending, seconds)

    def fail(self, method: str, fault: Fault, *, times: int | None = 1) -> None:
        """The next `times` requests of this method go wrong so ("*": of any but getUpdates; None:
        until `faults.clear()`). A file being fetched is the method "download"."""
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
