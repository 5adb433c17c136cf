"""From question to answer: every way in which an answer can end, over a working search and a real
model client talking to a server that fails when told to."""

import asyncio
import math
from collections import Counter as Bag
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

import pytest

from bot.answering.conversation import combine_with_turns
from bot.answering.engine import LONGEST_QUESTION, Engine, last_answer
from bot.answering.prompt import NOT_FOUND
from bot.errors import ModelAway, QuestionError, StoreError
from bot.models.extractive import ExtractiveModel
from bot.models.openai_chat import OpenAIChatModel
from bot.models.tokens import estimate_tokens
from bot.nouns import (
    Answer,
    Done,
    Evidence,
    Found,
    Mode,
    Outcome,
    Passage,
    Question,
    Scope,
    Searching,
    SearchResult,
    Source,
    Text,
    Turn,
)
from bot.phrases import phrases_in
from bot.seams import ChatModel, ModelEnd, ModelText, Prompt, Rewritten
from bot.settings import Settings
from tests.peers.openai import OpenAIPeer
from tests.peers.openai_script import FAULTS, Action, Disconnect, Reply, Status, Wait


def make_passage(path: str, title: str, text: str) -> Passage:
    return Passage(path, text, Source(path, title, (), None, 0, len(text)))


PASSAGES = (
    make_passage("refunds.md", "Refunds", "Refunds take 14 days. They go to your card."),
    make_passage("shipping.md", "Shipping", "Shipping to Canada costs $12, see https://ok.com/s."),
    make_passage("运费.md", "运费", "国内运费为12元。满99元免运费。"),
)
REFUND = Question("How long do refunds take?")


class WordSearch:
    """Searches a list of passages by the share of the query's words that they hold."""

    def __init__(self, passages: Sequence[Passage], degraded: str = "") -> None:
        self.passages = passages
        self.degraded = degraded
        self.queries: list[str] = []

    async def search(
        self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
    ) -> SearchResult:
        self.queries.append(query)
        words = Bag(query.lower().strip("?？").split())
        shares = {
            passage.id: sum(word in passage.text.lower() for word in words) / len(words)
            or len(set(query) & set(passage.text) & set("运费元")) / 10
            for passage in self.passages
        }
        ranked = sorted(self.passages, key=lambda passage: -shares[passage.id])[:limit]
        score = max(shares.values(), default=0.0)
        return SearchResult(
            tuple(ranked), Evidence(score, 0.2), "v7", 5, 0.25, self.degraded, {"keyword": 0.001}
        )


class Estimate:
    def count(self, text: str) -> int:
        return estimate_tokens(text)


class ScriptedModel:
    """Replies with the given pieces, and records what becomes of the stream."""

    name = "scripted"
    window = 100_000

    def __init__(self, *pieces: str, end: bool = True, stall: bool = False) -> None:
        self.pieces = pieces
        self.end = end
        self.stall = stall
        self.prompts: list[Prompt] = []
        self.asked = asyncio.Event()
        self.rewritten = ""
        self.closed = False

    async def reply(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelEnd]:
        self.prompts.append(prompt)
        self.asked.set()
        try:
            for piece in self.pieces:
                yield ModelText(piece)
            if self.stall:
                await asyncio.sleep(math.inf)
            if self.end:
                yield ModelEnd(100, 20, 30, 0.5, truncated=len(self.pieces) == 5)
        finally:
            self.closed = True

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        if self.rewritten == "stall":
            await asyncio.sleep(math.inf)
        if not self.rewritten:
            raise ModelAway("It is away.")
        return Rewritten(self.rewritten, ModelEnd(7, 5, 3, 0.125))


def make_engine(model: ChatModel, search: WordSearch | None = None, seconds: float = 20) -> Engine:
    return Engine(search or WordSearch(PASSAGES), model, Estimate(), seconds=seconds)


async def ask(model: ChatModel, question: Question = REFUND, seconds: float = 20) -> Answer:
    async with asyncio.timeout(10):
        return await last_answer(make_engine(model, seconds=seconds).answer(question))


@pytest.fixture
async def peer() -> AsyncIterator[OpenAIPeer]:
    async with OpenAIPeer() as peer:
        yield peer


async def ask_peer(peer: OpenAIPeer, question: Question = REFUND) -> tuple[str, Answer]:
    """The streamed text and the answer, by the real client."""
    settings = Settings.model_validate(
        {"OPENAI_BASE_URL": peer.url, "OPENBOOK_ANSWER_SECONDS": 1.0}
    )
    streamed = ""
    async with asyncio.timeout(10), OpenAIChatModel(settings) as model:
        async for event in make_engine(model, seconds=1.0).answer(question):
            match event:
                case Text(delta):
                    streamed += delta
                case Done(answer):
                    return streamed, answer
    raise AssertionError("no answer")


