"""What an earlier process has said to a question already, as Slack shows it.

Every message that the bot finishes bears the mark of its question; Slack gives it back to nobody
else. Of one that grows its time stamp is written down as soon as there is one. What is neither
marked nor written down may be another's: an answer that is growing right now, or one that was
shared."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from adapters.slack.reading import Said, Way
from adapters.slack.sending import Sender
from bot.desk import Desk
from bot.errors import PlatformError
from bot.nouns import Waiting

_MARK = "openbook_answer"


def make_mark(event_id: str) -> dict[str, Any]:
    """The metadata of a message that answers the event."""
    return {"event_type": _MARK, "event_payload": {"event": event_id}}


async def find_begun(sender: Sender, desk: Desk, said: Said, waiting: Waiting, bot: str) -> Waiting:
    """With what stands there. A message that still grows is ended, so that it can be changed; one
    that Slack has ended by itself meanwhile may not be, and is taken away. Where Slack does not
    tell, nothing new is known. Raises LedgerError."""
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
    begun, mark = [], make_mark(waiting.event_id)
    for ts, metadata in _list_own(answer, bot, question):
        noted = ts in waiting.sent
        ours = not metadata and (noted or await desk.deliveries.is_alone(said.message))
        if metadata == mark or (ours and await _end(sender, place.channel, ts, mark, noted=noted)):
            begun.append(ts)
    return replace(waiting, sent=tuple(begun), sought=True)


def _list_own(answer: Mapping[str, Any], bot: str, question: str) -> Iterator[tuple[str, Any]]:
    """Time stamps and metadata of what the bot has said since the question."""
    for message in answer.get("messages") or ():
        ts = str(message.get("ts"))
        if message.get("user") == bot and float(ts) > float(question):
            yield ts, message.get("metadata") or {}


async def _end(sender: Sender, channel: str, ts: str, mark: dict[str, Any], *, noted: bool) -> bool:
    """Whether the message is one to be changed now. What was never noted and does not grow may be
    anything, and stays."""
    try:
        await sender.call("chat.stopStream", channel=channel, ts=ts, metadata=mark)
    except PlatformError:
        if noted:
            with suppress(PlatformError):
                await sender.call("chat.delete", channel=channel, ts=ts)
        return False
    return True


def _find_question(said: Said, envelope: Mapping[str, Any]) -> str:
    """The time stamp of what is answered."""
    return said.posted or str((envelope.get("event") or {}).get("ts", ""))
