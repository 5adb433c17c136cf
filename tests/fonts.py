"""A real font of a few characters, so that tests need none of the machine's."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

CHINESE = "奥运会亚残北京地铁"
EM = 1000


def write_font(path: Path, characters: str) -> Path:
    """Each character is a bar of its own height; what the font lacks is a square."""
    names = [".notdef", *(f"one{number}" for number in range(len(characters)))]
    heights = [EM, *(100 + 50 * number for number in range(len(characters)))]
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, characters), names[1:], strict=True)))
    builder.setupGlyf(dict(zip(names, map(_draw_bar, heights), strict=True)))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (EM, 0)))
    builder.setupHorizontalHeader(ascent=EM, descent=0)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def _draw_bar(height: int) -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, height), (900, height), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