async def test_answers_with_checked_citations() -> None:
    model = ScriptedModel("Refunds ", "take 14 ", "days", " [1][2].")
    events = [event async for event in make_engine(model).answer(REFUND)]
    assert [type(event) for event in events[:2]] == [Searching, Found]
    assert "".join(event.delta for event in events if isinstance(event, Text)) == (
        "Refunds take 14 days [1][2]."
    )
    done = events[-1]
    assert isinstance(done, Done)
    answer = done.answer
    assert answer.text == "Refunds take 14 days [1]."
    assert answer.outcome is Outcome.ANSWERED
    assert [(c.number, c.quote) for c in answer.citations] == [(1, "Refunds take 14 days.")]
    assert answer.passages[0] is PASSAGES[0]
    assert answer.index_version == "v7"
    assert answer.query == REFUND.text
    assert answer.note == ""
    usage = answer.usage
    assert (usage.model, usage.prompt_tokens, usage.cached_tokens) == ("scripted", 100, 20)
    assert (usage.completion_tokens, usage.embedding_tokens, usage.price) == (30, 5, 0.75)
    assert {"keyword", "first_text", "model", "total"} <= set(usage.seconds)


async def test_words_come_through_as_they_are_written() -> None:
    model = ScriptedModel("Refunds", " take", " 14", " days")
    events = make_engine(model).answer(REFUND)
    deltas = [event.delta async for event in events if isinstance(event, Text)]
    assert deltas == ["Refunds", " take", " 14", " days"]


async def test_the_gate_refuses_before_the_model_is_asked() -> None:
    model = ScriptedModel("x")
    answer = await ask(model, Question("Who won chess tournaments?"))
    assert answer.outcome is Outcome.NOT_FOUND
    assert answer.text.startswith("The documents do not answer this.\n\nClosest documents:\n- ")
    assert "- Refunds (refunds.md)" in answer.text
    assert not model.prompts
    assert answer.passages
    assert answer.evidence is not None


async def test_refuses_in_the_language_of_the_question() -> None:
    answer = await ask(ScriptedModel(NOT_FOUND), Question("运费由谁付？"))
    assert answer.text.startswith(phrases_in("zh").refusal)
    assert phrases_in("zh").closest in answer.text


async def test_an_empty_index_is_a_refusal_without_a_list() -> None:
    engine = make_engine(ScriptedModel("x"), WordSearch(()))
    answer = await last_answer(engine.answer(REFUND))
    assert answer.text == "The documents do not answer this."


@pytest.mark.parametrize(
    "pieces",
    [
        (NOT_FOUND,),
        (NOT_FOUND[:3], NOT_FOUND[3:9], NOT_FOUND[9:]),
        tuple(f" **{NOT_FOUND}**.\n"),
        (f"{NOT_FOUND}\n\nThe passages are about other things [1].",),
        (NOT_FOUND[:-2],),
        (NOT_FOUND.lower(),),
        tuple(NOT_FOUND.replace("_", "\\_")),
    ],
)
async def test_the_agreed_word_is_a_refusal_and_never_shown(pieces: tuple[str, ...]) -> None:
    events = [event async for event in make_engine(ScriptedModel(*pieces)).answer(REFUND)]
    assert not [event for event in events if isinstance(event, Text)]
    done = events[-1]
    assert isinstance(done, Done)
    assert done.answer.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("word", [NOT_FOUND, NOT_FOUND.replace("_", "\\_")])
async def test_the_agreed_word_after_others_is_a_refusal_too(word: str) -> None:
    answer = await ask(ScriptedModel("Answer: ", *word, "."))
    assert answer.outcome is Outcome.NOT_FOUND
    assert answer.text.startswith(phrases_in("en").refusal)


async def test_the_agreed_word_is_taken_out_of_a_partial_answer() -> None:
    pieces = ("Refunds take 14 days [1]. The fee: ", *NOT_FOUND, " NOT", "ICE")
    events = [event async for event in make_engine(ScriptedModel(*pieces)).answer(REFUND)]
    streamed = "".join(event.delta for event in events if isinstance(event, Text))
    assert streamed == "Refunds take 14 days [1]. The fee:  NOTICE"
    done = events[-1]
    assert isinstance(done, Done)
    assert done.answer.outcome is Outcome.ANSWERED


async def test_a_refusal_in_the_models_own_words_is_a_refusal() -> None:
    answer = await ask(ScriptedModel("I'm sorry, the passages do not mention any fee."))
    assert answer.outcome is Outcome.NOT_FOUND


