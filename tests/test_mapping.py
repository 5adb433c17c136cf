"""The map: what is alike lies together, hostile documents stay text, many passages are sampled."""

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy
import pytest

from bot.drawing.shapes import Dot, Label, Line
from bot.errors import EmbedderMisfit, PictureError
from bot.mapping import surveying
from bot.mapping.legend import list_files, make_title, name_point
from bot.mapping.page import make_page
from bot.mapping.picture import QUESTION, draw_map
from bot.mapping.projection import Points, find_main_components, project
from bot.mapping.surveying import Asked, KnowledgeMap, Point, survey
from bot.models.local_embedding import LocalEmbedder
from bot.nouns import Passage, Source
from bot.seams import Embedder, Vectors
from bot.store.published import PublishedIndex
from tests.embedders import HashingEmbedder
from tests.libraries import Library, make_document

GROUPS = {
    "tea.md": "Green tea is brewed for two minutes in a warm pot.",
    "rail.md": "The night train to Vienna leaves from platform nine.",
    "tax.md": "Invoices without a number are rejected by the office.",
}


def make_clusters(count: int, groups: int, dimensions: int = 64) -> Vectors:
    """Unit vectors about `groups` centres, by turns."""
    dice = numpy.random.default_rng(5)
    centres = dice.normal(size=(groups, dimensions))
    vectors = centres[numpy.arange(count) % groups] + 0.5 * dice.normal(size=(count, dimensions))
    sizes = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return numpy.asarray(vectors / sizes, numpy.float32)


def count_own(points: Points, groups: int) -> float:
    """The share of points whose nearest point is of their own group."""
    away = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    numpy.fill_diagonal(away, numpy.inf)
    own = numpy.arange(len(points)) % groups
    return float((own[away.argmin(axis=1)] == own).mean())


def test_neighbours_stay_neighbours() -> None:
    vectors = make_clusters(300, 12)
    assert count_own(project(vectors), 12) > 0.98 > count_own(find_main_components(vectors), 12)


def test_the_same_vectors_give_the_same_picture_in_the_unit_square() -> None:
    points = project(make_clusters(60, 3))
    assert numpy.array_equal(points, project(make_clusters(60, 3)))
    assert points.min() >= 0
    assert points.max() <= 1.000001
    assert numpy.ptp(points, axis=0).max() == pytest.approx(1)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 13, 14, 40])
@pytest.mark.parametrize("same", [False, True])
def test_any_number_of_points_has_places(count: int, *, same: bool) -> None:
    vectors = make_clusters(count, 1 if same else 3)
    if same:
        vectors[:] = vectors[0]
    points = project(vectors)
    assert points.shape == (count, 2)
    assert numpy.isfinite(points).all()


def test_one_dimension_is_enough() -> None:
    assert project(numpy.ones((3, 1), numpy.float32)).shape == (3, 2)


async def look(library: Library, embedder: Embedder | None, question: str = "") -> KnowledgeMap:
    index = PublishedIndex(library.uri)
    try:
        return await survey(index, embedder, question)
    finally:
        index.close()


@pytest.fixture
async def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    for path, sentence in GROUPS.items():
        sentences = [f"{sentence} Note {number}." for number in range(8)]
        library.write(path, make_document(path, *sentences))
    await library.index()
    return library


async def test_a_question_falls_among_its_neighbours(library: Library) -> None:
    shown = await look(library, library.embedder, "When does the night train to Vienna leave?")
    assert len(shown.points) == shown.passages >= 24
    assert shown.asked is not None
    near = [shown.points[number] for number in shown.asked.neighbours]
    assert {point.passage.source.path for point in near} == {"rail.md"}
    similarities = [point.similarity or 0 for point in near]
    assert similarities == sorted(similarities, reverse=True)
    assert sum(point.similarity is not None for point in shown.points) == len(near)
    ranked = sorted(shown.points, key=lambda one: abs(one.x - _x(shown)) + abs(one.y - _y(shown)))
    assert {point.passage.source.path for point in ranked[:3]} == {"rail.md"}


def _x(shown: KnowledgeMap) -> float:
    assert shown.asked
    return shown.asked.x


def _y(shown: KnowledgeMap) -> float:
    assert shown.asked
    return shown.asked.y


async def test_many_passages_are_sampled_and_neighbours_added(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "MOST", 6)
    plain = await look(library, library.embedder)
    assert len(plain.points) == 6
    assert {point.passage.source.path for point in plain.points} == set(GROUPS)
    assert make_title(plain) == f"6 of {plain.passages} passages in 3 files"
    asked = await look(library, library.embedder, "night train to Vienna")
    assert asked.asked is not None
    ids = [point.passage.id for point in asked.points]
    assert len(set(ids)) == len(ids) > 6


async def test_what_has_no_vectors_has_no_map(tmp_path: Path) -> None:
    library = Library(tmp_path, embedder=None)
    library.write("a.md", "words")
    await library.index()
    for embedder in (None, HashingEmbedder()):
        with pytest.raises(PictureError, match="OPENBOOK_EMBEDDER"):
            await look(library, embedder)


