"""Saves a picture and says what is missing in it."""

from pathlib import Path

from bot.cli.guard import complain
from bot.drawing.saving import save_drawing
from bot.drawing.shapes import Drawing

SHOWN = 20


def draw(drawing: Drawing, path: Path) -> None:
    missing = save_drawing(drawing, path)
    if missing:
        complain(
            "No font of this machine has all characters of the picture; boxes stand for: "
            + missing[:SHOWN]
            + ("…" if len(missing) > SHOWN else ""),
            "Install one, such as Debian's fonts-noto-cjk for Chinese, and draw again.",
        )
