"""Commands where the documents do not help: a person, and what nobody could answer."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.answering.links import find_allowed
from bot.answering.safety import neutralise
from bot.commands.administering import follow_run
from bot.commands.calls import Call, notice
from bot.errors import DocumentError, PlatformError
from bot.nouns import Answer, Chat, Done, Event, Gap, Handoff, Kept, Outcome, Working, read_chat_key
from bot.presenting import WORDINGS, present_gap, present_gaps
from bot.staff import SILENCE

SUBJECT = "gap"  # of the messages that an admin replies to with the answer
DROP = "drop"

_NUMBERED = re.compile(r"(?P<number>\d+)\s*(?P<text>.*)", re.DOTALL)

Events = AsyncGenerator[Event, None]


async def human(call: Call) -> Events:
    """With the name of an answer or in own words; by default about the last answer."""
    message, words, staff = call.message, call.words, call.services.staff
    if staff.is_here(message.chat):
        yield notice(words.staff_here)
    elif staff.place is None or not staff.serves(message.chat):
        yield notice(words.no_staff)
    else:
        call.line.stop_all()  # what the bot is saying would talk over the person
        kept = await call.find_answer(call.argument)
        named = kept is not None
        if kept is None:
            kept = await call.find_answer("")
        question = kept.question if kept and (named or not call.argument) else call.argument
        told = kept if kept and await _may_tell(call, staff.place, kept) else None
        yield Done(await staff.call(_make_handoff(call, question, kept), told, words))


async def _may_tell(call: Call, place: Chat, kept: Kept) -> bool:
    """Whether all who read there may see what the answer may hold."""
    view = await call.look(replace(place, private=False))
    return view.scope.covers(kept.answer.scope)


async def close(call: Call) -> Events:
    """In the staff chat the hand-off of that number or replied to, elsewhere one's own."""
    staff, words = call.services.staff, call.words
    if not staff.is_here(call.message.chat):
        yield Done(await staff.leave(call.message, words))
        return
    number = call.argument
    handoff = (
        await staff.find(int(number))
        if number.isdecimal()
        else await staff.find_replied(call.message)
    )
    if handoff is None:
        yield notice(words.close_what)
    else:
        yield Done(await staff.close(handoff, call.message, words))


async def keep(call: Call) -> Events:
    """Makes what the staff has answered a document."""
    number = call.argument
    handoff = await call.services.staff.find(int(number)) if number.isdecimal() else None
    if handoff is None or not (handoff.said and handoff.question):
        yield notice(call.words.nothing_to_keep)
        return
    gap = await call.services.gaps.find_alike(handoff.question)
    said = "\n\n".join(handoff.said.values())
    async for event in _learn(call, gap, [handoff.question], said, but=handoff.asker):
        yield event


async def show_gaps(call: Call) -> Events:
    """The list; `NUMBER` shows one, which a reply answers; `NUMBER TEXT` answers it; `drop NUMBER`
    takes it off the list, with `LAST` behind it what was asked up to that number."""
    words, gaps = call.words, call.services.gaps
    dropping = call.argument.startswith(f"{DROP} ")
    asked = _NUMBERED.fullmatch(call.argument.removeprefix(f"{DROP} ").strip().lstrip("#"))
    if asked is None:
        yield Done(present_gaps(await gaps.read(), words))
        return
    gap = await gaps.find(int(asked["number"]))
    if gap is None:
        yield notice(words.no_such_gap)
    elif dropping:
        last = asked["text"]
        await gaps.settle(gap.cut(WORDINGS, int(last)) if last.isdecimal() else gap)
        yield notice(words.gap_dropped)
    elif asked["text"]:
        looks = call.message.markdown.partition(asked["number"])[2].strip()
        async for event in _learn(call, gap, gap.wordings[:1], looks or asked["text"]):
            yield event
    else:
        yield Done(await _show(gap, call))


