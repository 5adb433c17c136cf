"""Writes drawings into files."""

from pathlib import Path

from bot.drawing.fonts import find_font
from bot.drawing.png import to_png
from bot.drawing.shapes import Drawing
from bot.drawing.svg import to_svg
from bot.errors import PictureError


def check_picture(path: Path, endings: tuple[str, ...]) -> None:
    """To be called before the work begins. Raises PictureError for a place where, or a kind of
    which, no picture can be written."""
    if path.suffix.lower() not in endings:
        raise PictureError(
            f"{path} is no name of a picture that can be drawn.",
            f"Give a file name that ends in {' or '.join(endings)}.",
        )
    if not path.parent.is_dir():
        raise PictureError(
            f"The folder {path.parent} of the picture is not there.", "Make it, or name another."
        )


def save_drawing(drawing: Drawing, path: Path) -> str:
    """As the name ends, `.svg` or `.png`. Returns the characters that could not be drawn for want
    of a font, "" if there are none. Raises PictureError."""
    if path.suffix.lower() == ".svg":
        write_picture(to_svg(drawing), path)
        return ""
    font = find_font(drawing)
    write_picture(to_png(drawing, font), path)
    return font.missing


def write_picture(content: bytes, path: Path) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise PictureError(
            f"The picture cannot be written to {path}: {error.strerror}.",
            "Give the path of a file that can be created.",
        ) from None
