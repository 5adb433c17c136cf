"""`openbook status` and `openbook doctor`."""

from adapters.terminal import make_console, make_safe
from bot.checks import Check, State
from bot.cli.shapes import print_json, shape_fields
from bot.descriptions import describe_status
from bot.doctor import examine
from bot.settings import read_settings
from bot.texts import ENGLISH
from bot.wiring import open_parts

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}


async def show_status(*, as_json: bool) -> int:
    settings = read_settings()
    async with open_parts(settings) as parts:
        status = await parts.librarian.status()
        model = settings.chat_model if settings.has_chat_model else "none"
    if as_json:
        places = {"knowledge": str(settings.knowledge), "index": settings.index}
        print_json({**shape_fields(status), **places, "chat_model": model})
        return 0
    console = make_console()
    console.print(make_safe(describe_status(status, ENGLISH)))
    console.print(make_safe(f"Index of: {status.folder}"))
    console.print(f"Documents: {settings.knowledge}\nIndex: {settings.index}\nModel: {model}")
    return 0


async def show_checks() -> int:
    """One line a check, as soon as it is known; 1 if one failed."""
    failed = False
    async for check in examine():
        failed |= check.state is State.FAILED
        _show(check)
    return int(failed)


def _show(check: Check) -> None:
    console = make_console()
    console.print(f"{check.state.value:<8}", style=_STYLES[check.state], end="")
    console.print(make_safe(f"{check.name}: {check.finding}"))
    if check.remedy:
        console.print(make_safe(f"        {check.remedy}"))
