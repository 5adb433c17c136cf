"""The chat model against a server that fails in every way that servers were seen to."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.errors import ModelAway, ModelBroken, ModelError, ModelRejected, SettingsError
from bot.models.openai_chat import OpenAIChatModel
from bot.nouns import Passage, Source, Turn
from bot.seams import ModelEnd, ModelText, Prompt
from bot.settings import Settings
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import FAULTS, Action, Events, Reply, Status, make_chunk

KEY = "sk-planted-secret-12345678"
PROMPT = Prompt(
    "How much is shipping?",
    (
        Passage("1", "We are open on Mondays.", Source("a.md", "A", (), None, 0, 23)),
        Passage("2", "Shipping costs 5 euros.", Source("b.md", "B", (), None, 0, 23)),
    ),
)


@pytest.fixture
async def peer() -> AsyncIterator[OpenAIPeer]:
    async with OpenAIPeer(key=KEY) as peer:
        yield peer


def make_settings(url: str, **values: object) -> Settings:
    return Settings.model_validate(
        {
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": KEY,
            "OPENBOOK_ANSWER_SECONDS": 0.8,
            **values,
        }
    )


async def ask(settings: Settings, prompt: Prompt = PROMPT) -> tuple[str, ModelEnd]:
    """The whole text and the end; a hang fails the test."""
    texts: list[str] = []
    async with asyncio.timeout(10), OpenAIChatModel(settings) as model:
        async for item in model.reply(prompt):
            if isinstance(item, ModelEnd):
                return "".join(texts), item
            texts.append(item.delta)
    raise AssertionError("no end")


async def fail(settings: Settings) -> tuple[str, ModelError]:
    """The text before the error, and the error."""
    text = ""
    async with asyncio.timeout(10), OpenAIChatModel(settings) as model:
        try:
            async for item in model.reply(PROMPT):
                assert isinstance(item, ModelText)
                text += item.delta
        except ModelError as error:
            return text, error
    raise AssertionError("no error")


async def test_streams_the_answer_and_its_price(peer: OpenAIPeer) -> None:
    text, end = await ask(make_settings(peer.url, OPENBOOK_CHAT_PRICE="1/0.5/10"))
    assert text == "Shipping costs 5 euros. [2]"
    assert end.prompt_tokens > 100
    assert end.cached_tokens == end.prompt_tokens // 2
    assert end.completion_tokens == 8
    fresh = end.prompt_tokens - end.cached_tokens
    assert end.price == pytest.approx((fresh + 0.5 * end.cached_tokens + 10 * 8) / 1e6)
    assert not end.truncated
    assert peer.requests[0].authorization == f"Bearer {KEY}"


BROKEN: dict[str, tuple[str, type[ModelError], str]] = {
    "error 500": ("", ModelAway, "fault (500)"),
    "overloaded 503": ("", ModelAway, "fault (503)"),
    "wrong key": ("", ModelRejected, "OPENAI_API_KEY"),
    "unknown model": ("", ModelRejected, "OPENBOOK_CHAT_MODEL"),
    "busy, short": ("", ModelAway, "no more requests"),
    "busy, long": ("", ModelAway, "in 90 seconds"),
    "no quota": ("", ModelRejected, "credit"),
    "never answers": ("", ModelAway, "OPENBOOK_ANSWER_SECONDS"),
    "stall": ("Hello", ModelAway, "in time"),
    "cut": ("Hello wor", ModelBroken, "broke off"),
    "cut before text": ("", ModelBroken, "broke off"),
    "disconnect": ("Hello wor", ModelBroken, "broke off"),
    "disconnect at once": ("", ModelBroken, "broke off"),
    "error event": ("Hello", ModelAway, "while it answered"),
    "html": ("", ModelBroken, "OPENAI_BASE_URL"),
    "json instead of stream": ("", ModelBroken, "OPENAI_BASE_URL"),
    "broken chunk": ("Hello", ModelBroken, "something else"),
    "strange chunk": ("", ModelBroken, "something else"),
    "choices by name": ("", ModelBroken, "something else"),
    "deep chunk": ("", ModelBroken, "something else"),
    "no choices": ("", ModelBroken, "broke off"),
    "content filter": ("Hello", ModelRejected, "content filter"),
    "length, no text": ("", ModelBroken, "OPENBOOK_ANSWER_TOKENS"),
    "empty": ("", ModelBroken, "empty"),
    "thought alone": ("", ModelBroken, "empty"),
    "thought, cut": ("", ModelBroken, "OPENBOOK_ANSWER_TOKENS"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_every_fault_ends_in_a_sentence(peer: OpenAIPeer, name: str) -> None:
    peer.always = FAULTS[name]
    text, kind, words = BROKEN[name]
    streamed, error = await fail(make_settings(peer.url))
    assert streamed == text
    assert type(error) is kind
    assert words in str(error)
    assert error.remedy


async def test_a_trickle_ends_at_the_deadline(peer: OpenAIPeer) -> None:
    peer.always = FAULTS["trickle"]
    streamed, error = await fail(make_settings(peer.url))
    assert streamed.startswith("word word ")
    assert isinstance(error, ModelAway)


async def test_slow_headers_are_waited_for(peer: OpenAIPeer) -> None:
    peer.script.append(FAULTS["slow headers"])
    text, _ = await ask(make_settings(peer.url, OPENBOOK_ANSWER_SECONDS=5))
    assert text == "Late."


async def test_nobody_listens(peer: OpenAIPeer) -> None:
    url = peer.url
    await peer.__aexit__(None, None, None)
    _, error = await fail(make_settings(url))
    assert isinstance(error, ModelAway)
    assert "127.0.0.1 cannot be reached" in error.problem


async def test_wrong_address(peer: OpenAIPeer) -> None:
    _, error = await fail(make_settings(peer.url + "/nowhere"))
    assert isinstance(error, ModelRejected)
    assert "OPENAI_BASE_URL" in error.remedy


HELPED = ("error 500", "busy, short", "cut before text", "disconnect at once")


@pytest.mark.parametrize("name", HELPED)
async def test_a_second_try_helps(peer: OpenAIPeer, name: str) -> None:
    peer.script.extend((FAULTS[name], Reply(("All is well.",))))
    text, _ = await ask(make_settings(peer.url))
    assert text == "All is well."


@pytest.mark.parametrize("name", sorted(set(BROKEN) - {*HELPED, "overloaded 503", "no choices"}))
async def test_no_second_try_where_it_cannot_help(peer: OpenAIPeer, name: str) -> None:
    peer.always = FAULTS[name]
    await fail(make_settings(peer.url))
    assert len(peer.requests) == 1


async def test_an_answer_that_is_too_long_is_kept_and_marked(peer: OpenAIPeer) -> None:
    peer.script.append(FAULTS["length"])
    text, end = await ask(make_settings(peer.url))
    assert text == "Hello wor"
    assert end.truncated


async def test_without_token_counts_the_price_is_unknown(peer: OpenAIPeer) -> None:
    peer.script.append(FAULTS["no usage"])
    text, end = await ask(make_settings(peer.url, OPENBOOK_CHAT_PRICE="1/1/1"))
    assert text == "Hello"
    assert end.price is None


@pytest.mark.parametrize("usage", ["n/a", [1], 5])
async def test_strange_token_counts_do_not_spoil_the_answer(
    peer: OpenAIPeer, usage: object
) -> None:
    last = json.loads(make_chunk("Hello", "stop")) | {"usage": usage}
    peer.script.append(Events((json.dumps(last), "[DONE]")))
    text, end = await ask(make_settings(peer.url, OPENBOOK_CHAT_PRICE="1/1/1"))
    assert text == "Hello"
    assert end == ModelEnd(price=None)


async def test_refused_parameters_are_dropped_once(peer: OpenAIPeer) -> None:
    peer.refused = frozenset({"max_tokens", "reasoning_effort", "stream_options"})
    async with OpenAIChatModel(make_settings(peer.url, OPENBOOK_CHAT_MODEL="gpt-6-luna")) as model:
        for _ in range(2):
            assert [item async for item in model.reply(PROMPT)]
    # One refusal for each parameter, and for each of three reasoning efforts.
    assert len(peer.requests) == 5 + 2
    last = peer.bodies[-1]
    assert last["max_completion_tokens"] == PROMPT.answer_tokens
    assert not {"max_tokens", "reasoning_effort", "stream_options"} & last.keys()


async def test_reasons_as_little_as_the_model_allows(peer: OpenAIPeer) -> None:
    refusal = Status(400, "Unsupported value.", "unsupported_value", "reasoning_effort")
    peer.script.append(refusal)
    await ask(make_settings(peer.url, OPENBOOK_CHAT_MODEL="gpt-6-luna"))
    assert [body["reasoning_effort"] for body in peer.bodies] == ["none", "minimal"]


async def test_a_prompt_over_the_window_names_the_setting(peer: OpenAIPeer) -> None:
    words = "the request exceeds the available context size (8192 tokens), max_tokens included"
    peer.always = Status(400, words, "context_length_exceeded", "messages")
    _, error = await fail(make_settings(peer.url))
    assert isinstance(error, ModelRejected)
    assert "OPENBOOK_CONTEXT_WINDOW" in error.remedy


async def test_the_key_appears_nowhere(peer: OpenAIPeer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = KEY.replace("planted", "misplaced")
    _, error = await fail(make_settings(peer.url, OPENAI_API_KEY=wrong))
    assert "***" in caplog.text
    assert wrong not in caplog.text
    assert wrong not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_an_early_exit_hangs_up(peer: OpenAIPeer) -> None:
    peer.always = FAULTS["stall"]
    async with OpenAIChatModel(make_settings(peer.url)) as model:
        async with aclosing(model.reply(PROMPT)) as items:
            assert await anext(items) == ModelText("Hello")
        async with asyncio.timeout(10):
            await peer.abandoned.wait()


@pytest.mark.parametrize("name", ["never answers", "stall", "error 500"])
async def test_cancelling_takes_effect_at_once(peer: OpenAIPeer, name: str) -> None:
    peer.always = FAULTS[name]
    settings = make_settings(peer.url, OPENBOOK_ANSWER_SECONDS=1000)
    task = asyncio.create_task(fail(settings))
    async with asyncio.timeout(5):
        await peer.received.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_five_failures_open_the_breaker(peer: OpenAIPeer) -> None:
    peer.always = FAULTS["busy, long"]
    async with OpenAIChatModel(make_settings(peer.url)) as model:
        for _ in range(7):
            with pytest.raises(ModelAway) as caught:
                await anext(model.reply(PROMPT))
    assert len(peer.requests) == 5
    assert "failed several times" in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("<think>\nHm [1]. A </b>?\n</think>\n\nIt is 5 euros [2].", "It is 5 euros [2]."),
        (" <think></think>\n<think>Hm.</think> 5 [2].", "5 [2]."),
        ("  5 <think> 6 </think>", "  5 <think> 6 </think>"),
        ("<thin", "<thin"),
        ("<thick>", "<thick>"),
    ],
)
async def test_thoughts_are_not_part_of_the_answer(
    peer: OpenAIPeer, reply: str, shown: str
) -> None:
    peer.script.extend((Reply((reply,)), Reply(tuple(reply))))
    for _ in range(2):
        text, _ = await ask(make_settings(peer.url))
        assert text == shown


async def test_thoughts_are_not_part_of_a_question(peer: OpenAIPeer) -> None:
    peer.script.append(Reply(("<think>Norway…</think>", "What is shipping to Norway?")))
    async with OpenAIChatModel(make_settings(peer.url)) as model:
        rewritten = await model.rewrite("and to Norway?", [Turn("How much is shipping?", "5 €.")])
    assert rewritten.question == "What is shipping to Norway?"


async def test_text_that_is_not_unicode_is_repaired(peer: OpenAIPeer) -> None:
    await ask(make_settings(peer.url), Prompt("half \ud83d of a face", PROMPT.passages))
    assert "half \ufffd of a face" in peer.bodies[0]["messages"][-1]["content"]


async def test_works_without_a_key(peer: OpenAIPeer) -> None:
    peer.key = None
    text, _ = await ask(make_settings(peer.url, OPENAI_API_KEY=None))
    assert text


async def test_rewrites_a_question(peer: OpenAIPeer) -> None:
    peer.script.append(Reply(('\n"How much is shipping ', 'to Norway?"\n\n"And" meant shipping.')))
    async with OpenAIChatModel(make_settings(peer.url, OPENBOOK_CHAT_PRICE="1/1/1")) as model:
        rewritten = await model.rewrite("and to Norway?", [Turn("How much is shipping?", "5 €.")])
    assert rewritten.question == "How much is shipping to Norway?"
    assert rewritten.end.prompt_tokens > 50
    assert rewritten.end.price
    assert "How much is shipping?" in peer.bodies[0]["messages"][-1]["content"]


@pytest.mark.parametrize("action", [Reply(("word " * 300,)), FAULTS["length"], FAULTS["stall"]])
async def test_a_useless_rewrite_is_an_error(peer: OpenAIPeer, action: Action) -> None:
    peer.always = action
    async with asyncio.timeout(10), OpenAIChatModel(make_settings(peer.url)) as model:
        with pytest.raises(ModelError):
            await model.rewrite("and to Norway?", [Turn("How much is shipping?", "5 €.")])


@pytest.mark.parametrize(
    ("values", "name"),
    [({"OPENAI_API_KEY": "ключ"}, "OPENAI_API_KEY"), ({"OPENAI_BASE_URL": "http://[x"}, "URL")],
)
def test_settings_that_cannot_be_sent(values: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        OpenAIChatModel(make_settings("http://localhost", **values))
