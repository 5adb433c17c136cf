"""The peer by hand: lines that somebody types become what people do, and back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.peers.telegram.chats import Chat
from tests.peers.telegram.menus import find_menu
from tests.peers.telegram.messages import Draft, Message
from tests.peers.telegram.peer import TelegramPeer
from tests.peers.telegram.people import Group, Person
from tests.peers.telegram.server import Call, Violation
from tests.peers.telegram.transcript import describe, describe_message

HELP = """\
What you type goes to the bot, /commands too. What starts with a colon is for this console:
  :1            press button 1 of the latest message with buttons
  :reply TEXT   reply to the bot's latest message        :edit TEXT   edit your latest message
  :file PATH    send a file                              :stop        stop what is being written
  :group        go to the group                          :topic       go to the group's topic
  :private      back to the private chat                 :menu        the bot's commands here
  :zh, :en      be a Chinese or an English reader        :show        this chat from its beginning
  :block        block the bot                            :unblock     and allow it again
  :quit         leave"""


class Console:
    """`obey` takes a line and returns what to show at once; `news` what has come since."""

    def __init__(self, peer: TelegramPeer) -> None:
        self._peer = peer
        self._people = {
            "en": peer.add_user("Ada", language="en"),
            "zh": peer.add_user("王芳", language="zh"),
        }
        readers = list(self._people.values())
        self._group = peer.add_group("Reading room", readers)
        self._forum = peer.add_group("Reading room with topics", readers, topics=True)
        self._topic = self._forum.add_topic("Questions")
        self._person = self._people["en"]
        self._place: Group | None = None
        self._shown: dict[Message | Draft, int] = {}
        self._told: list[Violation | Call] = []
        self._commands: dict[str, Callable[[str], Awaitable[str]]] = {
            "reply": self._reply,
            "edit": self._edit,
            "file": self._send_file,
            "stop": self._stop,
            "group": self._go_to_group,
            "topic": self._go_to_topic,
            "private": self._go_home,
            "menu": self._show_menu,
            "show": self._show,
            "block": self._block,
            "unblock": self._unblock,
            "zh": self._become_chinese,
            "en": self._become_english,
            "help": self._help,
        }

    @property
    def chat(self) -> Chat:
        return self._place or self._person.private_chat

    @property
    def prompt(self) -> str:
        place = f" in {self._place.title}" if self._place else ""
        return f"{self._person.user.first_name}{place}> "

    async def obey(self, line: str) -> str:
        """Whatever goes wrong is said, not raised."""
        try:
            return await self._obey(line.strip())
        except (AssertionError, OSError, LookupError) as error:
            return f"! {error}"

    async def _obey(self, line: str) -> str:
        if not line.startswith(":"):
            if line:
                await self._say(line)
            return ""
        name, _, rest = line[1:].partition(" ")
        if name.isdecimal():
            return await self._press(int(name))
        command = self._commands.get(name, self._help)
        return await command(rest.strip())

    def news(self) -> str:
        """What the bot has sent, edited, deleted or drafted since the last time, and what it did
        wrong."""
        lines = [line for chat in self._peer.world.chats.values() for line in self._tell_all(chat)]
        wrong: list[Violation | Call] = [*self._peer.violations, *self._peer.floods]
        lines += [f"! {one.method}: {one.description}" for one in wrong if one not in self._told]
        self._told = wrong
        return "\n".join(lines)

    def _tell_all(self, chat: Chat) -> list[str]:
        things: list[Message | Draft] = [*chat.everything, *chat.drafts]
        return [line for one in things for line in self._tell(chat, one)]

    def _tell(self, chat: Chat, one: Message | Draft) -> list[str]:
        before, where = self._shown.get(one, 0), f"[{chat.title}] " if chat.title else ""
        if isinstance(one, Draft):
            self._shown[one] = len(one.texts)
            fresh = len(one.texts) > before and one.is_shown
            return [f"{where}(writing) {one.text or '…'}"] if fresh else []
        self._shown[one] = len(one.versions) + one.deleted
        if not one.by_bot or self._shown[one] == before:
            return []
        change = "(deleted) " if one.deleted else "(edited) " if before else ""
        return [f"{where}{change}{describe_message(one, numbered=True)}"]

    async def _say(self, text: str, reply_to: Message | None = None) -> None:
        topic = self._topic if self._place is self._forum and not reply_to else None
        await self._person.say(text, self.chat, topic=topic, reply_to=reply_to)

    async def _press(self, number: int) -> str:
        with_buttons = [one for one in self.chat.messages if one.labels]
        assert with_buttons, "there are no buttons here"
        message = with_buttons[-1]
        assert 1 <= number <= len(message.labels), f"there are {len(message.labels)} buttons"
        press = await self._person.press(message, message.labels[number - 1])
        return f"(the button says: {press.text})" if press.text else ""

    async def _reply(self, text: str) -> str:
        assert self.chat.answers, "there is nothing to reply to"
        await self._say(text, self.chat.answers[-1])
        return ""

    async def _edit(self, text: str) -> str:
        own = [one for one in self.chat.messages if one.sender is self._person.user]
        assert own, "there is nothing of yours"
        await self._person.edit(own[-1], text)
        return ""

    async def _send_file(self, path: str) -> str:
        name, content = await asyncio.to_thread(_read_file, path)
        await self._person.upload(name, content, chat=self.chat)
        return ""

    async def _stop(self, _: str) -> str:
        await self._person.stop(self.chat)
        return ""

    async def _go_to_group(self, _: str) -> str:
        self._place = self._group
        return f"(with {', '.join(_names(self._people))} and the bot)"

    async def _go_to_topic(self, _: str) -> str:
        self._place = self._forum
        return "(in the topic Questions)"

    async def _go_home(self, _: str) -> str:
        self._place = None
        return ""

    async def _show_menu(self, _: str) -> str:
        menu = find_menu(self._peer.world, self.chat, self._person.user)
        lines = [f"/{one['command']}  {one['description']}" for one in menu]
        return "\n".join(lines) or "(no commands)"

    async def _show(self, _: str) -> str:
        return describe(self.chat)

    async def _block(self, _: str) -> str:
        await self._person.block()
        return ""

    async def _unblock(self, _: str) -> str:
        await self._person.unblock()
        return ""

    async def _become_chinese(self, _: str) -> str:
        self._person = self._people["zh"]
        return ""

    async def _become_english(self, _: str) -> str:
        self._person = self._people["en"]
        return ""

    async def _help(self, _: str) -> str:
        return HELP


def _read_file(path: str) -> tuple[str, bytes]:
    file = Path(path).expanduser()
    return file.name, file.read_bytes()


def _names(people: dict[str, Person]) -> list[str]:
    return [person.user.first_name for person in people.values()]
