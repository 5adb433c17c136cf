"""One message's way to its answer in Slack: what is shown meanwhile, and the answer itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from adapters.slack.pacing import Pace
from adapters.slack.reading import Said, Way
from adapters.slack.rendering import Post, make_share_button, render, render_plain
from adapters.slack.sending import Sender, Unsure
from adapters.slack.streaming import Stream
from bot.desk import Desk
from bot.errors import PlatformError
from bot.nouns import Answer, Button, Done, Event, Found, Searching, Text, Working
from bot.texts import Words

PROGRESSES = 3  # messages about progress by a response URL, which takes five messages in all


class Reply(Protocol):
    async def take(self, event: Event) -> None:
        """Raises PlatformError when the answer cannot be delivered."""
        ...

    async def finish(self, answer: Answer) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What every reply needs."""

    sender: Sender
    pace: Pace
    desk: Desk


def make_reply(means: Means, said: Said) -> Reply:
    if said.way in (Way.THREAD, Way.DIRECT, Way.PUBLIC):
        return Open(means, said)
    if said.way is Way.PRESS and said.number and said.in_place:
        return InPlace(means, said)
    if said.way is Way.SILENT:
        return Silent()
    return Whispered(means, said)


class Open:
    """For all who read there: a status while it is searched, then a message that grows."""

    def __init__(self, means: Means, said: Said) -> None:
        self._means = means
        self._said = said
        self._words = means.desk.speak_to(said.message)
        self._stream = Stream(means.sender, means.pace, said.place)
        self._progress = Progress(self._post_progress, means.pace.tempo.progress)
        self._has_status = False

    async def take(self, event: Event) -> None:
        match event:
            case Searching():
                await self._set_status(self._words.searching)
            case Found():
                await self._set_status(self._words.reading)
            case Working(words):
                self._progress.show(words)
            case Text(delta):
                self._stream.add(delta)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        await self._progress.close()
        try:
            await self._stream.finish(render(answer), answer.text if answer.is_markdown else "")
        except Unsure:
            offer = self._means.desk.offer_again(self._said.message, answer)
            await self._stream.finish(render(offer), "")
        finally:
            if self._has_status and not self._stream.messages:
                await self._set_status("")

    async def _set_status(self, words: str) -> None:
        """Goes by itself when a message lands. Where Slack shows none it is no harm."""
        place = self._said.place
        self._has_status = True
        with suppress(PlatformError):
            await self._means.sender.call(
                "assistant.threads.setStatus",
                channel_id=place.channel,
                thread_ts=place.thread,
                status=words,
            )

    async def _post_progress(self, words: str) -> None:
        """One message, which changes and at last is the answer."""
        post = Post(words, tuple(render_plain(words)))
        await self._stream.settle_on([post])


class InPlace:
    """In the place of the message that the button was under."""

    def __init__(self, means: Means, said: Said) -> None:
        self._stream = Stream(means.sender, means.pace, said.place)
        self._stream.messages = [said.number]
        self._progress = Progress(self._show, means.pace.tempo.progress)

    async def take(self, event: Event) -> None:
        match event:
            case Working(words):
                self._progress.show(words)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        await self._progress.close()
        await self._stream.settle_on(render(answer))

    async def _show(self, words: str) -> None:
        await self._stream.settle_on([Post(words, tuple(render_plain(words)))])


class Whispered:
    """For the asker alone, by a response URL. An answer to a question can be shown to all."""

    def __init__(self, means: Means, said: Said) -> None:
        self._means = means
        self._said = said
        self._words = means.desk.speak_to(said.message)
        self._progress = Progress(self._send_words, means.pace.tempo.progress, PROGRESSES)
        # What acknowledged a command, or stood above a button, gives way to the answer.
        self._replaces = said.in_place or said.way is Way.WHISPER

    async def take(self, event: Event) -> None:
        match event:
            case Working(words):
                self._progress.show(words)
            case Done(answer):
                await self.finish(answer)

    async def finish(self, answer: Answer) -> None:
        await self._progress.close()
        match self._said.way:
            case Way.SHARE:
                posts = render(replace(answer, buttons=_keep_votes(answer)))
            case Way.PRESS if not self._said.in_place:  # new buttons are those of what was pressed
                posts = render(replace(answer, buttons=()))
            case _:
                posts = render(answer, _offer_to_share(answer, self._words))
        for post in posts:
            await self._send(post)
            self._replaces = False

    async def _send_words(self, words: str) -> None:
        await self._send(Post(words, tuple(render_plain(words))))

    async def _send(self, post: Post) -> None:
        shared = self._said.way is Way.SHARE
        body: dict[str, Any] = {
            "text": post.text,
            "blocks": list(post.blocks),
            "response_type": "in_channel" if shared else "ephemeral",
            "replace_original": self._replaces and not shared,
        }
        if self._said.place.thread:
            body["thread_ts"] = self._said.place.thread
        await self._means.sender.respond(self._said.url, body)


class Silent:
    """What it does shows elsewhere."""

    async def take(self, event: Event) -> None:
        pass

    async def finish(self, answer: Answer) -> None:
        pass


class Progress:
    """How far long work is: the newest words, not too often, `most` times at most."""

    def __init__(
        self, show: Callable[[str], Awaitable[None]], pause: float, most: int | None = None
    ) -> None:
        self._show = show
        self._pause = pause
        self._left = most
        self._newest = ""
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def show(self, words: str) -> None:
        self._newest = words
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Nothing more is shown after this."""
        self._closed.set()
        self._changed.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._left != 0:
            await self._changed.wait()
            self._changed.clear()
            if self._closed.is_set():
                return
            with suppress(PlatformError):
                await self._show(self._newest)
            self._left = None if self._left is None else self._left - 1
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._closed.wait()


def _offer_to_share(answer: Answer, words: Words) -> tuple[Button, ...]:
    """For answers that are remembered, which their buttons name."""
    names = [button.command.split()[-1] for button in answer.buttons if "/why " in button.command]
    return tuple(make_share_button(name, words) for name in names[:1])


def _keep_votes(answer: Answer) -> tuple[Button, ...]:
    return tuple(button for button in answer.buttons if button.command.startswith("/rate "))
