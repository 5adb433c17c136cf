"""What stands under an answer: its sources, and what a reader may do next."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from bot.descriptions import list_sources
from bot.nouns import Answer, Button, Done, Event, Outcome
from bot.texts import Words

IN_PLACE = "!"  # before the command of a button, in what a platform keeps for it
UP, DOWN = "up", "down"
_THUMBS = {UP: "👍", DOWN: "👎"}

_RATED = frozenset({Outcome.ANSWERED, Outcome.PASSAGES_ONLY})


def present(answer: Answer, words: Words, name: str = "", vote: str = "") -> Answer:
    """The answer with excerpts of its sources and, under the `name` that it is remembered by, its
    buttons; that of the asker's `vote` is ticked."""
    excerpts = answer.excerpts or list_sources(answer.citations, words, answer.text)
    buttons = make_buttons(answer, words, name, vote) if name else ()
    return replace(answer, name=name, excerpts=excerpts, buttons=buttons)


def make_buttons(answer: Answer, words: Words, name: str, vote: str = "") -> tuple[Button, ...]:
    buttons = []
    if answer.outcome in _RATED:
        buttons += [
            Button(f"{thumb} ✓" if way == vote else thumb, f"/rate {way} {name}")
            for way, thumb in _THUMBS.items()
        ]
    if answer.citations:
        buttons.append(Button(words.sources_label, f"/sources {name}"))
    if answer.evidence:
        buttons.append(Button(words.why_label, f"/why {name}"))
    return tuple(buttons)


def pack_button(button: Button) -> str:
    """What a platform keeps of a button, and gives back when it is pressed."""
    return (IN_PLACE if button.in_place else "") + button.command


def unpack_button(data: str) -> tuple[str, bool]:
    """The command, and whether what comes of it takes the place of what the button is under."""
    return data.removeprefix(IN_PLACE), data.startswith(IN_PLACE)


async def present_all(events: AsyncIterator[Event], words: Words) -> AsyncGenerator[Event, None]:
    """The events with their answer presented, for who asks the engine without the desk."""
    async for event in events:
        yield Done(present(event.answer, words)) if isinstance(event, Done) else event
