"""The app's own places in Slack: its home tab, and the questions it suggests in its messages."""

import time
from contextlib import aclosing
from datetime import UTC, datetime

from adapters.slack.commands import spell
from adapters.slack.reading import PLATFORM
from adapters.slack.rendering import Block, render_plain
from adapters.slack.sending import Sender
from bot.desk import Desk
from bot.nouns import Answer, Asker, Chat, Done, Message, Outcome

PROMPTS = 4  # that Slack takes
TITLE = 60  # characters of a prompt's title
BLOCKS = 100  # of a home tab


async def publish_home(sender: Sender, desk: Desk, asker: Asker, user: str) -> None:
    """What there is to ask about, how to ask, and for admins what is indexed and what failed; to
    strangers that they are not let in. Raises PlatformError."""
    answers = [await ask_desk(desk, asker, command) for command in ("/start", "/help", "/status")]
    shown = [one for one in answers if one.outcome is Outcome.NOTICE] or answers[:1]
    blocks: list[Block] = []
    for answer in shown:
        blocks += [{"type": "divider"}] if blocks else []
        blocks += render_plain(spell(answer.text))
    view = {"type": "home", "blocks": blocks[:BLOCKS]}
    await sender.call("views.publish", user_id=user, view=view)


async def suggest_prompts(sender: Sender, desk: Desk, asker: Asker, channel: str) -> None:
    """Raises PlatformError."""
    answer = await ask_desk(desk, asker, "/start")
    prompts = [
        {"title": question[:TITLE], "message": question}
        for question in answer.suggestions[:PROMPTS]
    ]
    if prompts:
        method = "assistant.threads.setSuggestedPrompts"
        await sender.call(method, channel_id=channel, prompts=prompts)


async def ask_desk(desk: Desk, asker: Asker, command: str) -> Answer:
    """What the desk says to a command that nobody typed."""
    chat = Chat(PLATFORM, "home", thread=asker.id)
    event_id = f"{PLATFORM}:home/{asker.id}/{time.monotonic_ns()}"
    message = Message(event_id, command, asker, chat, datetime.now(UTC))
    async with aclosing(desk.handle(message)) as events:
        async for event in events:
            if isinstance(event, Done):
                return event.answer
    raise RuntimeError("The events of an answer ended without Done")
