"""The commands a person can give instead of a question, in one table."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.commands.administering import add, discard, reindex, show_status
from bot.commands.asking import (
    ask,
    choose_language,
    make_help,
    rate,
    say_who,
    search,
    show_again,
    show_sources,
    show_why,
    start,
    start_anew,
    stop,
)
from bot.commands.calls import Command
from bot.commands.helping import close, human, keep, show_gaps

_OTHERS = (
    Command("start", start),
    Command("ask", ask),
    Command("search", search, counted=True),
    Command("sources", show_sources, in_order=True),
    Command("why", show_why, in_order=True),
    Command("new", start_anew, in_order=True),
    Command("stop", stop),
    Command("language", choose_language),
    Command("human", human, staffed=True),
    Command("close", close, staffed=True),
    Command("whoami", say_who),
    Command("status", show_status, admins_only=True),
    Command("reindex", reindex, admins_only=True),
    Command("gaps", show_gaps, admins_only=True),
    Command("keep", keep, admins_only=True, hidden=True),
    Command("add", add, admins_only=True, hidden=True),
    Command("discard", discard, admins_only=True, hidden=True),
    Command("rate", rate, hidden=True),
    Command("again", show_again, hidden=True),
)

_HELP = make_help(_OTHERS)

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {command.name: command for command in (_OTHERS[0], _HELP, *_OTHERS[1:])}
)