async def test_what_the_documents_do_not_support_is_not_shown_as_an_answer() -> None:
    answer = await ask(ScriptedModel("Whales live in deep oceans [1]. They sing at night."))
    assert answer.outcome is Outcome.PASSAGES_ONLY
    assert answer.text == "Refunds take 14 days. [1]"
    assert answer.note == phrases_in("en").unsupported
    assert answer.citations


async def test_links_and_pings_are_taken_out_while_streaming() -> None:
    pieces = ("Refunds take 14 days [1]. [Click](https://ev", "il.com/?q=1) @every", "one ")
    events = [event async for event in make_engine(ScriptedModel(*pieces)).answer(REFUND)]
    streamed = "".join(event.delta for event in events if isinstance(event, Text))
    assert "https://" not in streamed
    assert "](" not in streamed
    assert "@everyone" not in streamed
    done = events[-1]
    assert isinstance(done, Done)
    assert done.answer.text == streamed.strip()


async def test_the_documents_own_links_stay() -> None:
    question = Question("What does shipping to Canada cost?")
    answer = await ask(ScriptedModel("$12 [1], see https://ok.com/s."), question)
    assert answer.text == "$12 [1], see https://ok.com/s."


async def test_an_answer_at_its_limit_says_so() -> None:
    answer = await ask(ScriptedModel("Refunds ", "take ", "14 ", "days [1]", " and"))
    assert answer.note == phrases_in("en").answer_cut
    assert answer.outcome is Outcome.ANSWERED


async def test_without_a_model_the_answer_is_quoted_and_says_so() -> None:
    answer = await ask(ExtractiveModel())
    assert answer.outcome is Outcome.ANSWERED
    assert answer.text == "Refunds take 14 days. [1]"
    assert answer.note == phrases_in("en").no_model
    assert answer.usage.price == 0.25


async def test_a_search_without_vectors_is_noted() -> None:
    engine = make_engine(ScriptedModel("It takes 14 days [1]."), WordSearch(PASSAGES, "away"))
    answer = await last_answer(engine.answer(REFUND))
    assert answer.note == phrases_in("en").words_only


@pytest.mark.parametrize("text", ["Hello!", "你好", "Thanks!"])
async def test_a_greeting_is_greeted_without_a_search(text: str) -> None:
    search = WordSearch(PASSAGES)
    events = [event async for event in make_engine(ScriptedModel(), search).answer(Question(text))]
    assert len(events) == 1
    assert isinstance(events[0], Done)
    assert events[0].answer.outcome is Outcome.NOTICE
    assert not search.queries


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST_QUESTION + 1), "问" * 100_000])
async def test_bad_questions_are_errors(text: str) -> None:
    with pytest.raises(QuestionError):
        await ask(ScriptedModel(), Question(text))


async def test_the_error_is_in_the_askers_language() -> None:
    with pytest.raises(QuestionError, match="4000 个字符"):
        await ask(ScriptedModel(), Question("问题" * 5000))
    with pytest.raises(QuestionError, match="请输入"):
        await ask(ScriptedModel(), Question(" ", (Turn("运费是多少？", "12元"),)))


TURNS = (Turn("How much is shipping to Canada?", "$12 [1]."),)


async def test_a_follow_up_is_rewritten_for_the_search() -> None:
    model, search = ScriptedModel("Refunds take 14 days [1]."), WordSearch(PASSAGES)
    model.rewritten = "How long do refunds take in Canada?"
    answer = await last_answer(
        make_engine(model, search).answer(Question("And refunds there?", TURNS))
    )
    assert search.queries == ["How long do refunds take in Canada?"]
    assert answer.query == search.queries[0]
    assert model.prompts[0].question == "And refunds there?"
    assert model.prompts[0].turns == TURNS
    usage = answer.usage
    assert "rewrite" in usage.seconds
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (107, 25, 33)
    assert usage.price == 0.25 + 0.125 + 0.5


@pytest.mark.parametrize("model", [ScriptedModel("It is $12 [1]."), ExtractiveModel()])
async def test_a_follow_up_is_searched_for_as_a_whole(model: ChatModel) -> None:
    search = WordSearch(PASSAGES)
    turns = (Turn("How much is shipping to Canada? " + "Please. " * 400, "$12"),)
    for text in ("And to Mexico?\nThanks", "And to Mexico? " + "Please. " * 400):
        await last_answer(make_engine(model, search).answer(Question(text, turns)))
    assert search.queries[0].startswith("And to Mexico?\nThanks shipping Canada")
    assert len(search.queries[1]) == LONGEST_QUESTION


