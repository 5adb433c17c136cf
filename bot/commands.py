"""The commands a person can give instead of a question, in one table."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bot.answering.links import allow
from bot.answering.safety import neutralise
from bot.descriptions import (
    describe_cost,
    describe_evidence,
    describe_found_by,
    describe_passages,
    describe_place,
    describe_report,
    describe_sources,
    describe_status,
)
from bot.errors import DeletionRefused
from bot.nouns import Answer, Outcome
from bot.reports import IndexReport, IndexStatus
from bot.seams import PassageSearch
from bot.texts import Words

FOUND = 5  # passages that /search shows

_COMMAND = re.compile(r"/([A-Za-z_]+)(?:\s+(.*))?", re.DOTALL)


class Indexer(Protocol):
    async def index(
        self, *, agree: Callable[[int, int], Awaitable[bool]] | None = None
    ) -> IndexReport: ...

    async def status(self) -> IndexStatus: ...


@dataclass(frozen=True, slots=True)
class Call:
    """A command as given: what stands after its name, by whom, and what it may use."""

    argument: str
    admin: bool
    words: Words
    last_answer: Answer | None
    search: PassageSearch
    librarian: Indexer
    forget: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Command:
    """Its lines in /help are `Words.commands[name]`."""

    name: str
    run: Callable[[Call], Awaitable[Answer]]
    admins_only: bool = False


def parse_command(text: str) -> tuple[str, str] | None:
    """Name and argument, or None for a question; `/etc/hosts` begins a question."""
    match = _COMMAND.fullmatch(text.strip())
    return (match[1].lower(), (match[2] or "").strip()) if match else None


def notice(text: str) -> Answer:
    return Answer(text, Outcome.NOTICE)


async def show_help(call: Call) -> Answer:
    lines = [
        f"/{command.name}: {call.words.commands[command.name]}"
        for command in COMMANDS.values()
        if call.admin or not command.admins_only
    ]
    return notice("\n".join([call.words.help_head, "", *lines, "", call.words.help_foot]))


async def start_anew(call: Call) -> Answer:
    call.forget()
    return notice(call.words.forgotten)


async def search_passages(call: Call) -> Answer:
    if not call.argument:
        return notice(call.words.search_what)
    result = await call.search.search(call.argument, limit=FOUND)
    text = describe_passages(result.passages, call.words) or call.words.nothing_matches
    return Answer(
        text,
        Outcome.NOTICE,
        passages=result.passages,
        index_version=result.index_version,
        query=call.argument,
        note=result.degraded,
    )


async def show_sources(call: Call) -> Answer:
    if call.last_answer is None:
        return notice(call.words.no_answer_yet)
    return notice(describe_sources(call.last_answer.citations, call.words) or call.words.no_sources)


async def show_why(call: Call) -> Answer:
    answer, words = call.last_answer, call.words
    if answer is None:
        return notice(words.no_answer_yet)
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
    if answer.usage.model:
        lines.append(describe_cost(answer, words))
    return notice("\n".join(lines))


async def show_status(call: Call) -> Answer:
    return notice(describe_status(await call.librarian.status(), call.words))


async def reindex(call: Call) -> Answer:
    refused: list[tuple[int, int]] = []

    async def refuse(deleted: int, total: int) -> bool:
        refused.append((deleted, total))
        return False

    try:
        report = await call.librarian.index(agree=refuse)
    except DeletionRefused:
        deleted, total = refused[-1]
        return Answer(
            call.words.deletion_refused.format(deleted=deleted, total=total), Outcome.FAILED
        )
    return notice(describe_report(report, call.words))


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        command.name: command
        for command in (
            Command("help", show_help),
            Command("new", start_anew),
            Command("search", search_passages),
            Command("sources", show_sources),
            Command("why", show_why),
            Command("status", show_status),
            Command("reindex", reindex, admins_only=True),
        )
    }
)
