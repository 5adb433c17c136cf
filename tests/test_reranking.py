"""The reranker: what its server may answer, and what becomes of the order of the passages."""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import ModelAway, ModelBroken, ModelError, ModelRejected
from bot.models.openai_reranking import OpenAIReranker
from bot.nouns import EVERYTHING, Mode, Passage, Scope, SearchResult, Source, make_scope
from bot.seams import Reranked
from bot.search.reranking import READ, blend, number
from bot.settings import Settings
from tests.libraries import Library, make_document
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import FAULTS, Action, Raw, Scores, Status

KEY = "sk-planted-secret-12345678"
QUESTION = "Which teapot is blue?"
TEXTS = ["The sea is deep.", "A teapot is blue.", "Which one?"]
NOBODY = "http://127.0.0.1:1/v1"


@pytest.fixture
async def peer() -> AsyncIterator[OpenAIPeer]:
    async with OpenAIPeer(key=KEY) as peer:
        yield peer


def make_reranker(url: str, seconds: float = 5.0, /, **more: object) -> OpenAIReranker:
    given = {"OPENBOOK_RERANKER_URL": url, "OPENBOOK_RERANKER_KEY": KEY, **more}
    return OpenAIReranker("reranker-test", Settings.model_validate(given), seconds=seconds)


# The server.


async def test_texts_get_scores_in_their_order(peer: OpenAIPeer) -> None:
    async with make_reranker(peer.url, OPENBOOK_RERANKER_PRICE=2) as reranker:
        reranked = await reranker.rerank(QUESTION, TEXTS)
    assert reranked.scores == pytest.approx((0.2, 0.6, 0.4))
    assert reranked.tokens == 3 * 5 + 5 + 5 + 3
    assert reranked.price == pytest.approx(2 * reranked.tokens / 1e6)
    (request,) = peer.requests
    assert (request.path, request.authorization) == ("/v1/rerank", f"Bearer {KEY}")
    assert request.body == {
        "model": "reranker-test",
        "query": QUESTION,
        "documents": TEXTS,
        "top_n": 3,
    }


@pytest.mark.parametrize(
    ("price", "action", "expected"),
    [
        (None, None, None),
        (2.0, Scores(usage=False), None),
        (0.0, Scores(usage=False), 0.0),
    ],
    ids=["unknown", "uncounted", "free"],
)
async def test_a_price_that_is_not_known(
    peer: OpenAIPeer, price: float | None, action: Action | None, expected: float | None
) -> None:
    peer.always = action
    async with make_reranker(peer.url, OPENBOOK_RERANKER_PRICE=price) as reranker:
        assert (await reranker.rerank(QUESTION, TEXTS)).price == expected


async def test_without_an_address_the_server_is_that_of_the_other_models(peer: OpenAIPeer) -> None:
    given = {"OPENAI_BASE_URL": peer.url, "OPENAI_API_KEY": KEY}
    async with OpenAIReranker("reranker-test", Settings.model_validate(given)) as reranker:
        assert len((await reranker.rerank(QUESTION, TEXTS)).scores) == 3


async def test_another_server_is_not_told_the_key_of_the_first(peer: OpenAIPeer) -> None:
    given = {"OPENAI_API_KEY": KEY, "OPENBOOK_RERANKER_URL": peer.url}
    async with OpenAIReranker("reranker-test", Settings.model_validate(given)) as reranker:
        with pytest.raises(ModelRejected, match="OPENBOOK_RERANKER_KEY"):
            await reranker.rerank(QUESTION, TEXTS)
    assert KEY not in peer.requests[0].authorization


@pytest.mark.parametrize("name", ["error 500", "busy, short", "disconnect at once"])
async def test_it_is_tried_again(peer: OpenAIPeer, name: str) -> None:
    peer.script.append(FAULTS[name])
    async with make_reranker(peer.url) as reranker:
        assert len((await reranker.rerank(QUESTION, TEXTS)).scores) == 3
    assert len(peer.requests) == 2


