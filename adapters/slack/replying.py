"""One message's way to its answer in Slack: what is shown meanwhile, and the answer itself."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from adapters.slack.previewing import Preview
from adapters.slack.reading import Said, Way
from adapters.slack.rendering import (
    Block,
    Post,
    make_share_button,
    render,
    render_question,
    render_words,
)
from adapters.slack.resuming import make_mark
from adapters.slack.sending import Misshapen, Sender, Unreachable, Unsure
from adapters.slack.streaming import Stream
from bot.commands.calls import parse_command
from bot.desk import Desk
from bot.errors import LedgerError, PlatformError
from bot.nouns import Answer, Button, Done, Event, Found, Outcome, Searching, Text, Working
from bot.presenting import UP

DONE = "✓"  # in the place of what waits, where there is nothing to say
USES = 4  # of a response URL, which takes five messages in all

logger = logging.getLogger(__name__)


class Reply(Protocol):
    @property
    def messages(self) -> Sequence[str]:
        """The time stamps of what stands there already."""
        ...

    async def take(self, event: Event) -> None:
        """Raises PlatformError when the answer cannot be delivered."""
        ...

    async def finish(self, answer: Answer) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What every reply needs."""

    sender: Sender
    desk: Desk


def make_reply(means: Means, said: Said, known: Sequence[str] = ()) -> Reply:
    """`known` are the messages that an earlier process has begun."""
    match said.way:
        case Way.THREAD | Way.PUBLIC | Way.REPLACE:
            return Open(means, said, known)
        case Way.WHISPER | Way.SHARE:
            return Whispered(means, said)
        case Way.SILENT:
            return Silent()


class Open:
    """For all who read there: a status while it is searched, then a message that grows. What a
    button stood under gives way to what comes of it."""

    def __init__(self, means: Means, said: Said, known: Sequence[str] = ()) -> None:
        self._means = means
        self._said = said
        self._words = means.desk.speak_to(said.message)
        known = [said.number] if said.way is Way.REPLACE else known
        mark = make_mark(said.message.event_id)
        self._stream = Stream(means.sender, said.place, mark, self._note, known)
        self._status = Preview(self._set_status, means.sender.pace.tempo.append)
        self._written = ""
        self._has_status = False

    @property
    def messages(self) -> Sequence[str]:
        posted = [self._said.posted] if self._said.posted else []
        return posted + self._stream.messages

    async def take(self, event: Event) -> None:
        match event:
            case Searching():
                self._status.show(self._words.is_searching)
            case Found():
                self._status.show(self._words.is_reading)
            case Working(words) if is_long(self._said):
                self._stream.say(render_words(words))
            case Working(words):
                self._status.show(words)
            case Text(delta):
                self._written += delta
                self._stream.show(self._written)
            case Done(answer) if answer.outcome is Outcome.DENIED and self._said.way is Way.REPLACE:
                # Who must not press changes nothing of what the others see.
                await Whispered(self._means, replace(self._said, waits=False)).finish(answer)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        await self._status.close(self._means.sender.pace.tempo.preview)
        thread = self._said.message.chat.thread
        posts = render(answer, thread)
        try:
            await self._stream.finish(posts, answer.text.strip() if answer.is_markdown else "")
        except Unsure:
            offer = await self._means.desk.deliveries.offer_again(self._said.message, answer)
            await self._stream.finish(render(offer, thread), "")
        if self._has_status and not posts:
            await self._set_status("")

    async def _note(self) -> None:
        """Writes down what grows: who takes the question up shall know it from the others'."""
        try:
            event_id = self._said.message.event_id
            await self._means.desk.deliveries.note_sent(event_id, self.messages)
        except LedgerError as error:
            logger.info("What grows could not be written down: %s", error)

    async def _set_status(self, words: str) -> bool:
        """Goes by itself when a message lands. Where Slack shows none it is no harm."""
        place = self._said.place
        if not place.thread:
            return True
        self._has_status = True
        answer = await self._means.sender.try_once(
            "assistant.threads.setStatus",
            channel_id=place.channel,
            thread_ts=place.thread,
            status=words,
        )
        return answer is not None


