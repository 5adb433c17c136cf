"""The ways in which an answer can end.

- a greeting or thanks: NOTICE, without a search;
- the gate finds too little evidence, or the model says so: NOT_FOUND, with the nearest documents;
- the model is away, breaks off or runs out of time: PASSAGES_ONLY, the documents' own statements
  in place of whatever was streamed;
- the model's answer carries no citation that holds: PASSAGES_ONLY too, since an answer that the
  documents do not support must not pass for one that they do; if its text says that the documents
  do not tell, NOT_FOUND;
- else ANSWERED.
"""

from dataclasses import dataclass, field, replace
from time import perf_counter

from bot.answering.citations import check
from bot.answering.conversation import is_greeting, is_thanks
from bot.answering.extracting import EXTRACTIVE, extract, render
from bot.answering.links import allow
from bot.answering.refusals import sounds_like_refusal
from bot.answering.safety import neutralise
from bot.nouns import Answer, Evidence, Outcome, Passage, Scope, SearchResult, Turn, Usage
from bot.phrases import Phrases, phrases_in
from bot.seams import ModelEnd

_NEAREST = 3
_NOTHING = SearchResult((), Evidence(0.0, 1.0), "")


@dataclass(slots=True)
class Draft:
    """An answer in the making. `started` is a reading of `perf_counter`; `rewriting` is what it
    cost to make `query` of the question."""

    question: str
    turns: tuple[Turn, ...]
    language: str
    scope: Scope
    started: float
    query: str = ""
    rewriting: ModelEnd = field(default_factory=ModelEnd)
    result: SearchResult = _NOTHING
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def phrases(self) -> Phrases:
        return phrases_in(self.language)

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self.result.passages


def find_notice(draft: Draft) -> Answer | None:
    """The reply to what is no question."""
    if is_greeting(draft.question):
        return Answer(draft.phrases.greeting, Outcome.NOTICE)
    if is_thanks(draft.question):
        return Answer(draft.phrases.thanks, Outcome.NOTICE)
    return None


def conclude(
    draft: Draft, end: ModelEnd, model: str, text: str, offered: int, *, denied: bool
) -> Answer:
    """The answer that a complete reply comes to; `offered` passages were in the prompt. `denied`:
    somewhere in it the model said that they do not hold the answer."""
    if not text:
        return refuse(draft, end, model)
    checked = check(text, draft.passages[:offered])
    if checked.citations:
        note = draft.phrases.no_model if model == EXTRACTIVE else ""
        note = draft.phrases.answer_cut if end.truncated else note
        answer = _fill(draft, end, model, checked.text, Outcome.ANSWERED, note)
        return replace(answer, citations=checked.citations)
    if denied or sounds_like_refusal(text):
        return refuse(draft, end, model)
    return quote(draft, end, model, draft.phrases.unsupported)


def refuse(draft: Draft, end: ModelEnd, model: str) -> Answer:
    """That the documents hold no answer, and which come nearest."""
    text = draft.phrases.refusal
    nearest = dict.fromkeys(_name(passage) for passage in draft.passages)
    if nearest:
        names = "\n".join(f"- {name}" for name in list(nearest)[:_NEAREST])
        text = f"{text}\n\n{draft.phrases.closest}\n{neutralise(names, allow(draft.passages))}"
    return _fill(draft, end, model, text, Outcome.NOT_FOUND)


def _name(passage: Passage) -> str:
    source = passage.source
    return f"{source.title} ({source.path})" if source.title else source.path


def quote(draft: Draft, end: ModelEnd, model: str, note: str) -> Answer:
    """The documents' own statements, in place of a model's."""
    text = "".join(render(extract(draft.query, draft.passages)))
    checked = check(neutralise(text, allow(draft.passages)), draft.passages)
    answer = _fill(draft, end, model, checked.text, Outcome.PASSAGES_ONLY, note)
    return replace(answer, citations=checked.citations)


def _fill(
    draft: Draft, end: ModelEnd, model: str, text: str, outcome: Outcome, note: str = ""
) -> Answer:
    result, first = draft.result, draft.rewriting
    prices = (result.price, first.price, end.price)
    known = [price for price in prices if price is not None]
    seconds = {**draft.seconds, "total": perf_counter() - draft.started}
    return Answer(
        text,
        outcome,
        passages=result.passages,
        usage=Usage(
            model,
            first.prompt_tokens + end.prompt_tokens,
            first.cached_tokens + end.cached_tokens,
            first.completion_tokens + end.completion_tokens,
            result.embedding_tokens,
            sum(known) if len(known) == len(prices) else None,
            seconds,
            result.reranking_tokens,
        ),
        index_version=result.index_version,
        query=draft.query,
        evidence=result.evidence,
        scope=draft.scope,
        note=" ".join(filter(None, (note, draft.phrases.words_only if result.degraded else ""))),
    )
