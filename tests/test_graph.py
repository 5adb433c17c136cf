"""Links between passages: where they come from, where they lead, and what they may not show."""

from pathlib import Path

import pytest

from bot.nouns import EVERYTHING, Mode, Passage, make_scope
from bot.search.fusion import FIRST
from bot.search.graph import Graph, Seed
from bot.search.names import find_names, open_name, own_names
from bot.store.published import PublishedIndex
from tests.libraries import Library, make_document

KETTLE = "# Kettle K-17\n\nIt is made by Blue Heron Works and boils a litre in four minutes.\n"
WORKS = "# Blue Heron Works\n\nThe factory stands in Altdorf and was founded by Ida Muster.\n"
TEA = "# Tea\n\nGreen tea wants water of eighty degrees.\n"
CHINESE = {
    "壶.md": "# 蓝鹭水壶\n\n这款水壶由北山工厂制造，四分钟烧开一升水。\n",
    "厂.md": "# 北山工厂\n\n该厂位于阿尔特多夫，创办人是王小明。\n",
    "茶.md": "# 绿茶\n\n绿茶宜用八十度的水。\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path, embedder=None)


def fill(library: Library, files: dict[str, str]) -> None:
    for path, text in files.items():
        library.write(path, text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ludwig Mies van der Rohe built it.", {"ludwig mies van der rohe"}),
        ("The Lord of the Rings, by Tolkien", {"lord of the rings", "tolkien"}),
        ("Berlin\nParis", {"berlin", "paris"}),
        ("the heron's error E-4711 or err_lid_open in 1986", {"e 4711", "err lid open"}),
        ("Altdorf's mayor", {"altdorf"}),
        ("《红楼梦》和“读书会”", {"红 楼 梦", "读 书 会"}),
        ("卢克·坎克利的手机", {"卢 克 坎 克 利", "手 机"}),
        ("在北京用pandas2写", {"北 京 用", "pandas2"}),
        ("see [[opening hours|hours]]", {"opening hours"}),
        ("Столица Великой России", {"столица великой россии"}),
        ("مدينة القاهرة", {"مدينة القاهرة"}),
        ("nothing to be named here", set()),
    ],
)
def test_names_of_a_text(text: str, names: set[str]) -> None:
    assert names <= set(find_names(text)) <= names | {"红 楼 梦 读 书 会", "写"}


async def test_a_title_links_to_its_document(library: Library) -> None:
    fill(library, {"kettle.md": KETTLE, "works.md": WORKS, "tea.md": TEA})
    await library.index()

    found = (await library.search("K-17", Mode.GRAPH)).passages

    assert [one.source.path for one in found] == ["kettle.md", "works.md"]
    assert "graph" in found[1].found_by


async def test_a_chinese_title_links_to_its_document(library: Library) -> None:
    fill(library, CHINESE)
    await library.index()

    found = (await library.search("蓝鹭", Mode.GRAPH)).passages

    assert [one.source.path for one in found] == ["壶.md", "厂.md"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "guide/a.md",
            "# Alpha\n\nWhat it costs is on [the **next** page](../other/b%20c.md#x).\n",
        ),
        (
            "guide/a.md",
            "# Alpha\n\nWhat it costs is on [that page][1].\n\n[1]: ../other/b%20c.md\n",
        ),
        ("guide/a.md", "# Alpha\n\nWhat it costs is <a href='/other/b c.md'>there</a>.\n"),
        ("guide/a.html", "<h1>Alpha</h1><p>It is <a href='../other/b%20c.md'>there</a>.</p>"),
    ],
)
async def test_a_link_of_a_file_leads_to_the_other(library: Library, path: str, text: str) -> None:
    fill(library, {path: text, "other/b c.md": "Forty francs.\n", "tea.md": TEA})
    await library.index()

    assert await library.find("alpha", Mode.GRAPH) == {path, "other/b c.md"}


async def test_a_rare_name_links_those_that_share_it(library: Library) -> None:
    fill(library, {f"{n}.md": f"# N{n}\n\nNumber {n} is sold in Lugano.\n" for n in range(40)})
    library.write("x.md", "# Lamp\n\nThe lamp was drawn by Rosa Fuchs.\n")
    library.write("y.md", "# Chair\n\nRosa Fuchs lives by the lake.\n")
    await library.index()

    assert await library.find("lamp", Mode.GRAPH) == {"x.md", "y.md"}
    assert len(await library.find("7", Mode.GRAPH)) == 1  # Lugano is everywhere


async def test_links_come_and_go_with_either_end(library: Library) -> None:
    """Whichever was indexed first: a graph of many runs is that of one."""
    library.write("kettle.md", KETTLE)
    await library.index()
    assert await library.find("K-17", Mode.GRAPH) == {"kettle.md"}
    library.write("works.md", WORKS)
    await library.index()
    assert await library.find("K-17", Mode.GRAPH) == {"kettle.md", "works.md"}
    library.write("works.md", WORKS.replace("Blue Heron", "Grey Stork"))
    await library.index()
    assert await library.find("K-17", Mode.GRAPH) == {"kettle.md"}
    library.write("stork.md", WORKS)
    await library.index()
    assert await library.find("K-17", Mode.GRAPH) == {"kettle.md", "stork.md"}
    (library.root / "kettle.md").unlink()
    library.write("tea.md", TEA)
    await library.index()
    assert await library.find("K-17", Mode.GRAPH) == set()


async def test_a_search_that_is_open_follows_the_new_links(library: Library) -> None:
    fill(library, {"kettle.md": KETTLE, "tea.md": TEA})
    await library.index()
    with library.searching() as search:
        before = await search.search("K-17", scope=EVERYTHING, mode=Mode.GRAPH)
        library.write("works.md", WORKS)
        await library.index()
        after = await search.search("K-17", scope=EVERYTHING, mode=Mode.GRAPH)
    assert [one.source.path for one in before.passages] == ["kettle.md"]
    assert [one.source.path for one in after.passages] == ["kettle.md", "works.md"]


