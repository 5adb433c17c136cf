"""An answer that grows in a channel or in direct messages.

Slack shows what is appended as it comes. A stream takes so many characters and lives about five
minutes, so it is ended in time and another message goes on. Where Slack takes no more streams for
the moment, or ends one, the answer comes in one piece; in any case what stands there at the end is
the final text.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from adapters.slack.pacing import Pace
from adapters.slack.reading import Place
from adapters.slack.rendering import MARKDOWN, Post
from adapters.slack.sending import Gone, Sender, Unreachable, Unsure
from bot.errors import PlatformError

logger = logging.getLogger(__name__)


class Stream:
    """`messages` are the time stamps of what stands there, oldest first."""

    def __init__(self, sender: Sender, pace: Pace, place: Place) -> None:
        self._sender = sender
        self._pace = pace
        self._place = place
        self._waiting = ""  # text that is not shown yet
        self._shown = ""  # in all messages
        self._length = 0  # of the message that grows
        self._begun = 0.0
        self._growing = ""
        self._broken = False
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.messages: list[str] = []

    def add(self, text: str) -> None:
        self._waiting += text
        self._changed.set()
        if self._task is None and not self._broken:
            self._task = asyncio.create_task(self._run())

    async def finish(self, posts: Sequence[Post], text: str) -> None:
        """Makes the messages say what `posts` do; `text` is that of the whole answer. Raises
        Unsure, Unreachable, PlatformError."""
        await self._stop_writing()
        if self._growing and not self._broken and text.startswith(self._shown):
            rest = text[len(self._shown) :]
            if len(posts) == 1 and self._length + len(rest) <= MARKDOWN:
                with suppress(Gone, PlatformError):
                    await self._end(rest, posts[0])
                    return
        await self._end_quietly()
        await self.settle_on(posts)

    async def _stop_writing(self) -> None:
        self._closed.set()
        self._changed.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while not (self._closed.is_set() or self._broken):
            await self._changed.wait()
            self._changed.clear()
            if self._waiting and not self._closed.is_set():
                try:
                    await self._grow()
                except PlatformError as error:
                    logger.info("A stream broke off: %s", error)
                    self._broken = True
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.tempo.append):
                    await self._closed.wait()

    async def _grow(self) -> None:
        now = asyncio.get_running_loop().time()
        old = self._growing and now - self._begun > self._pace.tempo.rotate
        if self._growing and (old or self._length + len(self._waiting) > MARKDOWN):
            await self._end_quietly()
        if self._growing:
            if not self._pace.may_append():
                self._changed.set()  # another time
                return
            text = self._take()
            await self._sender.call(
                "chat.appendStream",
                channel=self._place.channel,
                ts=self._growing,
                markdown_text=text,
            )
        elif not self._pace.may_stream():
            self._broken = True
            return
        else:
            text = self._take()
            await self._begin(text, now)
        self._shown += text
        self._length += len(text)

    def _take(self) -> str:
        text, self._waiting = self._waiting[:MARKDOWN], self._waiting[MARKDOWN:]
        return text

    async def _begin(self, text: str, now: float) -> None:
        answer = await self._sender.call(
            "chat.startStream",
            channel=self._place.channel,
            thread_ts=self._place.thread,
            recipient_team_id=self._place.team,
            recipient_user_id=self._place.user,
            markdown_text=text,
        )
        self._growing = str(answer["ts"])
        self._begun, self._length = now, 0
        self.messages.append(self._growing)

    async def _end(self, rest: str, post: Post) -> None:
        """What the message has already is not sent again: blocks of Markdown are left out."""
        blocks = [block for block in post.blocks if block["type"] != "markdown"]
        more = {"markdown_text": rest} if rest else {}
        await self._sender.call(
            "chat.stopStream",
            channel=self._place.channel,
            ts=self._growing,
            blocks=blocks,
            **more,
        )
        self._growing = ""

    async def _end_quietly(self) -> None:
        if self._growing:
            with suppress(PlatformError):
                await self._sender.call(
                    "chat.stopStream", channel=self._place.channel, ts=self._growing
                )
            self._growing = ""

    async def settle_on(self, posts: Sequence[Post]) -> None:
        """Into the messages that are there, the rest into new ones."""
        left = list(self.messages)
        self.messages = []
        for post in posts:
            ts = left.pop(0) if left else ""
            if not (ts and await self._update(ts, post)):
                ts = await self._post(post)
            self.messages.append(ts)
        for ts in left:
            with suppress(PlatformError):
                await self._sender.call("chat.delete", channel=self._place.channel, ts=ts)

    async def _update(self, ts: str, post: Post) -> bool:
        try:
            await self._sender.call(
                "chat.update",
                channel=self._place.channel,
                ts=ts,
                text=post.text,
                blocks=list(post.blocks),
            )
        except (Unreachable, Unsure):
            raise
        except PlatformError as error:
            logger.info("A message could not be changed: %s", error)
            return False
        return True

    async def _post(self, post: Post) -> str:
        """A new message; its time stamp."""
        await self._pace.wait_to_post(self._place.channel)
        thread = {"thread_ts": self._place.thread} if self._place.thread else {}
        answer = await self._sender.call(
            "chat.postMessage",
            channel=self._place.channel,
            text=post.text,
            blocks=list(post.blocks),
            **thread,
        )
        return str(answer["ts"])
