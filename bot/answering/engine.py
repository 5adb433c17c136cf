"""From a question to a cited answer: rewrite, search, gate, prompt, stream, check."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import perf_counter

from bot.answering.conversation import combine_with_turns, depends_on_turns, has_own_subject
from bot.answering.endings import Draft, conclude, find_notice, quote, refuse
from bot.answering.links import allow
from bot.answering.prompt import fit_passages
from bot.answering.refusals import TokenWatch
from bot.answering.safety import Neutraliser
from bot.errors import BudgetSpent, ModelAway, ModelBroken, ModelError, QuestionError
from bot.languages import detect_language
from bot.nouns import Answer, Done, Event, Found, Question, Searching, SearchResult, Text
from bot.phrases import phrases_in
from bot.seams import ChatModel, Counter, ModelEnd, ModelText, PassageSearch, Prompt

LONGEST_QUESTION = 4000
_TURNS_SHOWN = 6
# The share of the time for an answer that rewriting may take.
_REWRITE_SHARE = 1 / 8
# The evidence that a question has on its own if it needs no other to be understood.
_CLEAR = 0.9

_log = logging.getLogger(__name__)


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
        draft = _begin(question)
        if notice := find_notice(draft):
            yield Done(notice)
            return
        draft.query = await self._rewrite(draft)
        yield Searching(draft.query)
        draft.result = await self._find(draft)
        draft.seconds.update(draft.result.seconds)
        yield Found(draft.passages)
        if not draft.passages or not draft.result.evidence.enough:
            yield Done(refuse(draft, ModelEnd(), ""))
            return
        async with aclosing(self._write(draft)) as events:
            async for event in events:
                yield event

    async def _rewrite(self, draft: Draft) -> str:
        """The question as one that stands alone; without the model's help if it gives none."""
        if not draft.turns or not depends_on_turns(draft.question):
            return draft.question
        started = perf_counter()
        try:
            async with asyncio.timeout(self._seconds * _REWRITE_SHARE):
                rewritten = await self._model.rewrite(draft.question, draft.turns)
            query, draft.rewriting = rewritten.question, rewritten.end
        except (ModelError, TimeoutError) as error:
            _log.warning("The question was not rewritten: %s", error or "it took too long")
            query = combine_with_turns(draft.question, draft.turns)
        draft.seconds["rewrite"] = perf_counter() - started
        return query[:LONGEST_QUESTION]

    async def _find(self, draft: Draft) -> SearchResult:
        """A question that was put together with an earlier one by rule, not by the model, goes
        alone where that finds clear evidence: words like "it" are in many that need no other."""
        combined = draft.query != draft.question and not draft.rewriting.completion_tokens
        if combined and has_own_subject(draft.question):
            alone = await self._search_for(draft.question, draft)
            if alone.evidence.score >= _CLEAR:
                draft.query, draft.turns = draft.question, ()
                return alone
        return await self._search_for(draft.query, draft)

    async def _search_for(self, query: str, draft: Draft) -> SearchResult:
        return await self._search.search(query, scope=draft.scope, limit=self._limit)

    async def _write(self, draft: Draft) -> AsyncGenerator[Event, None]:
        """The events from the model's first text on."""
        prompt = fit_passages(
            Prompt(
                draft.question, draft.passages, draft.turns, draft.language, self._answer_tokens
            ),
            self._counter,
            self._model.window,
        )
        watch = TokenWatch()
        neutraliser = Neutraliser(allow(prompt.passages))
        shown: list[str] = []
        end = ModelEnd()
        failure: ModelError | None = None
        started = perf_counter()
        try:
            async with aclosing(self._stream(prompt, draft.started + self._seconds)) as items:
                async for item in items:
                    if isinstance(item, ModelEnd):
                        end = item
                        continue
                    safe = neutraliser.feed(watch.feed(item.delta))
                    if safe and not watch.refused:
                        draft.seconds.setdefault("first_text", perf_counter() - draft.started)
                        shown.append(safe)
                        yield Text(safe)
        except ModelError as error:
            failure = error
        draft.seconds["model"] = perf_counter() - started
        if failure is not None:
            yield Done(self._fall_back(draft, failure, begun=bool(shown)))
            return
        rest = neutraliser.feed(watch.finish()) + neutraliser.finish()
        if rest and not watch.refused:
            shown.append(rest)
            yield Text(rest)
        text = "" if watch.refused else "".join(shown).strip()
        offered = len(prompt.passages)
        yield Done(conclude(draft, end, self._model.name, text, offered, denied=watch.said))

    def _fall_back(self, draft: Draft, failure: ModelError, *, begun: bool) -> Answer:
        _log.warning("The passages are the answer: %s", failure)
        phrases = draft.phrases
        match failure:
            case BudgetSpent(daily=daily, hours=hours):
                spent = phrases.daily_budget_spent if daily else phrases.asker_budget_spent
                note = spent.format(hours=hours)
            case ModelBroken():
                note = phrases.model_stopped
            case _:
                note = phrases.model_stopped if begun else phrases.model_away
        end = ModelEnd(price=None if begun else 0.0)  # what broke off is charged, not counted
        return quote(draft, end, self._model.name, note)

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


def _begin(question: Question) -> Draft:
    text = question.text.strip()
    last = question.turns[-1].question if question.turns else ""
    language = question.language or detect_language(text[:LONGEST_QUESTION], detect_language(last))
    phrases = phrases_in(language)
    if not text:
        raise QuestionError(phrases.question_empty)
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(phrases.question_too_long.format(limit=LONGEST_QUESTION))
    turns = tuple(question.turns)[-_TURNS_SHOWN:]
    return Draft(text, turns, language, question.scope, perf_counter())
