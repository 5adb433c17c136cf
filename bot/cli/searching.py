"""`openbook search`: passages with ranks, scores and why."""

from adapters.terminal import make_console, make_safe
from bot.cli.folders import warn_of_other_folder
from bot.cli.guard import complain
from bot.cli.shapes import print_json, shape_passages
from bot.descriptions import describe_evidence, describe_found_by, describe_place, shorten
from bot.nouns import EVERYTHING, Mode, SearchResult
from bot.settings import read_settings
from bot.texts import ENGLISH
from bot.wiring import open_parts


async def show_passages(question: str, mode: Mode, limit: int, *, as_json: bool) -> int:
    async with open_parts(read_settings()) as parts:
        result = await parts.search.search(question, scope=EVERYTHING, mode=mode, limit=limit)
        await warn_of_other_folder(parts)
    for problem in filter(None, (result.degraded, result.unranked)):
        complain(problem)
    if as_json:
        print_json(shape_passages(result.passages))
    else:
        _show(result)
    return 0


def _show(result: SearchResult) -> None:
    console = make_console()
    for rank, passage in enumerate(result.passages, start=1):
        place = make_safe(describe_place(passage.source, ENGLISH))
        console.print(f"{rank:>2}  {passage.score:.4f}  {describe_found_by(passage)}", style="dim")
        console.print(f"    {place}", style="bold")
        console.print(f"    {shorten(make_safe(passage.text), 300)}\n")
    if not result.passages:
        console.print(ENGLISH.nothing_matches)
    milliseconds = 1000 * sum(result.seconds.values())
    console.print(
        f"{describe_evidence(result.evidence, ENGLISH)} ({milliseconds:.0f} ms)", style="dim"
    )
