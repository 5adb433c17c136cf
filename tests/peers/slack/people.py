"""What users do: write, mention, command, press, open, share. Each act reaches the app as Slack
would bring it."""

import asyncio
import mimetypes
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.peers.slack import events, interactions, rules
from tests.peers.slack.content import type_text
from tests.peers.slack.courier import Delivery
from tests.peers.slack.faults import Refusal
from tests.peers.slack.news import PATIENCE
from tests.peers.slack.nouns import Channel, File, Message, View
from tests.peers.slack.workspace import BOT_USER, Member

if TYPE_CHECKING:
    from tests.peers.slack.peer import SlackPeer

JSON = dict[str, Any]


@dataclass(eq=False, slots=True)
class Person(Member):
    """A user of the workspace. Made by `SlackPeer.add_user`."""

    peer: "SlackPeer" = field(kw_only=True, repr=False)
    _seen: set[str] = field(default_factory=set, repr=False)

    @property
    def dm(self) -> Channel:
        """The direct messages with the app."""
        return self.peer.workspace.find_direct(self.id)

    @property
    def home(self) -> View | None:
        return self.peer.workspace.homes.get(self.id)

    @property
    def modal(self) -> View | None:
        return self.peer.workspace.modals.get(self.id)

    @property
    def ephemerals(self) -> list[Message]:
        """What the app showed to this user alone, oldest first."""
        return [
            message
            for channel in self.peer.workspace.channels.values()
            for message in channel.ephemerals
            if message.to == self.id and not message.deleted
        ]

    async def next_ephemeral(self, patience: float = PATIENCE) -> Message:
        """The oldest ephemeral message to this user that this method has not given yet."""

        def find() -> Message | None:
            return next((one for one in self.ephemerals if one.ts not in self._seen), None)

        what = f"an ephemeral message to {self.name}"
        message = await self.peer.news.wait_until(find, patience, what)
        self._seen.add(message.ts)
        return message

    async def say(
        self,
        text: str,
        in_: Channel | None = None,
        thread: Message | None = None,
        *,
        copies: int = 1,
        files: tuple[File, ...] = (),
    ) -> Message:
        """Writes what a user types, by default to the app. `copies` is how many events, each under
        an id of its own, tell of the message."""
        channel = in_ or (thread.channel if thread else self.dm)
        message = Message(
            channel,
            self.peer.workspace.make_ts(),
            self.id,
            by_bot=False,
            text=type_text(text),
            thread_ts=(thread.thread_ts or thread.ts) if thread else None,
            files=list(files),
            subtype="file_share" if files else None,
        )
        self.peer.workspace.add(message)
        for _ in range(copies):
            events.announce(self.peer.workspace, message)
        await asyncio.sleep(0)
        return message

    async def mention(
        self,
        text: str,
        in_: Channel | None = None,
        thread: Message | None = None,
        *,
        copies: int = 1,
    ) -> Message:
        """Writes to the app in a channel. The app gets `app_mention` and `message` for it."""
        words = f"<@{BOT_USER}> {text}"
        return await self.say(words, in_, thread, copies=copies)

    async def edit(self, message: Message, text: str) -> None:
        before = events.describe_message(message)
        message.text = type_text(text)
        self.peer.news.tell("edit", message)
        events.announce_change(self.peer.workspace, message, before)

    async def delete(self, message: Message) -> None:
        message.deleted = True
        self.peer.news.tell("deletion", message)
        events.announce_deletion(self.peer.workspace, message)

    async def slash(self, command: str, text: str = "", in_: Channel | None = None) -> Delivery:
        """Gives a command and waits until the app has acknowledged it; what it acknowledged it
        with is then shown."""
        self.peer.check_offered("command", command)
        channel = in_ or self.dm
        url = self.peer.urls.issue(self.id, channel)
        words = (command, text)
        form = interactions.make_command(self.peer.workspace, self, channel, words, url)
        then = self.peer.urls.show_reply(url)
        return await self.peer.courier.send("slash_commands", form, then).finished()

    async def press(self, message: Message, action_id: str, value: str | None = None) -> Delivery:
        """Presses a button, a side of feedback buttons or a choice by its value."""
        elements = message.iterate_elements()
        found = [pair for pair in elements if pair[1]["action_id"] == action_id]
        if not found:
            raise LookupError(f"No {action_id} among {message.action_ids}")
        return await self._press(message, *found[0], value)

    async def press_number(self, message: Message, number: int) -> Delivery:
        """Presses the first, second … thing on a message; feedback has two."""
        return await self._press(message, *message.list_presses()[number - 1])

    async def _press(
        self, message: Message, block: JSON, element: JSON, value: str | None
    ) -> Delivery:
        url = self.peer.urls.issue(self.id, message.channel, message)
        now = self.peer.clock.now()
        payload = interactions.make_interaction(self.peer.workspace, self, "block_actions")
        payload |= interactions.describe_place(message)
        payload |= {
            "response_url": url,
            "actions": [interactions.describe_action(block, element, value, now)],
        }
        return await self.peer.courier.send("interactive", payload).finished()

    async def press_home(self, action_id: str, value: str | None = None) -> Delivery:
        """Presses a button in the app's home tab."""
        view = self.home
        if view is None:
            raise LookupError("The app has not published a home tab")
        place = Message(self.dm, "0", BOT_USER, by_bot=True, blocks=view.body["blocks"])
        found = [pair for pair in place.iterate_elements() if pair[1]["action_id"] == action_id]
        if not found:
            raise LookupError(f"No {action_id} among {place.action_ids}")
        payload = interactions.make_interaction(self.peer.workspace, self, "block_actions")
        now = self.peer.clock.now()
        payload |= {
            "container": {"type": "view", "view_id": view.id},
            "view": view.body,
            "actions": [interactions.describe_action(*found[0], value, now)],
        }
        return await self.peer.courier.send("interactive", payload).finished()

    async def shortcut(self, message: Message, callback_id: str) -> Delivery:
        """Uses a shortcut of the app on a message."""
        self.peer.check_offered("shortcut", callback_id)
        place = interactions.describe_place(message)
        payload = interactions.make_interaction(self.peer.workspace, self, "message_action")
        payload |= {
            "callback_id": callback_id,
            "channel": place["channel"],
            "message": events.describe_message(message),
            "message_ts": message.ts,
            "action_ts": f"{self.peer.clock.now():.6f}",
            "response_url": self.peer.urls.issue(self.id, message.channel),
        }
        return await self.peer.courier.send("interactive", payload).finished()

    async def open_home(self, tab: str = "home") -> None:
        """Opens the app's "home" or "messages" tab."""
        now = self.peer.clock.now()
        event = events.make_home_event(self.id, self.dm, tab, self.home, now)
        self.peer.publish("app_home_opened", event)

    async def next_home(self, patience: float = PATIENCE) -> View:
        """Opens the home tab and waits for the app to publish it anew."""
        before = self.home
        await self.open_home()

        def find() -> View | None:
            return None if self.home is before else self.home

        return await self.peer.news.wait_until(find, patience, f"a home tab for {self.name}")

    async def submit_view(self, values: dict[tuple[str, str], str] | None = None) -> Delivery:
        """Submits the open modal with plain texts by block_id and action_id. The modal closes
        unless the app answers with something else."""
        view = self.modal
        if view is None:
            raise LookupError("No modal is open")
        state: dict[str, JSON] = {}
        for (block_id, action_id), value in (values or {}).items():
            field_state = {"type": "plain_text_input", "value": value}
            state.setdefault(block_id, {})[action_id] = field_state
        payload = interactions.make_interaction(self.peer.workspace, self, "view_submission")
        payload |= {"view": view.body | {"state": {"values": state}}, "response_urls": []}
        delivery = await self.peer.courier.send("interactive", payload).finished()
        if delivery.acknowledged:
            reply = delivery.reply
            self._close_modal(view, reply if isinstance(reply, dict) else {})
        return delivery

    def _close_modal(self, view: View, reply: JSON) -> None:
        match reply.get("response_action"):
            case "update" | "push":
                self.peer.workspace.modals[self.id] = View(view.id, reply["view"])
                self._check_modal(reply["view"])
            case "errors":
                pass
            case _:
                self.peer.workspace.modals.pop(self.id, None)
        self.peer.news.tell("modal", view)

    def _check_modal(self, view: JSON) -> None:
        try:
            rules.check_view(view)
        except Refusal as refusal:
            self.peer.workspace.breach("view_submission", refusal.code, refusal.detail)

    async def stop(self, message: Message) -> None:
        """Presses "stop" on a message that streams: no more of it is taken."""
        if message.stream is None:
            raise LookupError("The message does not stream")
        message.stream.stopped_by_user = True
        message.stream.stopped = self.peer.clock.now()
        event = events.make_stopped_event(message, self.id, self.peer.clock.now())
        self.peer.publish("agent_session_stopped", event)
        self.peer.news.tell("stop", message)

    async def share_file(
        self, name: str, content: bytes, in_: Channel | None = None, text: str = ""
    ) -> Message:
        """Uploads a file. The app gets `file_shared` and a `message` with the file."""
        file_id = self.peer.workspace.make_id("F")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        folder = f"{self.peer.url}/files-pri/{file_id}-{uuid.uuid4().hex[:8]}/download"
        address = f"{folder}/{name.replace(' ', '_')}"
        file = File(file_id, name, content, self.id, kind, address, int(self.peer.clock.now()))
        self.peer.workspace.files[file_id] = file
        channel = in_ or self.dm
        if BOT_USER in channel.members:
            event = events.make_shared_event(file, channel, self.peer.clock.now())
            self.peer.publish("file_shared", event)
        return await self.say(text, channel, files=(file,))