BROKEN: dict[str, tuple[type[ModelError], str]] = {
    "error 500": (ModelAway, "fault (500)"),
    "wrong key": (ModelRejected, "OPENBOOK_RERANKER_KEY"),
    "unknown model": (ModelRejected, "OPENBOOK_RERANKER."),
    "busy, long": (ModelAway, "in 90 seconds"),
    "no quota": (ModelRejected, "OPENBOOK_RERANKER_KEY"),
    "never answers": (ModelAway, "in time"),
    "html": (ModelBroken, "OPENBOOK_RERANKER_URL"),
    "too few scores": (ModelBroken, "each of 3 passages one score"),
    "scores of others": (ModelBroken, "each of 3 passages one score"),
    "score that is no number": (ModelBroken, "not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_every_fault_ends_in_a_sentence(peer: OpenAIPeer, name: str) -> None:
    peer.always = FAULTS[name]
    kind, words = BROKEN[name]
    async with asyncio.timeout(10), make_reranker(peer.url, 1.0) as reranker:
        with pytest.raises(ModelError) as caught:
            await reranker.rerank(QUESTION, TEXTS)
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "null",
        "{}",
        '{"results": null}',
        '{"results": ["a", "b", "c"]}',
        '{"results": [{"index": 0}, {"index": 1}, {"index": 2}]}',
        '[{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 2, "score": 1}]',
        '{"results": [{"index": null, "relevance_score": 1}]}',
        '{"results": [{"index": 0, "relevance_score": "high"}]}',
        '{"results": [{"index": 0, "relevance_score": 1' + "0" * 400 + "}]}",
        '{"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 1},'
        ' {"index": 1, "relevance_score": 1}]}',
        "[" * 100_000,
    ],
)
async def test_useless_answers_are_refused(peer: OpenAIPeer, body: str) -> None:
    peer.always = Raw(body, "application/json")
    async with make_reranker(peer.url) as reranker:
        with pytest.raises(ModelBroken):
            await reranker.rerank(QUESTION, TEXTS)


@pytest.mark.parametrize("usage", ["null", "[]", '{"total_tokens": null}', '{"total_tokens": -1}'])
async def test_usage_that_tells_nothing(peer: OpenAIPeer, usage: str) -> None:
    results = '{"results": [{"index": 0, "relevance_score": -3}], "usage": ' + usage + "}"
    peer.always = Raw(results, "application/json")
    async with make_reranker(peer.url) as reranker:
        assert await reranker.rerank(QUESTION, TEXTS[:1]) == Reranked((-3.0,), 0, None)


async def test_a_server_that_fails_is_spared(peer: OpenAIPeer) -> None:
    peer.always = Status(500)
    async with make_reranker(peer.url, 0.1) as reranker:
        for _ in range(6):
            with pytest.raises(ModelAway):
                await reranker.rerank(QUESTION, TEXTS)
        assert len(peer.requests) == 5


async def test_nobody_listens() -> None:
    async with make_reranker(NOBODY) as reranker:
        with pytest.raises(ModelAway, match="Check the network and OPENBOOK_RERANKER_URL"):
            await reranker.rerank(QUESTION, TEXTS)


async def test_a_server_without_rerank_is_told_from_one_without_models(peer: OpenAIPeer) -> None:
    async with make_reranker(f"{peer.url}/elsewhere") as reranker:
        with pytest.raises(ModelRejected, match="server that has /rerank"):
            await reranker.rerank(QUESTION, TEXTS)


# The order.


def make_passage(number: int, score: float) -> Passage:
    text = f"Passage {number}."
    return Passage(str(number), text, Source("a.md", "", (), None, 0, len(text)), score=score)


PASSAGES = [make_passage(place, 1 - place / 40) for place in range(40)]


@given(
    some.lists(some.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=READ),
)
def test_any_scores_give_an_order_of_the_same_passages(scores: list[float]) -> None:
    order = blend(number(PASSAGES), Reranked(tuple(scores)))
    assert sorted(one.id for one in order) == sorted(one.id for one in PASSAGES)
    assert all(0 <= one.score <= 1 for one in order)
    assert [one.score for one in order] == sorted((one.score for one in order), reverse=True)
    unread = [one.id for one in order if "reranker" not in one.found_by]
    assert unread == [one.id for one in PASSAGES[len(scores) :]]


def test_the_order_is_the_same_on_any_scale() -> None:
    scores = [math.sin(place) for place in range(10)]
    orders = [
        [one.id for one in blend(PASSAGES[:10], Reranked(tuple(scale * one for one in scores)))]
        for scale in (1, 0.01, 1e300)
    ]
    assert orders[0] == orders[1] == orders[2]


def test_equal_scores_change_nothing() -> None:
    assert [one.id for one in blend(PASSAGES, Reranked((0.5,) * READ))] == [
        one.id for one in PASSAGES
    ]


def test_what_it_read_tells_both_ranks() -> None:
    order = blend(number(PASSAGES[:3]), Reranked((0.0, 0.2, 1.0)))
    assert [one.found_by for one in order] == [
        {"fused": 3, "reranker": 1},
        {"fused": 2, "reranker": 2},
        {"fused": 1, "reranker": 3},
    ]


# Searching.


