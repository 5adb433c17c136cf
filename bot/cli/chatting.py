"""`openbook chat`: wires the terminal to the desk."""

import asyncio
import sys
from contextlib import AsyncExitStack

from adapters.terminal import Terminal, find_language, make_console, make_safe
from bot.descriptions import describe_time
from bot.reports import IndexStatus
from bot.settings import read_settings
from bot.texts import Words, choose_words
from bot.wiring import Parts, open_parts


def converse() -> int:
    """1 when nobody watches and a question could not be answered as the settings ask."""
    settings = read_settings()
    language = find_language()
    words = choose_words(language)
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        try:
            parts = runner.run(stack.enter_async_context(open_parts(settings)))
            status = runner.run(parts.librarian.status())
            terminal = Terminal(parts.desk, runner, make_console(), words, language)
            fine = terminal.run(_greet(status, parts, words))
        finally:
            runner.run(stack.aclose())
    return 0 if fine or sys.stdin.isatty() else 1


def _greet(status: IndexStatus, parts: Parts, words: Words) -> str:
    settings, wanted = parts.settings, parts.librarian.folder
    model = (
        words.model_answers.format(model=settings.chat_model)
        if settings.has_chat_model
        else words.extractive_answers
    )
    when = describe_time(status.indexed_at)
    first = words.greeting.format(documents=status.documents, when=when)
    lines = [first, model, words.how_to_leave, ""]
    if status.folder != wanted:
        lines.insert(1, make_safe(words.other_folder.format(folder=status.folder, wanted=wanted)))
    return "\n".join(lines)
