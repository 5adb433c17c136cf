"""What stands under an answer: its sources, and what a reader may do next."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace

from bot.answering.links import find_allowed
from bot.answering.safety import neutralise
from bot.descriptions import list_sources
from bot.nouns import Answer, Button, Done, Event, Gap, Outcome
from bot.texts import Words

IN_PLACE = "!"  # before the command of a button, in what a platform keeps for it
UP, DOWN = "up", "down"
_THUMBS = {UP: "👍", DOWN: "👎"}

GAPS = 10  # that a list shows
WORDINGS = 10  # of a gap

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
    if answer.staffed and (answer.outcome is Outcome.NOT_FOUND or vote == DOWN):
        buttons.append(Button(words.human_label, f"/human {name}"))
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


def present_gaps(gaps: Sequence[Gap], words: Words) -> Answer:
    """The first of them, with a button for each."""
    if not gaps:
        return Answer(words.no_gaps, Outcome.NOTICE)
    shown = gaps[:GAPS]
    lines = [
        words.gap_line.format(number=gap.number, count=len(gap.questions), question=_quote(gap))
        for gap in shown
    ]
    if len(gaps) > len(shown):
        lines.append(words.more.format(count=len(gaps) - len(shown)))
    text = "\n".join([words.gaps_head.format(count=len(gaps)), *lines, "", words.how_to_fill])
    buttons = tuple(Button(f"#{gap.number}", f"/gaps {gap.number}") for gap in shown)
    return Answer(text, Outcome.NOTICE, buttons=buttons)


def present_gap(gap: Gap, words: Words, *, replies: bool = True) -> Answer:
    """What was asked, and how to answer it; `replies`: whether one can reply there. The button is
    for what is shown."""
    asked = "\n".join(f"- {_make_safe(one)}" for one in gap.wordings)
    head = words.gap_head.format(number=gap.number, count=len(gap.questions))
    how = words.how_to_answer if replies else words.how_to_answer_here
    text = f"{head}\n{asked}\n\n{how.format(number=gap.number)}"
    last = gap.questions[-1].number
    buttons = (Button(words.drop_label, f"/gaps drop {gap.number} {last}"),)
    return Answer(text, Outcome.NOTICE, buttons=buttons)


def _quote(gap: Gap) -> str:
    return _make_safe(" ".join(gap.question.split())[:200])


def _make_safe(text: str) -> str:
    """What people have asked calls nobody where it is listed."""
    return neutralise(text, find_allowed([text]))
