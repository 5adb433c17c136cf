"""A chat as plain text, for READMEs and for a failed test's message."""

import itertools
from collections.abc import Iterator

from tests.peers.telegram.chats import Chat
from tests.peers.telegram.messages import Message


def describe(chat: Chat) -> str:
    """Everything that a member sees, oldest first, and what the bot is writing."""
    lines = [describe_message(message) for message in chat.messages]
    if chat.draft is not None:
        lines.append(f"(writing) {chat.draft.text or '…'}")
    return "\n".join(line for line in lines if line)


def describe_message(message: Message, *, numbered: bool = False) -> str:
    """Who, to what, the text, the buttons: `numbered` for who presses them by number."""
    if message.service:
        return f"({' '.join(message.service)})".replace("_", " ")
    who = message.sender.first_name
    if message.topic is not None:
        topic = message.chat.topics.get(message.topic)
        who += f" in {topic.service['forum_topic_created']['name']}" if topic else ""
    reply = message.reply_to
    if reply is not None and not reply.service:
        who += f" (to {reply.sender.first_name}: {shorten(reply.text)})"
    if message.document is not None:
        who += f" [{message.document.name}]"
    who += "".join(f" [{kind}]" for kind in message.media)
    return "\n".join((f"{who}: {_indent(message.text)}", *_describe_buttons(message, numbered)))


def _describe_buttons(message: Message, numbered: bool) -> Iterator[str]:
    numbers = itertools.count(1)
    for row in message.buttons:
        labels = [f"{next(numbers)}: {one['text']}" if numbered else one["text"] for one in row]
        yield "    " + " ".join(f"[{label}]" for label in labels)


def shorten(text: str, most: int = 30) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n")).lstrip(" ")