async def test_an_empty_folder_has_no_map(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("a.md", "")
    await library.index()
    with pytest.raises(PictureError, match="no passage"):
        await look(library, library.embedder)


@pytest.mark.parametrize(
    "other", [HashingEmbedder("hashing 2"), HashingEmbedder(dimensions=32)], ids=["name", "size"]
)
async def test_a_question_of_another_embedder_has_no_place(
    library: Library, other: HashingEmbedder
) -> None:
    with pytest.raises(EmbedderMisfit, match="openbook index"):
        await look(library, other, "train")
    assert (await look(library, other)).points


async def test_games_lie_together_and_the_underground_apart(tmp_path: Path) -> None:
    library = Library(tmp_path, LocalEmbedder())  # type: ignore[arg-type]
    for name in ("奥运会", "亚运会", "残奥会", "北京地铁"):
        library.write(f"{name}.md", name)
    await library.index()
    shown = await look(library, library.embedder)
    places = {name_point(point): complex(point.x, point.y) for point in shown.points}
    metro = places.pop("北京地铁.md")
    middle = sum(places.values()) / 3
    assert all(abs(game - middle) < abs(metro - game) for game in places.values())
    assert abs(metro - middle) > 1.5 * max(abs(game - middle) for game in places.values())


HOSTILE = (
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> ]]> $data ${title} `"
    " \u2028\x00\ud800 \" ' &amp; \\u003c"
)


def make_map(text: str = HOSTILE, count: int = 3) -> KnowledgeMap:
    def point(number: int) -> Point:
        source = Source(f"{text}/{number}.md", text, (text,), 2, 0, len(text))
        return Point(number / count, 0.5, Passage(str(number), text, source), 0.5)

    return KnowledgeMap(tuple(map(point, range(count))), count, Asked(0.2, 0.4, text, (0, 2)))


class Tags(HTMLParser):
    """What a browser takes for tags, and what stands in the first script, the data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.scripts:
            self.scripts[-1] += data


def test_hostile_text_stays_text_on_the_page() -> None:
    plain, hostile = (Tags(make_page(make_map(text)).decode()) for text in ("plain", HOSTILE))
    assert hostile.names == plain.names
    assert hostile.scripts[1] == plain.scripts[1]
    data = json.loads(hostile.scripts[0])
    assert data["points"][0]["text"] == HOSTILE
    assert data["asked"]["text"] == HOSTILE
    assert data["files"][0]["path"].startswith(HOSTILE)


def test_the_page_needs_nothing_from_anywhere() -> None:
    page = Tags(make_page(make_map("plain")).decode())
    assert not {name for name, _ in page.attributes} & {"src", "href", "style", "onload", "onclick"}
    policy = next(value for name, value in page.attributes if name == "content" and value)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in re.sub(r"http-equiv", "", make_page(make_map("plain")).decode())


BROWSER = """
const drawn = [];
const brush = new Proxy({}, {set: () => true, get: (_, name) => name === "measureText"
  ? () => ({width: 9}) : (...given) => drawn.push([name, ...given])});
const made = {};
const make = id => made[id] ??= {children: [{}, {}, {}], style: {}, append() {}, setAttribute() {},
  getContext: () => brush, clientWidth: 900, clientHeight: 700, textContent: DATA,
  getBoundingClientRect: () => ({left: 0, top: 0, width: 900, height: 700})};
const document = {getElementById: make, createElement: make, querySelectorAll: () => []};
const window = {};
"""
HOVER = """
const at = drawn.find(one => one[0] === "arc");
canvas.onpointermove({clientX: at[1] + 3, clientY: at[2] - 3});
console.log(JSON.stringify([drawn.map(one => one[0]), card.children.map(one => one.textContent)]));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the page's script")
def test_the_page_draws_points_and_shows_what_is_pointed_at(tmp_path: Path) -> None:
    """In place of a browser, the few of its functions that the script uses."""
    page = Tags(make_page(make_map(count=50)).decode())
    file = tmp_path / "page.js"
    scripts = (f"const DATA = {json.dumps(page.scripts[0])};", BROWSER, page.scripts[1], HOVER)
    file.write_text("".join(scripts), encoding="utf-8")
    done = subprocess.run(["node", file], capture_output=True, check=True, text=True)
    calls, card = json.loads(done.stdout)
    assert calls.count("arc") == 51
    assert calls.count("fillText") >= 2
    assert card == [f"{HOSTILE}/0.md, page 2, similarity 0.50", HOSTILE, HOSTILE]


def test_a_title_is_escaped() -> None:
    shown = make_map()
    assert f"<title>{html.escape(make_title(shown))}</title>" in make_page(shown).decode()


def test_the_picture_shows_points_names_and_the_question() -> None:
    shown = make_map("北京地铁")
    drawing = draw_map(shown)
    dots = [shape for shape in drawing.shapes if isinstance(shape, Dot)]
    labels = [shape.text for shape in drawing.shapes if isinstance(shape, Label)]
    assert [dot.fill for dot in dots].count(QUESTION) == 1
    assert sum(isinstance(shape, Line) for shape in drawing.shapes) == 2
    assert {"? 北京地铁", "北京地铁", "3 passages in 3 files", "北京地铁/1.md (1)"} <= set(labels)
    for file in list_files(shown).values():
        assert [dot.fill for dot in dots].count(file.colour) == 2  # its point, and in the legend


def test_a_picture_of_many_files_is_bounded() -> None:
    drawing = draw_map(make_map("x" * 200, 400))
    labels = [shape for shape in drawing.shapes if isinstance(shape, Label)]
    assert "and 364 more" in [label.text for label in labels]
    assert all(len(label.text) < 60 and 0 < label.y < drawing.height for label in labels)
