"""Commands for everybody: about the documents, an answer, the conversation."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.answering.links import allow
from bot.answering.safety import neutralise
from bot.commands.calls import Call, Command, notice
from bot.descriptions import (
    describe_cost,
    describe_evidence,
    describe_found_by,
    describe_place,
    describe_time,
    list_passages,
    list_sources,
    was_reranked,
)
from bot.errors import IndexMissing
from bot.nouns import Answer, Button, Done, Event, Kept, Mode, Outcome, Scope
from bot.presenting import DOWN, UP, present
from bot.texts import LANGUAGES, choose_words

FOUND = 5  # passages that /search shows
FOLDERS = 20  # that /whoami shows
TOP = "/"  # among folders: documents that lie in none

Events = AsyncGenerator[Event, None]


async def start(call: Call) -> Events:
    """What is known here, and questions that can be asked."""
    words = call.words
    try:
        scope = (await call.look()).scope
        known = await call.services.introducer.introduce(call.language, scope)
    except IndexMissing:
        yield notice(f"{words.start_head}\n\n{words.start_nothing}")
        return
    if not known.documents:
        yield notice(f"{words.start_head}\n\n{words.sees_nothing}")
        return
    documents = words.start_documents.format(
        documents=known.documents,
        when=describe_time(known.indexed_at),
        titles=" · ".join(known.titles),
    )
    paragraphs = [words.start_head, documents]
    if known.questions:
        paragraphs.append("\n".join([words.you_could_ask, *(f"- {q}" for q in known.questions)]))
    paragraphs += [where] if (where := words.where.get(call.message.chat.platform)) else []
    text = "\n\n".join(paragraphs)
    yield Done(Answer(text, Outcome.NOTICE, suggestions=known.questions))


def make_help(commands: tuple[Command, ...]) -> Command:
    """/help for a table of commands."""

    async def show_help(call: Call) -> Events:
        words = call.words
        staffed = call.services.staff.serves(call.message.chat)
        lines = [
            f"/{command.name}: {words.commands[command.name]}"
            for command in commands
            if not command.hidden
            and (call.admin or not command.admins_only)
            and (staffed or not command.staffed)
        ]
        where = words.where.get(call.message.chat.platform)
        foot = [where, words.help_foot] if where else [words.help_foot]
        yield notice("\n".join([words.help_head, "", *lines, "", *foot]))

    return Command("help", show_help)


async def ask(call: Call) -> Events:
    """With a question behind it the desk has it answered; this is without."""
    yield notice(call.words.ask_what)


async def search(call: Call) -> Events:
    if not call.argument:
        yield notice(call.words.search_what)
        return
    scope = (await call.look()).scope
    # In the order of the searches: a reranker would be paid for what no budget bounds.
    result = await call.services.search.search(
        call.argument, scope=scope, mode=Mode.FUSED, limit=FOUND
    )
    excerpts = list_passages(result.passages, call.words)
    query = neutralise(call.argument, allow(result.passages))
    yield Done(
        Answer(
            call.words.found.format(query=query) if excerpts else call.words.nothing_matches,
            Outcome.NOTICE,
            passages=result.passages,
            index_version=result.index_version,
            query=call.argument,
            note=result.degraded if call.sees_details else "",
            scope=scope,
            excerpts=excerpts,
        )
    )


async def show_sources(call: Call) -> Events:
    kept = await call.find_answer(call.argument)
    if kept is None:
        yield notice(_say_missing(call))
        return
    excerpts = list_sources(kept.answer.citations, call.words)
    text = call.words.sources_of if excerpts else call.words.no_sources
    yield Done(Answer(text, Outcome.NOTICE, excerpts=excerpts))


async def show_why(call: Call) -> Events:
    kept = await call.find_answer(call.argument)
    if kept is None:
        yield notice(_say_missing(call))
        return
    answer, words = kept.answer, call.words
    query = neutralise(answer.query, allow(answer.passages))  # a model may have written it
    lines = [words.searched_for.format(query=query)]
    if answer.evidence:
        lines.append(describe_evidence(answer.evidence, words))
    lines += [
        f"{rank}. "
        + words.passage_found_by.format(
            place=describe_place(passage.source, words), found_by=describe_found_by(passage)
        )
        for rank, passage in enumerate(answer.passages, start=1)
    ]
    if was_reranked(answer.passages) is False:
        lines.append(words.not_reranked)
    if answer.usage.model:
        lines.append(describe_cost(answer, words))
    yield notice("\n".join(lines))


async def start_anew(call: Call) -> Events:
    await call.services.archive.forget_turns(call.message.chat.key)
    yield notice(call.words.forgotten)


async def stop(call: Call) -> Events:
    """What was stopped says so itself, so there is nothing to add."""
    waiting = call.line.waiting > 0
    call.line.stop_all()
    yield notice("" if waiting else call.words.nothing_to_stop)


async def choose_language(call: Call) -> Events:
    """With a code sets the language of the chat, `auto` leaves it to each question."""
    chosen = call.argument.lower()
    if chosen == "auto":
        await _set_language(call, "")
        yield notice(call.words.language_follows)
    elif chosen in LANGUAGES:
        await _set_language(call, chosen)
        yield notice(choose_words(chosen).language_is)
    else:
        text = call.words.which_language
        if chosen:
            text = call.words.language_unknown.format(codes=", ".join((*LANGUAGES, "auto")))
        names = {**LANGUAGES, "auto": call.words.follow_label}
        buttons = (Button(name, f"/language {code}", in_place=True) for code, name in names.items())
        yield Done(Answer(text, Outcome.NOTICE, buttons=tuple(buttons)))


async def say_who(call: Call) -> Events:
    """Key and role, and the folders that may be seen here."""
    words, chat = call.words, call.message.chat
    role = words.admin if call.admin else words.member
    lines = [words.you_are.format(asker=call.message.asker.key, role=role)]
    if not chat.private:
        lines.append(words.chat_is.format(chat=chat.room))
    view = await call.look()
    with suppress(IndexMissing):
        folders = await call.services.introducer.list_folders(view.scope)
        lines.append(_list_folders(folders, view.scope, call))
    if view.is_narrowed:
        lines.append(words.more_in_private)
    yield Done(Answer("\n".join(lines), Outcome.NOTICE, scope=view.scope))


def _list_folders(folders: Sequence[str], scope: Scope, call: Call) -> str:
    words = call.words
    if not folders:
        return words.sees_nothing
    shown = " · ".join(words.in_no_folder if one == TOP else one for one in folders[:FOLDERS])
    if (more := len(folders) - FOLDERS) > 0:
        shown += " " + words.more.format(count=more)
    if scope.is_everything and call.admin:  # others must not learn whether there is more
        shown = words.all_documents.format(folders=shown)
    seen = words.sees if call.message.chat.private else words.sees_here
    return seen.format(folders=shown)


async def rate(call: Call) -> Events:
    """`up NAME` or `down NAME`; the same vote again takes it back. The buttons show the vote."""
    way, _, name = call.argument.partition(" ")
    kept = await call.find_answer(name) if way in (UP, DOWN) and name else None
    if kept is None:
        yield notice(call.words.no_such_answer)
        return
    asker = call.message.asker.key
    vote = "" if kept.votes.get(asker) == way else way
    await call.services.archive.vote(name, asker, vote)
    yield Done(_thank(kept, name, vote, call))


async def show_again(call: Call) -> Events:
    """With the buttons that it had; an answer that has none yet gets its own."""
    kept = await call.find_answer(call.argument)
    if kept is None:
        yield notice(call.words.no_such_answer)
    else:
        answer = kept.answer
        yield Done(answer if answer.buttons else present(answer, call.words, call.argument))


async def _set_language(call: Call, language: str) -> None:
    call.line.chosen = language
    await call.services.archive.set_language(call.message.chat.key, language)


def _thank(kept: Kept, name: str, vote: str, call: Call) -> Answer:
    words = call.words
    text = {UP: words.thanks_up, DOWN: words.thanks_down}.get(vote, "")
    buttons = present(kept.answer, words, name, vote).buttons
    return replace(Answer(text, Outcome.NOTICE), buttons=buttons)


def _say_missing(call: Call) -> str:
    return call.words.no_such_answer if call.argument else call.words.no_answer_yet
