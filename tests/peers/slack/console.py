"""The peer by hand: type as a user, see what the app does."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from textwrap import indent

from tests.peers.slack.content import read_chunks
from tests.peers.slack.nouns import Channel, Message, Prompts, Status, View
from tests.peers.slack.peer import SlackPeer
from tests.peers.slack.people import Person
from tests.peers.slack.transcript import read, write_message

HELP = """\
text                 write it here (in a channel, "@bot text" calls the app)
/ask warranty        give a command
:dm   :in NAME       go to the direct messages, or to a channel (made if it is not there)
:as NAME             be another user
:thread [N]          write in the thread of message N, or leave the thread
:press N [M]         press the M-th button of message N
:edit N text         change a message     :delete N   delete one
:home   :messages    open a tab of the app
:shortcut N ID       use a message shortcut
:submit B/A=text     submit the open form (block_id/action_id=text, more after ";")
:share PATH          upload a file
:stop N              stop a stream
:advance SECONDS     let Slack's time pass
:refresh             ask the app for new connections (Socket Mode)
:violations          what the app did wrong so far
:transcript          this conversation again
:quit"""


class Console:
    """Shows changes by `show`, one call a line or more; `obey` takes a line that was typed."""

    def __init__(self, peer: SlackPeer, show: Callable[[str], None]) -> None:
        self.peer = peer
        self.show = show
        self.person: Person = peer.add_user("Ada")
        self.place: Channel = self.person.dm
        self.thread: Message | None = None
        self.numbered: list[Message] = []
        peer.news.readers.append(self._report)
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "advance": self._advance,
            "as": self._become,
            "delete": self._delete,
            "dm": self._go_home,
            "edit": self._edit,
            "help": self._help,
            "home": self._open_home,
            "in": self._go,
            "messages": self._open_messages,
            "press": self._press,
            "refresh": self._refresh,
            "share": self._share,
            "shortcut": self._shortcut,
            "stop": self._stop,
            "submit": self._submit,
            "thread": self._enter_thread,
            "transcript": self._transcribe,
            "violations": self._list_violations,
        }

    @property
    def prompt(self) -> str:
        thread = f" thread {self._number(self.thread)}" if self.thread else ""
        return f"{self.person.name} in {self.place.name}{thread}> "

    async def obey(self, line: str) -> None:
        """Does what a line says, or says why not."""
        try:
            if line.startswith(":"):
                name, _, rest = line[1:].partition(" ")
                await self._commands.get(name, self._help)(rest.strip())
            elif line.startswith("/"):
                name, _, rest = line.partition(" ")
                delivery = await self.person.slash(name, rest, self.place)
                if not delivery.acknowledged:
                    self.show(f"{name} failed with the error “dispatch_failed”")
            elif line.startswith("@"):
                await self.person.mention(line.partition(" ")[2], self.place, self.thread)
            elif line:
                await self.person.say(line, self.place, self.thread)
        except (LookupError, OSError, ValueError, TimeoutError) as error:
            self.show(f"! {error}")

    async def _help(self, rest: str) -> None:
        self.show(HELP)

    async def _become(self, name: str) -> None:
        people = [one for one in self.peer.workspace.members.values() if isinstance(one, Person)]
        known = [person for person in people if person.name == name]
        self.person = known[0] if known else self.peer.add_user(name)
        if self.place.kind == "im":
            await self._go_home("")
        else:
            self.place.members.add(self.person.id)

    async def _go_home(self, rest: str) -> None:
        self.place, self.thread = self.person.dm, None

    async def _go(self, name: str) -> None:
        channels = self.peer.workspace.channels.values()
        known = [channel for channel in channels if channel.name == name]
        self.place = known[0] if known else self.peer.add_channel(name)
        self.place.members.add(self.person.id)
        self.thread = None

    async def _enter_thread(self, number: str) -> None:
        self.thread = self._find(number) if number else None

    async def _press(self, rest: str) -> None:
        number, _, button = rest.partition(" ")
        await self.person.press_number(self._find(number), int(button or 1))

    async def _edit(self, rest: str) -> None:
        number, _, text = rest.partition(" ")
        await self.person.edit(self._find(number), text)

    async def _delete(self, number: str) -> None:
        await self.person.delete(self._find(number))

    async def _open_home(self, rest: str) -> None:
        await self.person.open_home()

    async def _open_messages(self, rest: str) -> None:
        await self.person.open_home("messages")

    async def _shortcut(self, rest: str) -> None:
        number, _, callback_id = rest.partition(" ")
        await self.person.shortcut(self._find(number), callback_id)

    async def _submit(self, rest: str) -> None:
        values = {}
        for item in filter(None, rest.split(";")):
            field, _, text = item.strip().partition("=")
            block_id, _, action_id = field.partition("/")
            values[block_id, action_id] = text
        await self.person.submit_view(values)

    async def _share(self, path: str) -> None:
        content = Path(path).read_bytes()  # noqa: ASYNC240 a console may wait
        await self.person.share_file(Path(path).name, content, self.place)

    async def _stop(self, number: str) -> None:
        await self.person.stop(self._find(number))

    async def _advance(self, seconds: str) -> None:
        self.peer.clock.advance(float(seconds))

    async def _refresh(self, rest: str) -> None:
        await self.peer.sockets.refresh()

    async def _list_violations(self, rest: str) -> None:
        for violation in self.peer.violations:
            self.show(f"! {violation.method}: {violation.code}: {violation.detail}")
        self.show(f"{len(self.peer.violations)} violations, {len(self.peer.floods)} floods")

    async def _transcribe(self, rest: str) -> None:
        self.show(self.peer.transcript(self.place))

    def _find(self, number: str) -> Message:
        try:
            return self.numbered[int(number) - 1]
        except (ValueError, IndexError):
            raise LookupError(f"No message {number}") from None

    def _number(self, message: Message) -> int:
        if message not in self.numbered:
            self.numbered.append(message)
        return self.numbered.index(message) + 1

    def _report(self, what: str, about: object) -> None:
        match about:
            case Message():
                self.show(self._describe(what, about))
            case Status() if about.text:
                self.show(f"    … {self.peer.bot_name} {about.text}")
            case Prompts():
                self.show("\n".join(f"    ? {title}" for title, _ in about.prompts))
            case View():
                self.show(f"== {what}\n{indent(about.content, '   ')}")
            case _:
                pass

    def _describe(self, what: str, message: Message) -> str:
        number = self._number(message)
        if what == "append" and message.stream:
            added = read_chunks(message.stream.requests[-1])
            return f"[{number}] + {read(self.peer.workspace, added)}"
        where = "" if message.channel.kind == "im" else f"#{message.channel.name} "
        thread = "↳ " if message.thread_ts not in (None, message.ts) else ""
        mark = "" if what == "message" else f"({what}) "
        words = write_message(self.peer.workspace, message)
        return f"[{number}] {mark}{where}{thread}{words}"
