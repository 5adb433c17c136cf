"""Commands for admins: the index and the documents."""

from collections.abc import AsyncGenerator

from bot.answering.links import find_allowed
from bot.answering.safety import neutralise
from bot.commands.calls import Call, notice
from bot.descriptions import describe_progress, describe_report, describe_size, describe_status
from bot.errors import DocumentError
from bot.indexing.formats.endings import ENDINGS
from bot.nouns import Answer, Attachment, Button, Done, Event, Outcome, Working
from bot.reindexing import WouldDelete
from bot.reports import Progress
from bot.uploads import LARGEST, clean_name

# Behind /reindex, before how many passages it may delete. A button that is pressed when more would
# go than it was shown for asks again.
AGREED = "delete"


async def show_status(call: Call) -> AsyncGenerator[Event, None]:
    if not await _sees_all(call):
        yield notice(call.words.details_in_private)
        return
    status = await call.services.librarian.status()
    yield notice(_make_safe(describe_status(status, call.words)))


async def reindex(call: Call) -> AsyncGenerator[Event, None]:
    """How far the run is, then its report; of the run that is going on if there is one."""
    yield Working(call.words.reindexing)
    async for event in follow_run(call, agreed=_read_agreed(call.argument)):
        yield event


def offer(call: Call, attachment: Attachment) -> Answer:
    """Asks whether a file that was sent shall be added, or says why it cannot be."""
    words, uploads = call.words, call.services.uploads
    refusal = uploads.refuse(attachment)
    if refusal is not None:
        text = words.upload_refused[refusal].format(
            endings=" ".join(sorted(ENDINGS)), limit=describe_size(LARGEST)
        )
        return Answer(text, Outcome.FAILED)
    said = words.offer_replaces if uploads.replaces(attachment) else words.offer
    size = describe_size(attachment.size)
    token = uploads.offer(attachment)
    buttons = (
        Button(words.add_label, f"/add {token}", in_place=True),
        Button(words.discard_label, f"/discard {token}", in_place=True),
    )
    text = said.format(name=_name(attachment), size=size)
    return Answer(text, Outcome.NOTICE, buttons=buttons)


async def add(call: Call) -> AsyncGenerator[Event, None]:
    """Puts the offered file into the folder and indexes it."""
    attachment = call.services.uploads.take(call.argument)
    if attachment is None:
        yield _refuse_gone(call)
        return
    name = _name(attachment)
    yield Working(call.words.adding.format(name=name))
    try:
        await call.services.uploads.keep(attachment)
    except DocumentError as error:
        text = call.words.upload_failed.format(name=name, reason=error.problem)
        yield Done(Answer(text, Outcome.FAILED))
        return
    async for event in follow_run(call, anew=True):
        yield event


async def discard(call: Call) -> AsyncGenerator[Event, None]:
    attachment = call.services.uploads.take(call.argument)
    if attachment is None:
        yield _refuse_gone(call)
    else:
        yield notice(call.words.discarded.format(name=_name(attachment)))


def _refuse_gone(call: Call) -> Done:
    """Denied, so that a second press leaves what is shown of the first."""
    return Done(Answer(call.words.offer_gone, Outcome.DENIED))


async def follow_run(
    call: Call, *, agreed: int = 0, anew: bool = False
) -> AsyncGenerator[Event, None]:
    """How far an index run is, then its report; where not all may be seen, that it is done."""
    words, sees_all = call.words, await _sees_all(call)
    try:
        async for step in call.services.reindexing.follow(agreed=agreed, anew=anew):
            if not sees_all:
                if not isinstance(step, Progress):
                    yield notice(f"{words.reindexed}\n{words.details_in_private}")
            elif isinstance(step, Progress):
                yield Working(describe_progress(step, words))
            else:
                yield notice(_make_safe(describe_report(step, words)))
    except WouldDelete as refusal:
        if not sees_all:
            yield Done(Answer(words.details_in_private, Outcome.FAILED))
            return
        text = words.deletion_refused.format(deleted=refusal.deleted, total=refusal.total)
        command = f"/reindex {AGREED} {refusal.deleted}"
        button = Button(words.delete_label, command, in_place=True)
        yield Done(Answer(text, Outcome.FAILED, buttons=(button,)))


async def _sees_all(call: Call) -> bool:
    """Reports name and count documents of all folders."""
    return (await call.look()).scope.is_everything


def _read_agreed(argument: str) -> int:
    word, _, number = argument.partition(" ")
    return int(number) if word == AGREED and number.isdecimal() else 0


def _name(attachment: Attachment) -> str:
    return _make_safe(clean_name(attachment.name))


def _make_safe(text: str) -> str:
    """Names of files are data: they call nobody."""
    return neutralise(text, find_allowed([text]))