@pytest.fixture
async def library(tmp_path: Path) -> Library:
    """Of the passages about teapots one alone answers, and it is the shortest."""
    library = Library(tmp_path)
    for colour in ("red", "green", "white"):
        library.write(
            f"{colour}.md", make_document("Teapots", f"The teapot, teapot of teapots, is {colour}.")
        )
    library.write("blue.md", "# Teapots\n\nWhich one is blue? This teapot is blue.\n")
    library.write("hr/blue.md", "# Wages\n\nWhich teapot is blue? A teapot that is paid for.\n")
    await library.index()
    return library


async def ask(
    library: Library,
    reranker: OpenAIReranker,
    mode: Mode = Mode.HYBRID,
    query: str = QUESTION,
    scope: Scope = EVERYTHING,
) -> SearchResult:
    with library.searching(reranker=reranker) as search:
        return await search.search(query, scope=scope, mode=mode, limit=4)


async def test_hybrid_search_is_reranked_and_no_other(library: Library, peer: OpenAIPeer) -> None:
    async with make_reranker(peer.url, OPENBOOK_RERANKER_PRICE=1) as reranker:
        results = {mode: await ask(library, reranker, mode) for mode in Mode}
    assert len(peer.requests) == 1
    (documents,) = (body["documents"] for body in peer.bodies)
    assert all(document.startswith(("# Teapots", "Teapots\n", "# Wages")) for document in documents)
    hybrid, fused = results[Mode.HYBRID], results[Mode.FUSED]
    assert {one.id for one in hybrid.passages} == {one.id for one in fused.passages}
    assert hybrid.evidence == fused.evidence
    assert all({"fused", "reranker"} <= set(one.found_by) for one in hybrid.passages)
    assert hybrid.passages[0].found_by["reranker"] == 1
    assert hybrid.reranking_tokens > 0
    assert hybrid.price == pytest.approx(
        hybrid.reranking_tokens / 1e6 + hybrid.embedding_tokens * 0.5 / 1e6
    )
    assert "rerank" in hybrid.seconds
    for mode in set(Mode) - {Mode.HYBRID}:
        assert not {"fused", "reranker"} & {
            name for one in results[mode].passages for name in one.found_by
        }
        assert (results[mode].reranking_tokens, results[mode].unranked) == (0, "")


@pytest.mark.parametrize(
    "name", ["error 500", "busy, long", "never answers", "html", "scores of others"]
)
async def test_a_reranker_that_is_away_leaves_the_order(
    library: Library, peer: OpenAIPeer, name: str
) -> None:
    peer.always = FAULTS[name]
    async with make_reranker(peer.url, 0.3) as reranker:
        fused, hybrid = [await ask(library, reranker, mode) for mode in (Mode.FUSED, Mode.HYBRID)]
    assert [one.id for one in hybrid.passages] == [one.id for one in fused.passages]
    assert [one.score for one in hybrid.passages] == [one.score for one in fused.passages]
    assert hybrid.unranked
    assert hybrid.degraded == ""
    assert (hybrid.reranking_tokens, hybrid.price) == (0, fused.price)
    assert all("reranker" not in one.found_by for one in hybrid.passages)


async def test_nothing_is_paid_for_a_question_that_is_refused(
    library: Library, peer: OpenAIPeer
) -> None:
    async with make_reranker(peer.url) as reranker:
        result = await ask(library, reranker, query="Warp engines of Zanzibar teapot ships?")
    assert not result.evidence.enough
    assert result.passages
    assert peer.requests == []


async def test_it_reads_only_what_the_scope_shows(library: Library, peer: OpenAIPeer) -> None:
    scope = make_scope({"hr/": False})
    async with make_reranker(peer.url) as reranker:
        assert "hr/blue.md" in {one.source.path for one in (await ask(library, reranker)).passages}
        shown = await ask(library, reranker, scope=scope)
    assert "hr/blue.md" not in {one.source.path for one in shown.passages}
    assert "paid" in str(peer.bodies[0])
    assert "paid" not in str(peer.bodies[1])


async def test_it_reads_the_first_passages_of_many(tmp_path: Path, peer: OpenAIPeer) -> None:
    library = Library(tmp_path)
    sentences = [f"Teapot number {number} stands there." for number in range(READ + 10)]
    library.write("teapots.md", make_document("Shelves", *sentences, "This teapot alone is blue."))
    await library.index()
    async with make_reranker(peer.url) as reranker:
        with library.searching(reranker=reranker) as search:
            result = await search.search(QUESTION, scope=EVERYTHING, limit=25)
    assert len(peer.bodies[0]["documents"]) == READ
    assert len(result.passages) == 25
