"""Makes questions to measure by from answers that their readers found good."""

from collections.abc import Iterable

from bot.nouns import Citation, Kept
from bot.question_file import EvalQuestion, Expected


def make_questions(liked: Iterable[Kept]) -> list[EvalQuestion]:
    """A question for each answer that cites something; of one that was asked again, the last
    answer. What was searched for is asked, since a follow-up says little by itself."""
    questions = {}
    for kept in liked:
        text = (kept.answer.query or kept.question).strip()
        expect = tuple(dict.fromkeys(map(_expect, kept.answer.citations)))
        if text and expect:
            questions[text] = EvalQuestion(text, expect, answerable=True)
    return list(questions.values())


def _expect(citation: Citation) -> Expected:
    """The quoted sentence outlives another way of splitting better than the whole passage."""
    passage = citation.passage
    quoted = citation.quote if citation.quote in passage.text else passage.text
    return Expected(passage.source.path, quoted)