class Whispered:
    """For the asker alone, by a response URL; an answer to a question can then be shown to all.
    Long work, and what the URL takes no more, goes into direct messages."""

    def __init__(self, means: Means, said: Said) -> None:
        self._means = means
        self._said = said
        self._words = means.desk.speak_to(said.message)
        self._replaces = said.waits
        self._left = USES
        direct = replace(said.place, channel=said.place.user, thread="")
        self._direct = Open(means, replace(said, place=direct, way=Way.THREAD))
        self._works = False

    @property
    def messages(self) -> Sequence[str]:
        return self._direct.messages

    async def take(self, event: Event) -> None:
        match event:
            case Working() if is_long(self._said):
                if not self._works:
                    self._works = True
                    await self._point_to_direct()
                await self._direct.take(event)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        if self._works:
            await self._direct.finish(answer)
            return
        posts = self._render(answer)
        if not posts and self._replaces:
            posts = [render_words(DONE)]
        for post in posts:
            try:
                await self._send(post)
            except Misshapen:
                for part in post.as_text():
                    await self._send(part)

    def _render(self, answer: Answer) -> list[Post]:
        said, thread = self._said, self._said.message.chat.thread
        if said.way is Way.SHARE:
            votes = tuple(one for one in answer.buttons if one.command.startswith("/rate "))
            shared = render(replace(answer, buttons=votes), thread)
            question = render_question(said.question, said.message.asker.name)
            return [
                replace(one, blocks=(*question.blocks, *one.blocks)) for one in shared[:1]
            ] + shared[1:]
        if _is_vote(said):  # new buttons would be those of what was pressed, which Slack ticks
            return render(replace(answer, buttons=()))
        return render(answer, thread, self._offer_to_share(answer))

    def _offer_to_share(self, answer: Answer) -> tuple[Block, ...]:
        if self._said.place.direct:
            return ()
        return tuple(
            make_share_button(
                self._words.share_label,
                vote.command.split()[-1],
                self._said.message.chat.thread,
                _find_question(self._said),
            )
            for vote in _find_votes(answer)
        )

    async def _point_to_direct(self) -> None:
        if not self._said.place.direct:
            with suppress(PlatformError):
                await self._send(render_words(self._words.see_direct))

    async def _send(self, post: Post) -> None:
        shared = self._said.way is Way.SHARE
        body: dict[str, Any] = {
            "text": post.text,
            "blocks": list(post.blocks),
            "response_type": "in_channel" if shared else "ephemeral",
            "replace_original": self._replaces,
        }
        if self._said.place.thread:
            body["thread_ts"] = self._said.place.thread
        if self._left > 0:
            self._left -= 1
            with suppress(Unreachable):
                await self._means.sender.respond(self._said.url, body)
                self._replaces = False
                return
        await self._means.sender.post(self._said.place.user, post)


class Silent:
    """What it does shows elsewhere."""

    @property
    def messages(self) -> Sequence[str]:
        return ()

    async def take(self, event: Event) -> None:
        pass

    async def finish(self, answer: Answer) -> None:
        pass


def is_long(said: Said) -> bool:
    """Whether it is work whose progress is worth a message, and no question in line."""
    command = parse_command(said.message.text)
    return command is not None and command[0] != "ask"


def _is_vote(said: Said) -> bool:
    return said.message.text.startswith("/rate ")


def _find_votes(answer: Answer) -> list[Button]:
    """The vote that names the answer, if it is one that is remembered and worth showing."""
    if answer.outcome is Outcome.NOTICE:
        return []
    return [one for one in answer.buttons if one.command.startswith(f"/rate {UP} ")]


def _find_question(said: Said) -> str:
    command = parse_command(said.message.text)
    asked = command[1] if command else said.message.text
    return asked or said.message.quoted
