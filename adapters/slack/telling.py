"""Messages in Slack that nobody has asked for just now."""

from dataclasses import replace

from adapters.slack.rendering import Post, render
from adapters.slack.resuming import make_mark
from adapters.slack.sending import Misshapen, Sender
from bot.nouns import Answer, Chat, Told

# Tells them apart from answers that were growing when their process ended.
TOLD = make_mark("told")
WHISPERED = "@"  # before the person in the thread of a chat that only they see


async def tell(
    sender: Sender, chat: Chat, answer: Answer, reply_to: str = "", *, apart: bool = False
) -> Told:
    """In the thread that begins with the message of that number, if there is one, else in the
    chat's own, or `apart` as the beginning of a new one. In a channel the rest of a long answer
    stands in a thread under its beginning. Raises PlatformError."""
    channel = chat.id
    if chat.thread.startswith(WHISPERED):
        channel, chat = chat.thread.removeprefix(WHISPERED), replace(chat, thread="")
    thread, numbers = reply_to or ("" if apart else chat.thread), list[str]()
    for post in render(answer, chat.thread or reply_to):
        for part in await _fit(sender, channel, post, thread):
            channel = str(part["channel"])
            numbers.append(str(part["ts"]))
            thread = thread or ("" if channel.startswith("D") else numbers[0])
    return Told(replace(chat, id=channel, private=channel.startswith("D")), tuple(numbers))


async def _fit(sender: Sender, channel: str, post: Post, thread: str) -> list[dict[str, object]]:
    try:
        return [await sender.post(channel, post, thread, TOLD)]
    except Misshapen:
        return [await sender.post(channel, part, thread, TOLD) for part in post.as_text()]
