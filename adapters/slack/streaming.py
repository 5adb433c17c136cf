"""An answer that grows in a channel or in direct messages.

Slack shows what is appended as it comes. A stream takes so many characters and lives about five
minutes, so it is ended in time and another message goes on. Where Slack ends one earlier, its
message is changed instead; where it takes no more streams for the moment, the answer comes in one
piece. In any case what stands there at the end is the final text.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from adapters.slack.cutting import cut_markdown, find_end, find_open_fence
from adapters.slack.previewing import Preview
from adapters.slack.reading import Place
from adapters.slack.rendering import MARKDOWN, TEXT, Post, disarm, escape
from adapters.slack.sending import Gone, Misshapen, Sender, Unreachable, Unsure
from bot.errors import PlatformError

RECENT = 300.0  # seconds in which a stream was begun

logger = logging.getLogger(__name__)


class Stream:
    """`messages` are the time stamps of what stands there, oldest first."""

    def __init__(
        self,
        sender: Sender,
        place: Place,
        mark: dict[str, Any],
        note: Callable[[], Awaitable[None]],
        messages: Sequence[str] = (),
    ) -> None:
        """`mark` is the metadata that finished messages bear; `note` is called when there is a
        message more, which bears none yet."""
        self._sender = sender
        self._mark = mark
        self._tell_begun = note
        self._place = place
        self._channel = place.channel
        self._thread = place.thread
        tempo = sender.pace.tempo
        self._preview = Preview(self._grow, tempo.append, tempo.begin)
        self._changes = Preview(self._change, tempo.update)
        self._sent = ""  # what all streams together have
        self._length = 0  # of the one that grows
        self._begun = 0.0
        self._growing = ""
        self._broken = bool(messages)  # what stands there is changed; nothing is begun beside it
        self._torn = False  # a code block was cut in two
        self._said = Post("", ())
        self._posts = True
        self._lost = ""  # with what a stream was begun, perhaps
        self.messages = list(messages)

    def show(self, markdown: str) -> None:
        """All of the answer that is written so far."""
        if self._broken:
            self._changes.show(disarm(markdown)[len(self._sent) - self._length :])
        else:
            self._preview.show(disarm(markdown))

    def say(self, words: Post) -> None:
        """Our own words, in one message that changes."""
        self._said = words
        self._changes.show(words.whole)

    async def finish(self, posts: Sequence[Post], markdown: str) -> None:
        """Makes the messages say what `posts` do; `markdown` is the text of the whole answer.
        Raises Unsure, Unreachable, PlatformError."""
        await self._preview.close()
        await self._changes.close()
        if self._lost:
            await self._find_lost()
        rest = disarm(markdown)[len(self._sent) :]
        whole = not (self._broken or self._torn)
        grown = self._growing and whole and disarm(markdown).startswith(self._sent)
        if grown and self._length + len(rest) <= MARKDOWN:
            with suppress(Gone, Misshapen):
                await self._end(rest, posts[-1])
                return
        await self._end_quietly()
        await self.settle_on(posts)
        if self._lost:  # Slack may have got to it only now
            await self._take_back_lost()

    async def settle_on(self, posts: Sequence[Post]) -> None:
        """Into the messages that are there, the rest into new ones."""
        left, self.messages = self.messages, []
        for post in posts:
            if left and await self._update(left[0], post):
                self.messages.append(left.pop(0))
            else:
                left = left[1:]
                self.messages += await self._post(post)
        await self._delete(left)

    async def _delete(self, messages: Sequence[str]) -> None:
        for ts in messages:
            with suppress(PlatformError):
                await self._sender.call("chat.delete", channel=self._channel, ts=ts)

    async def _grow(self, markdown: str) -> bool:
        rest = markdown[len(self._sent) :]
        if not rest.strip() or self._broken:
            return True
        now = asyncio.get_running_loop().time()
        full = self._length + len(rest) > MARKDOWN
        try:
            if self._growing and (full or now - self._begun > self._sender.pace.tempo.rotate):
                await self._turn_over(rest if full else "")
                return False
            return await (self._append(rest) if self._growing else self._begin(rest, now))
        except PlatformError:
            self._broken = True
            raise

    async def _turn_over(self, rest: str) -> None:
        """Ends the stream where a reader would; another is begun with what is left."""
        room = MARKDOWN - self._length
        more = rest[: find_end(rest, room)] if room > 0 and len(rest) > room else ""
        await self._stop(more, [])
        self._note(more)
        self._torn |= bool(find_open_fence(self._sent[-self._length :]))
        self._length = 0

    async def _append(self, text: str) -> bool:
        answer = await self._sender.try_once(
            "chat.appendStream", channel=self._channel, ts=self._growing, markdown_text=text
        )
        if answer is not None:
            self._note(text)
        return answer is not None

    async def _begin(self, text: str, now: float) -> bool:
        if len(text) > MARKDOWN:
            text = text[: find_end(text, MARKDOWN)]
        try:
            answer = await self._sender.try_once(
                "chat.startStream",
                channel=self._channel,
                thread_ts=self._place.thread,
                recipient_team_id=self._place.team,
                recipient_user_id=self._place.user,
                markdown_text=text,
            )
        except Unsure:
            self._lost = text
            raise
        if answer is not None:
            self._growing, self._begun, self._length = str(answer["ts"]), now, 0
            self.messages.append(self._growing)
            self._note(text)
            await self._tell_begun()
        return answer is not None

    async def _find_lost(self) -> None:
        """A stream that Slack may have begun without telling: it is not to stay there unfinished
        beside the answer. What is finished bears a mark."""
        text = self._lost.split()
        with suppress(PlatformError):
            answer = await self._sender.call(
                "conversations.replies",
                channel=self._channel,
                ts=self._place.thread,
                oldest=str(time.time() - RECENT),
                include_all_metadata=True,
            )
            for message in reversed(answer.get("messages") or ()):
                ts = str(message.get("ts", ""))
                own = bool(message.get("bot_id")) and not message.get("metadata")
                if own and str(message.get("text", "")).split()[: len(text)] == text:
                    self.messages.append(ts)
                    self._growing, self._lost = ts, ""
                    return

    async def _take_back_lost(self) -> None:
        told = self.messages
        self.messages = []
        await self._find_lost()
        await self._end_quietly()
        await self._delete(self.messages)
        self.messages = told

    def _note(self, text: str) -> None:
        self._sent += text
        self._length += len(text)

    async def _end(self, rest: str, post: Post) -> None:
        """What the message has already is not sent again: blocks of Markdown are left out."""
        await self._stop(rest, [block for block in post.blocks if block["type"] != "markdown"])

    async def _end_quietly(self) -> None:
        if self._growing:
            with suppress(PlatformError):
                await self._stop("", [])
            self._growing = ""

    async def _stop(self, text: str, blocks: list[dict[str, object]]) -> None:
        more = {"markdown_text": text} if text else {}
        await self._sender.call(
            "chat.stopStream",
            channel=self._channel,
            ts=self._growing,
            blocks=blocks,
            metadata=self._mark,
            **more,
        )
        self._growing = ""

    async def _change(self, text: str) -> bool:
        """Shows a state of the text in a message that does not stream."""
        if self._broken:
            part = cut_markdown(text, MARKDOWN)[-1]
            post = Post(escape(part[:TEXT]), ({"type": "markdown", "text": part},), part)
        else:
            post = self._said
        if not self.messages:
            if self._posts:
                self._posts = False  # once, whatever comes of it
                self.messages += await self._post(post)
            return True
        answer = await self._sender.try_once(
            "chat.update",
            channel=self._channel,
            ts=self.messages[-1],
            text=post.text,
            blocks=list(post.blocks),
        )
        return answer is not None

    async def _update(self, ts: str, post: Post) -> bool:
        try:
            await self._sender.call(
                "chat.update",
                channel=self._channel,
                ts=ts,
                text=post.text,
                blocks=list(post.blocks),
            )
        except Unreachable:
            raise
        except PlatformError as error:
            logger.info("A message could not be changed: %s", error)
            return False
        return True

    async def _post(self, post: Post) -> list[str]:
        """New messages, one unless Slack takes the text only; their time stamps."""
        try:
            return [await self._send(post)]
        except Misshapen:
            return [await self._send(part) for part in post.as_text()]

    async def _send(self, post: Post) -> str:
        """Into the thread; where somebody has deleted the question that it hung on, into direct
        messages all the same, and nowhere else."""
        try:
            answer = await self._sender.post(self._channel, post, self._thread, self._mark)
        except Gone as error:
            if not (self._thread and self._place.direct):
                raise Unreachable("The question is gone.") from error
            self._thread = ""
            answer = await self._sender.post(self._channel, post, mark=self._mark)
        self._channel = str(answer["channel"])  # of the direct messages with a user
        return str(answer["ts"])
