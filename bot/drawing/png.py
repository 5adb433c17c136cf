"""Drawings as PNG, by Pillow: it is small, exists ready-made for every machine, and draws text in
any font. A plotting library such as matplotlib would be ten times as large for a few shapes."""

import io

from PIL import Image, ImageDraw

from bot.drawing.fonts import Font
from bot.drawing.shapes import PAPER, Box, Dot, Drawing, Label, Line, Shape

_SHARP = 2  # pixels of the file for each of the drawing
_FINE = 2  # drawn larger by this and scaled down, which smooths edges
_SCALE = _SHARP * _FINE
_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}


def to_png(drawing: Drawing, font: Font) -> bytes:
    image = Image.new("RGB", (drawing.width * _SCALE, drawing.height * _SCALE), PAPER)
    canvas = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _draw(shape, canvas, font)
    file = io.BytesIO()
    image.reduce(_FINE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw(shape: Shape, canvas: ImageDraw.ImageDraw, font: Font) -> None:
    match shape:
        case Box(x, y, width, height, fill):
            corners = (x * _SCALE, y * _SCALE, (x + width) * _SCALE, (y + height) * _SCALE)
            canvas.rectangle(corners, fill=fill)
        case Dot(x, y, radius, fill):
            canvas.circle((x * _SCALE, y * _SCALE), radius * _SCALE, fill=fill)
        case Line(x1, y1, x2, y2, stroke, width):
            ends = (x1 * _SCALE, y1 * _SCALE, x2 * _SCALE, y2 * _SCALE)
            canvas.line(ends, fill=stroke, width=round(width * _SCALE))
        case Label(x, y, text, size, anchor, fill):
            canvas.text(
                (x * _SCALE, y * _SCALE),
                " ".join(text.split()),  # Pillow breaks lines, and refuses some anchors for it
                fill=fill,
                font=font.sized(size * _SCALE),
                anchor=_ANCHORS[anchor],
            )
