"""Which messages in a channel's threads are for the bot although they do not mention it.

The rule: who has called the bot in a thread may go on there without mentioning it, until another
person writes in the thread; whoever wants the bot back then mentions it. A message that mentions
somebody, and not the bot, is for them and not for the bot. So two people who talk to each other
are left alone. What was said before the bot started is not known: silence then, until a mention.
"""

from adapters.slack.reading import Place, Spoken, unescape
from adapters.slack.sending import Sender
from bot.errors import PlatformError
from bot.memory import Recent

THREADS = 5000  # watched at once
JUDGED = 20_000  # messages whose judgement is remembered, as they come more than once


class Threads:
    def __init__(self, bot: str) -> None:
        self._bot = bot
        # Who the bot talks to in a thread; "" after somebody else has written there.
        self._partners = Recent[str](THREADS)
        self._judged = Recent[bool](JUDGED)

    def is_known(self, spoken: Spoken) -> bool:
        """Whether the bot takes part in the thread."""
        return _name(spoken) in self._partners

    def is_addressed(self, spoken: Spoken) -> bool:
        """To be asked of every message, in the order in which they are written; those that come
        again are judged as the first time."""
        if spoken.place.direct:
            return True
        judged = self._judged.find(spoken.id)
        if judged is None:
            judged = self._judge(spoken)
            self._judged.put(spoken.id, judged)
        return judged

    def join(self, channel: str, thread: str, user: str) -> None:
        """Somebody has called the bot in there by other means than a mention."""
        self._partners.put(f"{channel}/{thread}", user)

    def _judge(self, spoken: Spoken) -> bool:
        place, name = spoken.place, _name(spoken)
        if self._bot in spoken.mentions:
            self._partners.put(name, place.user)
            return True
        if not spoken.in_thread or name not in self._partners:
            return False
        if self._partners.find(name) != place.user or spoken.mentions:
            self._partners.put(name, "")
            return False
        return True


def _name(spoken: Spoken) -> str:
    return f"{spoken.place.channel}/{spoken.place.thread}"


async def find_beginning(sender: Sender, place: Place) -> str:
    """The message that a thread is about, for who calls the bot into it; "" if Slack does not tell
    at once."""
    try:
        answer = await sender.try_once(
            "conversations.replies", channel=place.channel, ts=place.thread, limit=1
        )
    except PlatformError:
        return ""
    messages = (answer or {}).get("messages") or [{}]
    return unescape(str(messages[0].get("text") or ""))
