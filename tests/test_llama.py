"""The models' code against a real language model server; what the model writes is not judged."""

from collections.abc import AsyncIterator
from contextlib import suppress

import numpy
import pytest

from bot.errors import ModelBroken, ModelRejected
from bot.models.openai_chat import OpenAIChatModel
from bot.models.openai_embedding import OpenAIEmbedder
from bot.models.openai_reranking import OpenAIReranker
from bot.nouns import Passage, Source, Turn
from bot.seams import ModelEnd, ModelText, Prompt, Rewritten
from bot.settings import Settings
from tests.peers.llama import run_llama

PASSAGE = Passage("1", "The capital of France is Paris.", Source("a.md", "", (), None, 0, 31))


@pytest.fixture
def settings(llama: str) -> Settings:
    return Settings.model_validate(
        {
            "OPENAI_BASE_URL": llama,
            "OPENBOOK_CHAT_PRICE": "1/1/1",
            "OPENBOOK_ANSWER_SECONDS": 120,
            "OPENBOOK_EMBEDDER": "openai",
        }
    )


@pytest.fixture
async def model(settings: Settings) -> AsyncIterator[OpenAIChatModel]:
    async with OpenAIChatModel(settings) as model:
        yield model


async def test_streams_text_and_counts(model: OpenAIChatModel) -> None:
    prompt = Prompt("What is the capital of France?", (PASSAGE,), answer_tokens=24)
    *texts, end = [item async for item in model.reply(prompt)]
    assert len(texts) > 1
    assert all(isinstance(item, ModelText) for item in texts)
    assert isinstance(end, ModelEnd)
    assert end.prompt_tokens > 100
    assert 0 < end.completion_tokens <= 24
    assert end.price == pytest.approx((end.prompt_tokens + end.completion_tokens) / 1e6)


async def test_an_answer_without_room_is_marked(model: OpenAIChatModel) -> None:
    prompt = Prompt("Tell me a long story.", (PASSAGE,), answer_tokens=4)
    items = [item async for item in model.reply(prompt)]
    assert isinstance(items[-1], ModelEnd)
    assert items[-1].truncated


async def test_a_prompt_over_the_window_names_the_setting(model: OpenAIChatModel) -> None:
    prompt = Prompt("word " * 20_000, (PASSAGE,))
    with pytest.raises(ModelRejected, match="OPENBOOK_CONTEXT_WINDOW"):
        await anext(model.reply(prompt))


async def test_rewrites(model: OpenAIChatModel) -> None:
    """A model this small rambles at times, on other processors at other times."""
    turns = [Turn("What is the capital of France?", "Paris.")]
    rewritten: list[Rewritten] = []
    for question in ("And of Italy?", "And the capital of Spain?", "Where is it?", "Why?"):
        with suppress(ModelBroken):
            rewritten.append(await model.rewrite(question, turns))
    assert rewritten
    assert all(one.question and one.end.prompt_tokens > 10 for one in rewritten)


async def test_embeds(settings: Settings) -> None:
    async with OpenAIEmbedder(settings) as embedder:
        texts = ["The cat sat on the mat.", "", "Interest rates rose.", "猫坐在垫子上。"] * 3
        passages = await embedder.embed_passages(texts)
        query = await embedder.embed_query("The cat sat on the mat.")
        assert passages.shape == (12, await embedder.dimensions())
    assert passages.dtype == numpy.float32
    assert numpy.linalg.norm(passages, axis=1) == pytest.approx(1, abs=1e-5)
    assert passages[8] == pytest.approx(passages[0], abs=1e-2)
    assert int(numpy.argmax(passages @ query)) in (0, 4, 8)


async def test_reranks() -> None:
    """What the scores are is not judged: the model was not made for it."""
    with run_llama("--reranking") as url:
        given = {"OPENBOOK_RERANKER_URL": url, "OPENBOOK_RERANKER_PRICE": 1}
        async with OpenAIReranker("any", Settings.model_validate(given), seconds=120) as reranker:
            texts = ["The cat sat on the mat.", "Interest rates rose.", "猫坐在垫子上。"]
            reranked = await reranker.rerank("Where is the cat?", texts)
    assert len(set(reranked.scores)) == 3
    assert reranked.tokens > 20
    assert reranked.price == pytest.approx(reranked.tokens / 1e6)