async def hear(call: Call, refuse: Callable[[], Done | None]) -> Events | None:
    """What becomes of a message that is for a person or from one; None: it is a question. `refuse`
    says so where its asker writes too much."""
    message, services, staff = call.message, call.services, call.services.staff
    if handoff := await staff.find_replied(message):
        return _say(await staff.hear_staff(handoff, message, call.words))
    if message.reply_to:
        about = await services.casebook.find_subject(message.chat.room, message.reply_to)
        kind, _, numbers = about.partition(" ")
        if kind == SUBJECT:
            return _answer_gap(call, [int(number) for number in numbers.split()])
    if handoff := await staff.find_held(message):
        if refusal := refuse():
            return _say(replace(refusal.answer, aside=True))
        return _say(await staff.hear_asker(handoff, message, call.words))
    return None


async def _say(answer: Answer) -> Events:
    yield Done(answer)


def _make_handoff(call: Call, question: str, kept: Kept | None) -> Handoff:
    message = call.message
    return Handoff(
        number=0,
        chat=message.chat.key,
        asker=message.asker.key,
        name=message.asker.name,
        language=call.language,
        question=question,
        answer=kept.answer.name if kept else "",
        event_id=message.event_id,
    )


async def _show(gap: Gap, call: Call) -> Answer:
    """As a message of its own that can be replied to, where there are such; what was asked after
    that is not answered by the reply."""
    message, services = call.message, call.services
    gap = gap.cut(WORDINGS, gap.questions[-1].number)
    answer = present_gap(gap, call.words)
    try:
        told = await services.telling.tell(message.chat, answer, apart=True)
    except PlatformError:
        return present_gap(gap, call.words, replies=False)
    shown = " ".join(str(one.number) for one in gap.questions)
    await services.casebook.note_subject(told.chat.room, told.numbers, f"{SUBJECT} {shown}")
    return SILENCE


async def _answer_gap(call: Call, numbers: Sequence[int]) -> Events:
    """By a reply to where these questions were shown."""
    gap = await call.services.gaps.find_open(numbers)
    if not call.admin:
        text = call.words.admins_only.format(name="/gaps", asker=call.message.asker.key)
        yield Done(Answer(text, Outcome.DENIED))
    elif gap is None:
        yield notice(call.words.no_such_gap)
    else:
        text = call.message.markdown or call.message.text
        async for event in _learn(call, gap, gap.wordings, text):
            yield event


async def _learn(
    call: Call, gap: Gap | None, wordings: Sequence[str], text: str, but: str = ""
) -> Events:
    """Writes the answer down, has it indexed, tells who asked, `but` for who knows it. Of the
    `wordings` those alone that an admin has seen. What cannot be indexed is not kept."""
    words, learning, author = call.words, call.services.learning, call.message.asker
    yield Working(words.learning)
    try:
        path, new = await learning.write(wordings, text, author, datetime.now(UTC).date())
    except DocumentError as error:
        yield Done(Answer(words.not_learned.format(reason=error.problem), Outcome.FAILED))
        return
    try:
        async for event in follow_run(call, anew=True):
            if not isinstance(event, Done):
                yield event
            elif event.answer.outcome is not Outcome.NOTICE:
                reason = words.not_learned.format(reason=event.answer.text)
                yield Done(replace(event.answer, text=reason))
                return
        new = False
    finally:
        if new:
            learning.take_back(path)
    told = 0 if gap is None else await _tell_askers(call, gap, text, path, but)
    yield notice(words.learned.format(path=_make_safe(path), told=told))


async def _tell_askers(call: Call, gap: Gap, text: str, path: str, but: str) -> int:
    """All who asked and may read it, before the gap is closed: what is taken up goes on there."""
    waiting = [
        one for one in gap.questions if one.asker != but and await _may_read(call, one.chat, path)
    ]
    learning, event = call.services.learning, call.message.event_id
    told = await learning.tell_askers(waiting, text, path, event)
    await call.services.gaps.settle(gap)
    return told


async def _may_read(call: Call, chat: str, path: str) -> bool:
    """Whether what is there may be told to all who read in the chat."""
    return (await call.look(read_chat_key(chat))).scope.shows(path)


def _make_safe(text: str) -> str:
    return neutralise(text, find_allowed([text]))
