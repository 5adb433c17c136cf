"""What an earlier process has said to a question already, as Slack shows it.

Every message that the bot finishes bears the mark of its question; Slack gives it back to nobody
else. A message without one was growing when its process ended: answers of a conversation come one
after the other, so it belongs to the question that is still open."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from adapters.slack.reading import Said, Way
from adapters.slack.sending import Sender
from bot.errors import PlatformError
from bot.nouns import Waiting

_MARK = "openbook_answer"


def make_mark(event_id: str) -> dict[str, Any]:
    """The metadata of a message that answers the event."""
    return {"event_type": _MARK, "event_payload": {"event": event_id}}


async def find_begun(sender: Sender, said: Said, waiting: Waiting, bot: str) -> Waiting:
    """With what stands there. A message that still grows is ended, so that it can be changed; one
    that Slack has ended by itself meanwhile may not be, and is taken away. Where Slack does not
    tell, nothing new is known."""
    if said.waits:  # whatever stands there is replaced
        return replace(waiting, sent=(), sought=True)
    answering = tuple(ts for ts in waiting.sent if ts != said.posted)  # the question is to stay
    waiting = replace(waiting, sent=answering)
    if said.way not in (Way.THREAD, Way.PUBLIC):
        return waiting
    place, question = said.place, _find_question(said, waiting.envelope)
    try:
        answer = await sender.call(
            "conversations.replies",
            channel=place.channel,
            ts=place.thread,
            oldest=question,
            include_all_metadata=True,
        )
    except PlatformError:
        return waiting
    begun = []
    for message in answer.get("messages") or ():
        ts, metadata = str(message.get("ts")), message.get("metadata") or {}
        if message.get("user") != bot or float(ts) <= float(question):
            continue
        mark = make_mark(waiting.event_id)
        if metadata == mark or (not metadata and await _end(sender, place.channel, ts, mark)):
            begun.append(ts)
    return replace(waiting, sent=tuple(begun), sought=True)


async def _end(sender: Sender, channel: str, ts: str, mark: dict[str, Any]) -> bool:
    """Whether the message is one to be changed now."""
    try:
        await sender.call("chat.stopStream", channel=channel, ts=ts, metadata=mark)
    except PlatformError:
        with suppress(PlatformError):
            await sender.call("chat.delete", channel=channel, ts=ts)
        return False
    return True


def _find_question(said: Said, envelope: Mapping[str, Any]) -> str:
    """The time stamp of what is answered."""
    return said.posted or str((envelope.get("event") or {}).get("ts", ""))