@pytest.mark.parametrize("rewritten", ["", "stall"])
async def test_a_follow_up_is_understood_without_the_models_help(rewritten: str) -> None:
    model, search = ScriptedModel("It is $12 [1]."), WordSearch(PASSAGES)
    model.rewritten = rewritten
    question = Question("And to Mexico?", TURNS)
    async with asyncio.timeout(10):
        await last_answer(make_engine(model, search, seconds=1).answer(question))
    assert search.queries == [combine_with_turns("And to Mexico?", TURNS)]


async def test_a_question_that_stands_alone_is_not_rewritten() -> None:
    model, search = ScriptedModel("Refunds take 14 days [1]."), WordSearch(PASSAGES)
    model.rewritten = "something else"
    await last_answer(make_engine(model, search).answer(Question(REFUND.text, TURNS)))
    assert search.queries == [REFUND.text]


async def test_closing_early_stops_the_model() -> None:
    model = ScriptedModel("Refunds ", stall=True)
    async with asyncio.timeout(10), aclosing(make_engine(model).answer(REFUND)) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    assert model.closed


async def test_cancelling_stops_the_model() -> None:
    model = ScriptedModel("Refunds ", stall=True)
    task = asyncio.create_task(ask(model))
    async with asyncio.timeout(10):
        await model.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.closed


async def test_the_time_is_limited_as_a_whole() -> None:
    model = ScriptedModel("Refunds ", stall=True)
    answer = await ask(model, seconds=0.1)
    assert answer.outcome is Outcome.PASSAGES_ONLY
    assert answer.note == phrases_in("en").model_stopped
    assert model.closed


async def test_a_reply_without_its_end_is_incomplete() -> None:
    answer = await ask(ScriptedModel("Refunds take", end=False))
    assert answer.outcome is Outcome.PASSAGES_ONLY
    assert answer.usage.price is None


async def test_a_broken_index_is_an_error() -> None:
    class Broken(WordSearch):
        async def search(
            self, query: str, *, scope: Scope, mode: Mode = Mode.HYBRID, limit: int = 10
        ) -> SearchResult:
            raise StoreError("It is broken.")

    with pytest.raises(StoreError):
        await last_answer(make_engine(ScriptedModel(), Broken(())).answer(REFUND))


async def test_events_without_an_end_are_no_answer() -> None:
    async def nothing() -> AsyncGenerator[Searching]:
        yield Searching("x")

    with pytest.raises(ValueError, match="Done"):
        await last_answer(nothing())


async def test_many_questions_at_once_do_not_mix() -> None:
    engine = make_engine(ExtractiveModel())
    questions = [REFUND, Question("What does shipping to Canada cost?")] * 20
    answers = await asyncio.gather(*(last_answer(engine.answer(item)) for item in questions))
    assert {answer.text.split()[0] for answer in answers[::2]} == {"Refunds"}
    assert {answer.text.split()[0] for answer in answers[1::2]} == {"Shipping"}


async def test_answers_over_a_real_connection(peer: OpenAIPeer) -> None:
    peer.script.append(Reply(("Refunds take", " 14 days", " [1]", ".")))
    streamed, answer = await ask_peer(peer)
    assert streamed == answer.text == "Refunds take 14 days [1]."
    assert answer.outcome is Outcome.ANSWERED
    assert answer.usage.prompt_tokens > 100


async def test_the_agreed_word_over_a_real_connection(peer: OpenAIPeer) -> None:
    peer.script.append(Reply(tuple(NOT_FOUND)))
    streamed, answer = await ask_peer(peer)
    assert streamed == ""
    assert answer.outcome is Outcome.NOT_FOUND


CHAT_FAULTS = [
    name
    for name, action in FAULTS.items()
    if name not in ("slow headers", "length", "length, no text", "no usage")
    and "vectors" not in name
    and name not in ("not a number", "infinite", "shuffled")
]


@pytest.mark.parametrize("fault", CHAT_FAULTS)
async def test_whatever_fails_the_passages_are_the_answer(peer: OpenAIPeer, fault: str) -> None:
    peer.always = FAULTS[fault]
    _, answer = await ask_peer(peer)
    assert answer.outcome is Outcome.PASSAGES_ONLY
    assert answer.text == "Refunds take 14 days. [1]"
    assert [citation.passage for citation in answer.citations] == [PASSAGES[0]]
    spoken = phrases_in("en")
    assert answer.note in (spoken.model_away, spoken.model_stopped)


@pytest.mark.parametrize(
    ("action", "note"),
    [
        (Status(500), "model_away"),
        (Wait(), "model_away"),
        (Disconnect(("Refunds take",)), "model_stopped"),
        (Reply(()), "model_stopped"),
    ],
)
async def test_the_note_tells_away_from_broken_off(
    peer: OpenAIPeer, action: Action, note: str
) -> None:
    peer.always = action
    _, answer = await ask_peer(peer)
    assert answer.note == getattr(phrases_in("en"), note)
