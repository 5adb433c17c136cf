"""`openbook map`: saves a picture of what is indexed."""

from pathlib import Path

from adapters.terminal import make_console, make_safe
from bot.cli.drawing import draw
from bot.cli.folders import warn_of_other_folder
from bot.descriptions import describe_place
from bot.drawing.saving import check_picture, write_picture
from bot.errors import QuestionError
from bot.mapping.legend import make_title
from bot.mapping.page import make_page
from bot.mapping.picture import draw_map
from bot.mapping.surveying import KnowledgeMap, survey
from bot.settings import read_settings
from bot.texts import ENGLISH
from bot.wiring import open_parts

LONGEST = 4000  # characters of a question, as for searching


async def save_map(question: str, output: Path) -> int:
    check_picture(output, (".html", ".png", ".svg"))
    if len(question) > LONGEST:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {LONGEST:,} can be placed.",
            "Ask it in a few sentences.",
        )
    async with open_parts(read_settings()) as parts:
        shown = await survey(parts.published, parts.embedder, question.strip())
        await warn_of_other_folder(parts)
    if output.suffix.lower() == ".html":
        write_picture(make_page(shown), output)
    else:
        draw(draw_map(shown), output)
    _tell(shown, output)
    return 0


def _tell(shown: KnowledgeMap, output: Path) -> None:
    console = make_console()
    console.print(f"{output}: {make_title(shown)}")
    if shown.asked:
        console.print("\nClosest to the question, with their similarity:")
        for point in (shown.points[number] for number in shown.asked.neighbours):
            place = make_safe(describe_place(point.passage.source, ENGLISH))
            console.print(f"  {point.similarity:.2f}  {place}")
