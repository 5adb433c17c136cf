"""Pictures: what is written can be read by others, hostile text stays text."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from bot.chart import draw_chart
from bot.drawing.fonts import Font, find_font
from bot.drawing.png import to_png
from bot.drawing.saving import check_picture, save_drawing
from bot.drawing.shapes import Box, Dot, Drawing, Label, Line, Shape, choose_colours
from bot.drawing.svg import to_svg
from bot.errors import PictureError
from tests.fonts import CHINESE, write_font

HOSTILE = "</text><script>alert(1)</script> & \x00\x1b]0;\ud800 \" ' \n\u202e"
SHAPES: list[Shape] = [
    Box(0, 0, 10, 10, "#ff0000"),
    Dot(50, 50, 5, "#00ff00"),
    Line(80, 0, 80, 100, "#0000ff", 4),
]


def draw(*labels: str) -> Drawing:
    shapes = [*SHAPES, *(Label(5, 80, one) for one in labels)]
    return Drawing(100, 100, labels[0] if labels else "", shapes)


def open_png(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_shapes_stand_where_they_should() -> None:
    image = open_png(to_png(draw(), Font("")))
    assert image.size == (200, 200)
    places = {(5, 5): (255, 0, 0), (100, 100): (0, 255, 0), (160, 150): (0, 0, 255)}
    assert {place: image.getpixel(place) for place in places} == places
    assert image.getpixel((60, 20)) == (255, 255, 255)


def test_an_svg_holds_text_and_no_markup() -> None:
    root = ElementTree.fromstring(to_svg(draw(HOSTILE)))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert sorted(set(names)) == ["circle", "line", "rect", "svg", "text", "title"]
    text = root.findtext("{*}text")
    assert text is not None
    assert "<script>alert(1)</script> &" in text


def test_hostile_text_is_drawn(tmp_path: Path) -> None:
    save_drawing(draw(HOSTILE, "", "\n"), tmp_path / "a.png")
    assert open_png((tmp_path / "a.png").read_bytes()).size == (200, 200)


def test_chinese_is_drawn_by_a_font_that_has_it(tmp_path: Path) -> None:
    font = write_font(tmp_path / "fonts" / "deep" / "Some.ttf", CHINESE)
    (tmp_path / "fonts" / "Broken.ttf").write_bytes(b"no font")
    drawing = draw(CHINESE)
    found = find_font(drawing, [str(tmp_path / "fonts"), str(tmp_path / "nothing")])
    assert found == Font(str(font))
    with_font, without = (open_png(to_png(drawing, one)) for one in (found, Font("")))
    assert with_font.tobytes() != without.tobytes()


def test_what_no_font_has_is_said(tmp_path: Path) -> None:
    assert set(find_font(draw("ab" + CHINESE), [str(tmp_path)]).missing) == set(CHINESE)
    write_font(tmp_path / "Some.ttf", CHINESE[:2])
    found = find_font(draw(CHINESE[:3]), [str(tmp_path)])
    assert found == Font(str(tmp_path / "Some.ttf"), CHINESE[2])  # it lacks the fewest
    assert find_font(draw("plain"), [str(tmp_path)]) == Font("")


def test_colours_are_all_different() -> None:
    colours = choose_colours(60)
    assert len(set(colours)) == 60
    assert all(len(colour) == 7 and int(colour[1:], 16) >= 0 for colour in colours)


RUN = {
    **{"mode": "keyword", "questions": 2, "recall@1": 0.5, "recall@5": 1.0, "recall@10": 1.0},
    **{"all@5": None, "all@10": None, "mrr@10": 0.75},
    "refusal": {"answered_right": 0.9, "refused_right": 0.8, "refused_wrong": 0.1},
}


def test_a_chart_has_a_bar_for_each_figure_and_mode() -> None:
    drawing = draw_chart([RUN, RUN | {"mode": "vector"}], "mine")
    labels = [shape.text for shape in drawing.shapes if isinstance(shape, Label)]
    assert {"mine", "keyword", "vector", "recall@1", "refused wrong", "0.750"} <= set(labels)
    assert "all@5" not in labels
    bars = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    assert len(bars) == 2 + 2 * 7  # the legend, and seven figures
    assert bars[2].height == pytest.approx(140, abs=0.1)
    assert all(bar.x >= 0 and bar.x + bar.width <= drawing.width for bar in bars)


def test_a_chart_without_refusal() -> None:
    drawing = draw_chart([RUN | {"refusal": None}], "mine")
    assert not any(isinstance(one, Label) and "refused" in one.text for one in drawing.shapes)


def test_bad_places_of_pictures_are_said_beforehand(tmp_path: Path) -> None:
    check_picture(tmp_path / "a.PNG", (".svg", ".png"))
    for path in (tmp_path / "a.gif", tmp_path / "a", tmp_path / "no" / "a.png"):
        with pytest.raises(PictureError, match=str(path.parent)):
            check_picture(path, (".svg", ".png"))
    (tmp_path / "b.svg").mkdir()
    with pytest.raises(PictureError, match=r"b\.svg"):
        save_drawing(draw(), tmp_path / "b.svg")
