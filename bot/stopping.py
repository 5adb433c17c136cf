"""Ends the events of an answer when its asker has enough."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.nouns import Answer, Done, Event, Outcome, Text


async def end_at(
    stop: asyncio.Event, events: AsyncGenerator[Event, None], note: str
) -> AsyncGenerator[Event, None]:
    """The events, or, once `stop` is set, an answer of what had been written until then. They are
    made in one task of their own, as time limits inside of them need."""
    items: asyncio.Queue[Event | None] = asyncio.Queue()
    making = asyncio.create_task(_move(events, items))
    stopping = asyncio.create_task(stop.wait())
    for task in (making, stopping):
        task.add_done_callback(lambda _: items.put_nowait(None))
    written = ""
    try:
        while not stop.is_set() and (event := await items.get()) is not None:
            written += event.delta if isinstance(event, Text) else ""
            yield event
            if isinstance(event, Done):
                return
            items.task_done()
        if making.done():
            making.result()  # raises what went wrong
        making.cancel()
        await asyncio.wait([making])
        yield Done(Answer(written.strip(), Outcome.STOPPED, note=note))
    finally:
        stopping.cancel()
        making.cancel()
        await asyncio.wait([making])


async def _move(events: AsyncGenerator[Event, None], items: asyncio.Queue[Event | None]) -> None:
    """Each event when the one before it has been taken."""
    async with aclosing(events):
        async for event in events:
            items.put_nowait(event)
            await items.join()
