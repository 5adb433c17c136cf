"""`openbook gaps`: what the bot could not answer."""

from adapters.terminal import make_console, make_safe
from bot.cli.shapes import print_json, shape_gap
from bot.ledger.opening import LEASE
from bot.settings import read_settings
from bot.texts import ENGLISH
from bot.wiring import open_parts


async def show_gaps(*, as_json: bool) -> int:
    async with open_parts(read_settings()) as parts:
        await parts.open_ledger(LEASE)
        gaps = await parts.gaps.read()
    if as_json:
        print_json([shape_gap(gap) for gap in gaps])
        return 0
    console, words = make_console(), ENGLISH
    if not gaps:
        console.print(words.no_gaps)
    for gap in gaps:
        console.print(
            make_safe(
                words.gap_line.format(
                    number=gap.number, count=len(gap.questions), question=gap.question
                )
            )
        )
    return 0
