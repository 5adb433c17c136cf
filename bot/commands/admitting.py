"""What people are told where not everybody may ask, and not everybody may see everything."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from bot.access.doors import View, find_own_key
from bot.commands.calls import Call
from bot.nouns import Answer, Done, Event, Found, Outcome


async def turn_away(call: Call) -> AsyncGenerator[Event, None]:
    """Names the key that an admin can let in."""
    words = call.words
    text = words.not_a_member if call.message.chat.private else words.not_a_member_chat
    yield Done(Answer(text.format(key=find_own_key(call.message)), Outcome.DENIED))


async def keep_to_view(
    events: AsyncIterator[Event], view: View, call: Call
) -> AsyncGenerator[Event, None]:
    """The events of an answer for this view, as long as nothing of it is closed: a question may
    wait long for its turn."""
    async for event in events:
        if isinstance(event, Found | Done) and not (await call.look()).scope.covers(view.scope):
            yield Done(Answer(call.words.rights_changed, Outcome.FAILED))
            return
        yield _offer_more(event, call) if view.is_narrowed else event


def _offer_more(event: Event, call: Call) -> Event:
    """Where nothing was found, tells an asker who may see more that it can be asked for alone:
    whether it would be found there is not told before others."""
    if isinstance(event, Done) and event.answer.outcome is Outcome.NOT_FOUND:
        note = " ".join(filter(None, (event.answer.note, call.words.more_in_private)))
        return Done(replace(event.answer, note=note))
    return event
