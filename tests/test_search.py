"""Questions to real indices: what is found, and what is said when a search is away."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import EmbedderMisfit, ModelAway, QuestionError
from bot.nouns import EVERYTHING, Mode
from bot.search.searching import LONGEST_QUERY
from tests.embedders import HashingEmbedder
from tests.libraries import Library, make_document

RETURNS = """# Handbook

## Returns

A parcel may be sent back within 34 days of delivery. The customer pays for the stamp.

## Shipping

Orders are shipped by the railway company within two days. Fragile goods travel in a crate.
"""
CHINESE = """# 蓝鹭商店手册

## 退货规则

收到货物后三十四天内可以退货。退款会在五个工作日内退回您的银行卡。

## 运费

订单满八十瑞士法郎免运费，不足则收取七点五法郎。
"""
CODES = """# Error codes

The kettle shows E-4711 when it has run dry, and ERR_LID_OPEN while its lid is open.
"""


@pytest.fixture
async def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    library.write("handbook.md", RETURNS)
    library.write("手册.md", CHINESE)
    library.write("codes.md", CODES)
    library.write("animals.md", make_document("Animals", "Whales breathe air and feed on krill."))
    await library.index()
    return library


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("退货", "手册.md"),
        ("运费", "手册.md"),
        ("三十四天", "手册.md"),
        ("卡", "手册.md"),
        ("returning parcels", "handbook.md"),  # return, parcel
        ("ship order", "handbook.md"),
        ("E-4711", "codes.md"),
        ("e-4711", "codes.md"),
        ("Ｅ－４７１１", "codes.md"),
        ("ERR_LID_OPEN", "codes.md"),
        ("codes", "codes.md"),  # its name
    ],
)
async def test_keyword_search_finds(library: Library, query: str, path: str) -> None:
    result = await library.search(query, Mode.KEYWORD)

    assert result.passages[0].source.path == path
    assert result.passages[0].found_by == {"keyword": 1}
    assert result.embedding_tokens == 0


async def test_each_mode_says_who_found_what(library: Library) -> None:
    question = "Within how many days may a parcel be sent back?"

    both = await library.search(question)
    vector = await library.search(question, Mode.VECTOR)

    best = both.passages[0]
    assert best.source.path == "handbook.md"
    assert best.found_by["keyword"] == 1
    assert {"keyword", "vector"} <= set(best.found_by)
    assert all(set(one.found_by) == {"vector"} for one in vector.passages)
    assert {one.source.path for one in vector.passages} == {
        "animals.md",
        "codes.md",
        "handbook.md",
        "手册.md",
    }
    assert set(both.seconds) == {"keyword", "embed", "vector", "fuse", "graph"}
    assert both.embedding_tokens == library.model.count(question)
    assert both.price == pytest.approx(both.embedding_tokens * 0.5 / 1e6)
    assert both.index_version == (await library.librarian().status()).version
    scores = [one.score for one in both.passages]
    assert scores == sorted(scores, reverse=True)


async def test_the_limit_holds(library: Library) -> None:
    for number in range(30):
        library.write(f"{number}.md", make_document(f"T{number}", f"Lamp number {number}."))
    await library.index()

    for limit in (1, 3, 20):
        assert len((await library.search("lamp number", limit=limit)).passages) == limit


async def test_repetitions_are_shown_once(library: Library) -> None:
    for place in ("copy", "another copy", "third copy"):
        library.write(f"{place}.md", CODES)
    await library.index()

    found = (await library.search("E-4711 kettle run dry")).passages

    assert len([one for one in found if "E-4711" in one.text]) == 1


async def test_neighbours_are_joined(library: Library) -> None:
    first = "The generator in the cellar starts by itself when the power fails. " * 14
    second = "The generator in the cellar is tested on the first Monday of a month. " * 14
    library.write("cellar.md", f"# Cellar\n\n## Generator\n\n{first.strip()}\n\n{second.strip()}\n")
    await library.index()
    contents = await library.contents()
    assert contents.documents["cellar.md"]["passages"] > 1

    best = (await library.search("generator cellar power fails tested Monday")).passages[0]

    assert "power fails" in best.text
    assert "first Monday" in best.text
    text = (library.root / "cellar.md").read_text()
    assert text[best.source.start : best.source.end].split() == best.text.split()


async def test_an_embedder_that_is_away_leaves_keyword_search(library: Library) -> None:
    library.model.failure = ModelAway("The embedding server does not answer.", "Try later.")

    result = await library.search("parcel sent back")

    assert result.passages[0].source.path == "handbook.md"
    assert result.degraded == "The embedding server does not answer."
    assert (result.embedding_tokens, result.price) == (0, 0.0)
    assert (await library.search("parcel", Mode.KEYWORD)).degraded == ""
    with pytest.raises(ModelAway, match="does not answer"):
        await library.search("parcel sent back", Mode.VECTOR)


@pytest.mark.parametrize("other", [HashingEmbedder("hashing 2"), HashingEmbedder(dimensions=7)])
async def test_an_embedder_that_does_not_fit_the_index(
    library: Library, other: HashingEmbedder
) -> None:
    library.embedder = other

    result = await library.search("parcel sent back")

    assert result.passages[0].source.path == "handbook.md"
    assert "keyword only" in result.degraded
    with pytest.raises(EmbedderMisfit) as caught:
        await library.search("parcel sent back", Mode.VECTOR)
    assert "openbook index" in caught.value.remedy


async def test_without_an_embedder_vector_search_says_so(library: Library) -> None:
    library.embedder = None

    result = await library.search("parcel sent back")
    assert (result.passages[0].source.path, result.degraded) == ("handbook.md", "")
    with pytest.raises(QuestionError, match="OPENBOOK_EMBEDDER"):
        await library.search("parcel", Mode.VECTOR)


@pytest.mark.parametrize("query", ["", "   ", "\n\t\u3000"])
async def test_an_empty_question_is_refused(library: Library, query: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        await library.search(query)


async def test_a_question_has_a_longest_length(library: Library) -> None:
    with pytest.raises(QuestionError, match="4,001"):
        await library.search("x" * (LONGEST_QUERY + 1))
    for text in ("退货规则" * 1000, "parcel " * 571, "🙂" * LONGEST_QUERY):
        assert (await library.search(text)).passages


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    "query",
    [
        "？！…",
        "'; DROP TABLE passages; --",
        '"',
        "AND OR NOT",
        "*:*",
        "(",
        "a:b^2~",
        "\x00",
        "\ud83d",
    ],
)
async def test_no_question_breaks_the_search(library: Library, query: str, mode: Mode) -> None:
    result = await library.search(query, mode)

    assert 0 <= result.evidence.score <= 1
    assert not (mode is Mode.KEYWORD and query == "？！…" and result.passages)


async def test_a_new_version_is_seen_by_searches_that_are_open(library: Library) -> None:
    with library.searching() as search:
        before = await search.search("submarine periscope", scope=EVERYTHING, mode=Mode.KEYWORD)
        assert before.passages == ()
        library.write("sea.md", "# Sea\n\nThe submarine has a periscope.\n")
        report = await library.index()
        after = await search.search("submarine periscope", scope=EVERYTHING)
    assert after.index_version == report.version_after != before.index_version
    assert after.passages[0].source.path == "sea.md"


async def test_many_searches_at_once(library: Library) -> None:
    with library.searching() as search:
        results = await asyncio.gather(
            *(
                search.search(query, scope=EVERYTHING)
                for query in ["退货", "parcel", "E-4711", "krill"] * 10
            )
        )
    best = [result.passages[0].source.path for result in results]
    assert best == ["手册.md", "handbook.md", "codes.md", "animals.md"] * 10
