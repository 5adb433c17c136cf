"""Which messages in a channel's threads are for the bot although they do not mention it.

The rule: where the bot has answered somebody in a thread, that person's next messages there are
for the bot, until another person writes in the thread. A message that mentions somebody, and not
the bot, is for them. So two people who talk to each other are left alone, and whoever wants the
bot back mentions it. What was answered before the bot started anew is not known: silence then.
"""

from adapters.slack.reading import Spoken, Way
from bot.memory import Recent

THREADS = 5000  # watched at once


class Threads:
    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._partners = Recent[str](THREADS)

    def is_addressed(self, spoken: Spoken) -> bool:
        """To be asked of every message, once, in the order in which they are written."""
        said = spoken.said
        if said.way is Way.DIRECT or self._bot in spoken.mentions:
            return True
        place = said.place
        key = f"{place.channel}/{place.thread}"
        partner = self._partners.find(key) if spoken.in_thread else None
        if partner != place.user:
            self._partners.take(key)  # somebody else has joined in
            return False
        return not spoken.mentions

    def note_answer(self, channel: str, thread: str, user: str) -> None:
        self._partners.put(f"{channel}/{thread}", user)
