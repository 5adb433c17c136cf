"""A chat as plain text, for READMEs and for a failed test's message."""

from tests.peers.telegram.chats import Chat, Message


def describe(chat: Chat) -> str:
    """Everything that a member sees, oldest first, and what the bot is writing."""
    lines = [describe_message(message) for message in chat.messages]
    if chat.draft is not None:
        lines.append(f"(writing) {chat.draft.text or '…'}")
    return "\n".join(line for line in lines if line)


def describe_message(message: Message) -> str:
    """Who, to what, the text, the buttons."""
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
    return "\n".join((f"{who}: {_indent(message.text)}", *_describe_buttons(message)))


def _describe_buttons(message: Message) -> list[str]:
    return [
        "    " + " ".join(f"[{button['text']}]" for button in row) for row in message.buttons if row
    ]


def shorten(text: str, most: int = 30) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _indent(text: str) -> str:
    return text.replace("\n", "\n    ")
