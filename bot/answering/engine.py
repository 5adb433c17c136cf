"""From a question to a cited answer: rewrite, search, gate, prompt, stream, check.

What can happen to a question, and how it ends:
- a greeting or thanks: NOTICE, without a search;
- the gate finds too little evidence, or the model says so: NOT_FOUND, with the nearest documents;
- the model is away, breaks off or runs out of time: PASSAGES_ONLY, the documents' own statements
  in place of whatever was streamed;
- the model's answer carries no citation that holds: PASSAGES_ONLY too, since an answer that the
  documents do not support must not pass for one that they do; if its text says that the documents
  do not tell, NOT_FOUND;
- else ANSWERED.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from time import perf_counter

from bot.answering.citations import check
from bot.answering.conversation import (
    combine_with_turns,
    depends_on_turns,
    is_greeting,
    is_thanks,
)
from bot.answering.extracting import EXTRACTIVE, extract, render
from bot.answering.links import find_allowed
from bot.answering.prompt import fit_passages
from bot.answering.refusals import TokenWatch, sounds_like_refusal
from bot.answering.safety import Neutraliser, neutralise
from bot.errors import ModelAway, ModelBroken, ModelError, QuestionError
from bot.languages import detect_language
from bot.nouns import (
    Answer,
    Done,
    Event,
    Evidence,
    Found,
    Outcome,
    Passage,
    Question,
    Searching,
    SearchResult,
    Text,
    Turn,
    Usage,
)
from bot.phrases import Phrases, phrases_in
from bot.seams import ChatModel, Counter, ModelEnd, ModelText, PassageSearch, Prompt

LONGEST_QUESTION = 4000
_LONGEST_QUERY = 1000
_TURNS_SHOWN = 6
_NEAREST = 3
# The share of the time for an answer that rewriting may take.
_REWRITE_SHARE = 0.25

_log = logging.getLogger(__name__)

_NOTHING = SearchResult((), Evidence(0.0, 1.0), "")


@dataclass(slots=True)
class _Work:
    """What is known of the answer in the making."""

    question: str
    turns: tuple[Turn, ...]
    language: str
    started: float
    query: str = ""
    result: SearchResult = _NOTHING
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def phrases(self) -> Phrases:
        return phrases_in(self.language)

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self.result.passages


class Engine:
    """Answers questions; one engine serves any number of them at a time. `seconds` bounds the
    wait for the model, from the question on; `limit` is how many passages are looked up."""

    def __init__(
        self,
        search: PassageSearch,
        model: ChatModel,
        counter: Counter,
        *,
        answer_tokens: int = 1024,
        seconds: float = 60.0,
        limit: int = 8,
    ) -> None:
        self._search = search
        self._model = model
        self._counter = counter
        self._answer_tokens = answer_tokens
        self._seconds = seconds
        self._limit = limit

    async def answer(self, question: Question) -> AsyncGenerator[Event, None]:
        """Events, the last of them Done. Raises QuestionError (its problem in the asker's
        language) and StoreError; a model's failure is an outcome, not an error. Closing the
        iterator early stops the model."""
        work = _begin(question)
        if notice := _find_notice(work):
            yield Done(notice)
            return
        work.query = await self._rewrite(work)
        yield Searching(work.query)
        work.result = await self._search.search(work.query, limit=self._limit)
        work.seconds.update(work.result.seconds)
        yield Found(work.passages)
        if not work.passages or not work.result.evidence.enough:
            yield Done(_refuse(work, ModelEnd(), ""))
            return
        async with aclosing(self._write(work)) as events:
            async for event in events:
                yield event

    async def _rewrite(self, work: _Work) -> str:
        """The question as one that stands alone; without the model's help if it gives none."""
        if not work.turns or not depends_on_turns(work.question):
            return work.question
        started = perf_counter()
        try:
            async with asyncio.timeout(self._seconds * _REWRITE_SHARE):
                rewritten = await self._model.rewrite(work.question, work.turns)
        except (ModelError, TimeoutError) as error:
            _log.warning("The question was not rewritten: %s", error)
            rewritten = ""
        work.seconds["rewrite"] = perf_counter() - started
        lines = rewritten.strip()[:_LONGEST_QUERY].splitlines()
        return lines[0].strip() if lines else combine_with_turns(work.question, work.turns)

    async def _write(self, work: _Work) -> AsyncGenerator[Event, None]:
        """The events from the model's first text on."""
        prompt = fit_passages(
            Prompt(work.question, work.passages, work.turns, work.language, self._answer_tokens),
            self._counter,
            self._model.window,
        )
        watch = TokenWatch()
        neutraliser = Neutraliser(_allow(prompt.passages))
        shown: list[str] = []
        end = ModelEnd()
        failure: ModelError | None = None
        started = perf_counter()
        try:
            async with aclosing(self._stream(prompt, work.started + self._seconds)) as items:
                async for item in items:
                    if isinstance(item, ModelEnd):
                        end = item
                        continue
                    safe = neutraliser.feed(watch.feed(item.delta))
                    if safe and not watch.refused:
                        work.seconds.setdefault("first_text", perf_counter() - work.started)
                        shown.append(safe)
                        yield Text(safe)
        except ModelError as error:
            failure = error
        work.seconds["model"] = perf_counter() - started
        if failure is not None:
            yield Done(self._fall_back(work, failure, begun=bool(shown)))
            return
        rest = neutraliser.feed(watch.finish()) + neutraliser.finish()
        if rest and not watch.refused:
            shown.append(rest)
            yield Text(rest)
        text = "" if watch.refused else "".join(shown).strip()
        yield Done(_conclude(work, end, self._model.name, text, len(prompt.passages)))

    def _fall_back(self, work: _Work, failure: ModelError, *, begun: bool) -> Answer:
        _log.warning("The passages are the answer: %s", failure)
        stopped = begun or isinstance(failure, ModelBroken)
        note = work.phrases.model_stopped if stopped else work.phrases.model_away
        return _quote(work, ModelEnd(), self._model.name, note)

    async def _stream(
        self, prompt: Prompt, deadline: float
    ) -> AsyncGenerator[ModelText | ModelEnd, None]:
        """The model's items. Raises ModelError, also where the time is over or the end is
        missing."""
        items = self._model.reply(prompt)
        ended = False
        try:
            while True:
                async with asyncio.timeout(max(deadline - perf_counter(), 0)):
                    item = await anext(items, None)
                if item is None:
                    break
                ended = isinstance(item, ModelEnd)
                yield item
        except TimeoutError:
            raise ModelAway(
                f"The model took longer than {self._seconds:g} seconds.",
                "Raise OPENBOOK_ANSWER_SECONDS if it is known to be slow.",
            ) from None
        finally:
            if isinstance(items, AsyncGenerator):
                await items.aclose()
        if not ended:
            raise ModelBroken("The model's reply has no end.", "Ask again.")


