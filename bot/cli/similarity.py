"""`openbook similarity`: the table of cosines of texts."""

from collections.abc import Sequence

from rich.table import Table

from adapters.terminal import make_console, make_safe
from bot.cli.shapes import print_json
from bot.descriptions import shorten
from bot.errors import QuestionError
from bot.seams import Vectors
from bot.settings import read_settings
from bot.wiring import open_parts


async def show_similarity(texts: Sequence[str], *, as_json: bool) -> int:
    if not all(text.strip() for text in texts):
        raise QuestionError("One of the texts is empty.", "Give words or sentences to compare.")
    async with open_parts(read_settings()) as parts:
        if parts.embedder is None:
            raise QuestionError(
                "Texts are compared by an embedder, and OPENBOOK_EMBEDDER is `none`.",
                "Choose another embedder.",
            )
        # All in the same way, so that the order of two texts makes no difference.
        vectors = await parts.embedder.embed_passages(list(texts))
        embedder = parts.embedder.identity
    cosines = vectors @ vectors.T
    if as_json:
        print_json({"embedder": embedder, "texts": texts, "cosines": cosines.tolist()})
    else:
        make_console().print(_make_table(texts, cosines))
    return 0


def _make_table(texts: Sequence[str], cosines: Vectors) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column("")
    table.add_column("")
    for number in range(1, len(texts) + 1):
        table.add_column(str(number), justify="right")
    for number, text in enumerate(texts):
        cells = (f"{cosine:.2f}" for cosine in cosines[number].tolist())
        table.add_row(str(number + 1), shorten(make_safe(text), 40), *cells)
    return table
