"""Drawings as SVG."""

import re
from xml.etree import ElementTree

from bot.drawing.shapes import PAPER, Box, Dot, Drawing, Label, Line, Shape

# What XML cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(drawing: Drawing) -> bytes:
    size = {"width": str(drawing.width), "height": str(drawing.height)}
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {drawing.width} {drawing.height}",
            "font-family": "sans-serif",
            "role": "img",
            **size,
        },
    )
    ElementTree.SubElement(root, "title").text = _clean(drawing.title)
    ElementTree.SubElement(root, "rect", {**size, "fill": PAPER})
    for shape in drawing.shapes:
        _add(shape, root)
    return ElementTree.tostring(root, encoding="unicode").encode()


def _add(shape: Shape, root: ElementTree.Element) -> None:
    match shape:
        case Box(x, y, width, height, fill):
            numbers = {"x": x, "y": y, "width": width, "height": height}
            ElementTree.SubElement(root, "rect", {**_round(numbers), "fill": fill})
        case Dot(x, y, radius, fill):
            numbers = {"cx": x, "cy": y, "r": radius}
            ElementTree.SubElement(root, "circle", {**_round(numbers), "fill": fill})
        case Line(x1, y1, x2, y2, stroke, width):
            numbers = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke-width": width}
            ElementTree.SubElement(root, "line", {**_round(numbers), "stroke": stroke})
        case Label(x, y, text, size, anchor, fill):
            numbers = {"x": x, "y": y, "font-size": size}
            look = {"text-anchor": anchor, "dominant-baseline": "central", "fill": fill}
            label = ElementTree.SubElement(root, "text", {**_round(numbers), **look})
            label.text = _clean(text)


def _round(numbers: dict[str, float]) -> dict[str, str]:
    return {name: f"{number:.2f}" for name, number in numbers.items()}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(" ", text)
