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
    """With what stands there. A message that still grows is ended, so that it can be changed. Where
    Slack does not tell, nothing new is known."""
    if said.waits:  # whatever stands there is replaced
        return replace(waiting, sent=(), sought=True)
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
        if not metadata:
            with suppress(PlatformError):
                mark = make_mark(waiting.event_id)
                await sender.call("chat.stopStream", channel=place.channel, ts=ts, metadata=mark)
            begun.append(ts)
        elif metadata == make_mark(waiting.event_id):
            begun.append(ts)
    return replace(waiting, sent=tuple(begun), sought=True)


def _find_question(said: Said, envelope: Mapping[str, Any]) -> str:
    """The time stamp of what is answered."""
    return said.posted or str((envelope.get("event") or {}).get("ts", ""))
