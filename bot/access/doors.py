"""Who is let in with a message, and what may be seen in the answer to it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace

from bot.access.folders import Folders
from bot.access.rules import Rules, judge, list_problems, load_rules
from bot.errors import StoreError
from bot.nouns import EVERYTHING, NOTHING, Asker, Message, Scope

FRESH = 1.0  # seconds that a look at the folders is good for
BRIEF = 0.1  # seconds that a look may take for that: a longer one is good for longer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """`scope` is what all who read the answer may see, `alone` what the asker may where nobody else
    reads."""

    scope: Scope = EVERYTHING
    alone: Scope = EVERYTHING

    @property
    def is_narrowed(self) -> bool:
        """Whether the asker may see more elsewhere."""
        return not self.scope.covers(self.alone)


class Doors:
    """`members` are the keys of those who may ask, none: all may. `read_published` gives the rules
    that the index keeps and raises StoreError. Admins may see everything where nobody else reads.
    """

    def __init__(
        self,
        folders: Folders,
        read_published: Callable[[], Awaitable[str]],
        *,
        is_admin: Callable[[Asker], bool],
        members: Collection[str] = (),
        fresh: float = FRESH,
    ) -> None:
        self._folders = folders
        self._read_published = read_published
        self.is_admin = is_admin
        self._members = frozenset(members)
        self._fresh = fresh
        self._lock = asyncio.Lock()
        self._rules: Rules = {}
        self._stale = 0.0
        self._problems: dict[str, str] = {}
        self._turned_away: set[str] = set()

    def admits(self, message: Message) -> bool:
        """In a group or channel, that has to be on the list: whoever asks there, all there read."""
        if not self._members or (message.chat.private and self.is_admin(message.asker)):
            return True
        if not self._members.isdisjoint(name_readers(message)):
            return True
        key = find_own_key(message)
        if key not in self._turned_away:
            self._turned_away.add(key)
            logger.info("%s is not on the list of members and is turned away", key)
        return False

    async def look(self, message: Message) -> View:
        """As the rules are now. Raises nothing: an index that cannot be read shows nothing."""
        private = replace(message, chat=replace(message.chat, private=True))
        admin = self.is_admin(message.asker)
        if admin and message.chat.private:
            return View()
        try:
            rules = {**load_rules(await self._read_published()), **await self._read_folders()}
        except StoreError:
            return View(NOTHING, NOTHING)
        alone = EVERYTHING if admin else judge(rules, name_readers(private))
        return View(judge(rules, name_readers(message)), alone)

    async def _read_folders(self) -> Rules:
        async with self._lock:
            begun = time.monotonic()
            if begun >= self._stale:
                self._rules = await asyncio.to_thread(self._folders.read)
                taken = time.monotonic() - begun
                self._stale = begun + taken + self._fresh * max(1.0, taken / BRIEF)
                self._complain()
            return self._rules

    def _complain(self) -> None:
        problems = list_problems(self._rules)
        for path in problems.keys() - self._problems.keys():
            logger.error("%s: %s", path, problems[path])
        self._problems = problems


def name_readers(message: Message) -> frozenset[str]:
    """The keys that a list or a rule may name them by who will read the answer."""
    asker, chat = message.asker, message.chat
    home = asker.workspace if chat.private else chat.workspace
    keys = {find_own_key(message)}
    if home and not chat.shared:
        keys.add(f"{chat.platform}:{home}")
    return frozenset(keys)


def find_own_key(message: Message) -> str:
    """What to put on a list so that an answer like this is let through."""
    return message.asker.key if message.chat.private else message.chat.room