async def last_answer(events: AsyncIterator[Event]) -> Answer:
    """The answer that `events` ends with, for who does not stream."""
    answer: Answer | None = None
    async for event in events:
        if isinstance(event, Done):
            answer = event.answer
    if answer is None:
        raise ValueError("These events are of no answer: Done is missing.")
    return answer


def _begin(question: Question) -> _Work:
    text = question.text.strip()
    last = question.turns[-1].question if question.turns else ""
    language = detect_language(text[:LONGEST_QUESTION], detect_language(last))
    phrases = phrases_in(language)
    if not text:
        raise QuestionError(phrases.question_empty)
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(phrases.question_too_long.format(limit=LONGEST_QUESTION))
    turns = tuple(question.turns)[-_TURNS_SHOWN:]
    return _Work(text, turns, language, perf_counter())


def _find_notice(work: _Work) -> Answer | None:
    if is_greeting(work.question):
        return Answer(work.phrases.greeting, Outcome.NOTICE)
    if is_thanks(work.question):
        return Answer(work.phrases.thanks, Outcome.NOTICE)
    return None


def _conclude(work: _Work, end: ModelEnd, model: str, text: str, offered: int) -> Answer:
    """The answer that a complete reply comes to; `offered` passages were in the prompt."""
    if not text:
        return _refuse(work, end, model)
    checked = check(text, work.passages[:offered])
    if checked.citations:
        note = work.phrases.no_model if model == EXTRACTIVE else ""
        answer = _fill(work, end, model, checked.text, Outcome.ANSWERED, note)
        return replace(answer, citations=checked.citations)
    if sounds_like_refusal(text):
        return _refuse(work, end, model)
    return _quote(work, end, model, work.phrases.unsupported)


def _refuse(work: _Work, end: ModelEnd, model: str) -> Answer:
    text = work.phrases.refusal
    nearest = dict.fromkeys(_name(passage) for passage in work.passages)
    if nearest:
        names = "\n".join(f"- {name}" for name in list(nearest)[:_NEAREST])
        text = f"{text}\n\n{work.phrases.closest}\n{neutralise(names, _allow(work.passages))}"
    return _fill(work, end, model, text, Outcome.NOT_FOUND)


def _name(passage: Passage) -> str:
    source = passage.source
    return f"{source.title} ({source.path})" if source.title else source.path


def _quote(work: _Work, end: ModelEnd, model: str, note: str) -> Answer:
    """The documents' own statements, in place of a model's."""
    text = "".join(render(extract(work.query, work.passages)))
    checked = check(neutralise(text, _allow(work.passages)), work.passages)
    answer = _fill(work, end, model, checked.text, Outcome.PASSAGES_ONLY, note)
    return replace(answer, citations=checked.citations)


def _fill(
    work: _Work, end: ModelEnd, model: str, text: str, outcome: Outcome, note: str = ""
) -> Answer:
    result = work.result
    prices = (result.price, end.price)
    known = [price for price in prices if price is not None]
    seconds = {**work.seconds, "total": perf_counter() - work.started}
    return Answer(
        text,
        outcome,
        passages=result.passages,
        usage=Usage(
            model,
            end.prompt_tokens,
            end.cached_tokens,
            end.completion_tokens,
            result.embedding_tokens,
            sum(known) if len(known) == len(prices) else None,
            seconds,
        ),
        index_version=result.index_version,
        query=work.query,
        evidence=result.evidence,
        note=" ".join(filter(None, (note, work.phrases.words_only if result.degraded else ""))),
    )


def _allow(passages: Sequence[Passage]) -> frozenset[str]:
    return find_allowed(
        "\n".join((passage.text, source.path, source.title, source.heading))
        for passage in passages
        for source in (passage.source,)
    )
