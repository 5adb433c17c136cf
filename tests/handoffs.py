"""Hand-offs while `openbook serve` dies: an asker in Telegram, a staff in a Slack channel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.texts import ENGLISH
from tests.lives import deliver_rest_of_slack, wait_until_settled
from tests.packs import PATIENCE, Pack
from tests.peers import slack, telegram
from tests.peers.slack import Channel, Message
from tests.peers.slack import Person as SlackPerson
from tests.peers.telegram.people import Person

ORDER, PRICE = "My order is 4711", "It costs 4 euros"


@dataclass(frozen=True, slots=True)
class Case:
    """A hand-off, from the bot's message in the staff channel on."""

    shop: "Shop"
    asker: Person
    message: Message

    async def write(self) -> None:
        await self.asker.say(ORDER)

    async def leave(self) -> None:
        await self.asker.say("/close")

    async def reply(self) -> None:
        await self._say(PRICE)

    async def close(self) -> None:
        await self._say("close")

    async def _say(self, text: str) -> None:
        await self.shop.ada.say(text, self.shop.staff, self.message)

    def count_told(self, text: str) -> int:
        """How often the asker has read it."""
        return sum(text in one.text for one in self.asker.private_chat.answers)

    def count_passed_on(self, text: str) -> int:
        """How often the staff has read it from the bot."""
        return sum(text in one.content for one in self.shop.staff.thread(self.message))


@dataclass(frozen=True, slots=True)
class Shop:
    """One process on both platforms."""

    telegram: telegram.TelegramPeer
    slack: slack.SlackPeer
    ada: SlackPerson
    staff: Channel
    pack: Pack
    ledger: str

    async def call(self) -> Case:
        """Somebody asks for a person and is told that one is asked."""
        asker = self.telegram.add_user("Asker", started=True)
        await asker.say("/human Do you gift-wrap?")
        await asker.private_chat.wait_for_text("The team has your question", seconds=PATIENCE)
        return Case(self, asker, self.find_calls(asker)[0])

    def find_calls(self, asker: Person) -> list[Message]:
        return [one for one in self.staff.by_bot if f"telegram:{asker.id}" in one.content]

    async def die(
        self, act: Callable[[], Awaitable[None]], method: str, *, delivered: bool = False
    ) -> None:
        """The process dies when it calls the method for what somebody does, before or after that
        arrives; the next one does what is left."""
        if method == "sendMessage":
            self.telegram.fail(method, telegram.Strike(self.pack.strike, delivered))
        else:
            self.slack.fail(method, slack.Strike(self.pack.strike, delivered))
        await act()
        await self.pack.wait_for_strikes(1)
        await self.pack.fill()
        await self.telegram.wait_until_fetched()
        await deliver_rest_of_slack(self.slack)
        await wait_until_settled(self.ledger)


async def call_and_die(shop: Shop, method: str, *, delivered: bool) -> tuple[int, int]:
    """How often the staff was told of a call, and its asker that it was."""
    asker = shop.telegram.add_user("Asker", started=True)

    async def call() -> None:
        await asker.say("/human Do you gift-wrap?")

    await shop.die(call, method, delivered=delivered)
    texts = [one.text for one in asker.private_chat.answers]
    told = sum(ENGLISH.human_called in one or ENGLISH.delivery_unsure in one for one in texts)
    return len(shop.find_calls(asker)), told