async def test_hybrid_search_puts_what_is_linked_among_the_hits(library: Library) -> None:
    fill(library, {"kettle.md": KETTLE, "works.md": WORKS, "tea.md": TEA})
    library.write("more.md", make_document("Boiling", *(f"Water boils {n}." for n in range(9))))
    await library.index()

    keyword = await library.search("K-17 water", Mode.KEYWORD)
    hybrid = await library.search("K-17 water")

    assert "works.md" not in {one.source.path for one in keyword.passages}
    assert [one.source.path for one in hybrid.passages[:2]] == ["kettle.md", "works.md"]
    assert hybrid.passages[0].score == keyword.passages[0].score


async def test_what_the_question_names_leads_on_before_what_shares_its_words(
    library: Library,
) -> None:
    scenes = " ".join(f"In scene {number} somebody looks out of a window." for number in range(24))
    library.write("lamp.md", "# Blue Lamp\n\nA silent film, directed by Ida Muster.\n")
    library.write("ida.md", "# Ida Muster\n\nShe grew up in Altdorf.\n")
    library.write("tale.md", f"# Tale of Owls\n\nA film, directed by Hugo Specht. {scenes}\n")
    library.write("hugo.md", "# Hugo Specht\n\nHe grew up in Bern.\n")
    for number in range(6):
        told = f"The director of film {number} was born in a city whose name is unknown."
        library.write(f"{number}.md", make_document(f"Film number {number}", told))
    await library.index()
    question = (
        "In which city was the director of Blue Lamp born, and which that of the Tale of Owls?"
    )

    found = (await library.search(question)).passages

    assert {"lamp.md", "tale.md"} <= {one.source.path for one in found[:5]}
    scores = {one.source.path: one.score for one in found if "graph" in one.found_by}
    assert min(scores["ida.md"], scores["hugo.md"]) > 0.2  # by the hits' own scores 0.02


async def test_more_of_what_the_question_names_is_not_put_behind(library: Library) -> None:
    parts = [
        f"## Part {number}\n\nThe hinge of part {number} is oiled." + " Gently, as ever." * 90
        for number in range(6)
    ]
    library.write("kettle.md", "# Kettle K-17\n\n" + "\n\n".join(parts) + "\n")
    await library.index()
    question = "Which hinge of the Kettle K-17 is oiled?"

    keyword = (await library.search(question, Mode.KEYWORD)).passages
    hybrid = (await library.search(question)).passages

    told = [one.score for one in keyword if one.score > 0.9]
    assert len(told) > FIRST
    assert [one.score for one in hybrid[: len(told)]] == told


class Opened:
    """The graph of an index, and its passages by path."""

    def __init__(self, graph: Graph, passages: dict[str, tuple[int, Passage]]) -> None:
        self.graph = graph
        self.passages = passages

    def link(self, path: str, hidden: frozenset[str] = frozenset()) -> dict[str, float]:
        row, passage = self.passages[path]
        visible = self.graph.mark_visible(make_scope(dict.fromkeys(hidden, False)))
        found = self.graph.find_links([Seed(row, 0.8, passage)], visible)
        paths = {row: path for path, (row, _) in self.passages.items()}
        return {paths[row]: round(strength, 3) for row, strength in found.items()}


async def open_graph(library: Library) -> Opened:
    index = PublishedIndex(library.uri)
    snapshot = await index.snapshot()
    names = await snapshot.names(open_name)
    passages = await snapshot.take(names.rows.tolist())
    index.close()
    return Opened(Graph(names), {one.source.path: (row, one) for row, one in passages.items()})


async def test_how_strong_links_are(library: Library) -> None:
    mention = "\n\nSold with the lamp of Rosa Fuchs.\n"
    fill(library, {f"{name}.md": f"# {name.title()}{mention}" for name in ("ash", "elm", "oak")})
    fill(library, {"a/blue.md": "# Heron\n\nA bird.\n", "b/blue.md": "# Heron\n\nA ship.\n"})
    library.write("seen.md", "# Seen\n\nToday a Heron was there.\n")
    await library.index()
    opened = await open_graph(library)

    assert opened.link("ash.md") == {"elm.md": 0.4, "oak.md": 0.4}  # two others have the name
    # Which of two is meant?
    assert opened.link("seen.md") == {"a/blue.md": 0.566, "b/blue.md": 0.566}


async def test_what_may_not_be_seen_neither_ranks_nor_counts(library: Library) -> None:
    mention = "\n\nSold with the lamp of Rosa Fuchs.\n"
    fill(library, {f"{name}.md": f"# {name.title()}{mention}" for name in ("ash", "elm", "oak")})
    await library.index()
    opened = await open_graph(library)

    assert opened.link("ash.md", frozenset({"elm.md"})) == {"oak.md": 0.8}
    assert opened.link("ash.md", frozenset({"elm.md", "oak.md"})) == {}


async def test_an_index_of_nothing_has_a_graph(library: Library) -> None:
    library.write("a.md", "…\n")
    await library.index()

    assert (await library.search("Rosa Fuchs", Mode.GRAPH)).passages == ()


async def test_file_names_and_headings_are_names(library: Library) -> None:
    library.write(
        "02_opening-hours.md", "# When\n\nAt nine.\n\n## Public holidays (all)\n\nNever.\n"
    )
    await library.index()
    opened = await open_graph(library)
    owned = {name for _, one in opened.passages.values() for name in own_names(one)}

    assert {"/02_opening-hours.md", "opening hours", "when"} <= owned
