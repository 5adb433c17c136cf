"""The chat model for when there is none: it quotes instead of writing."""

from collections.abc import AsyncIterator, Sequence

from bot.answering.conversation import combine_with_turns, depends_on_turns
from bot.answering.extracting import EXTRACTIVE, extract, render
from bot.nouns import Turn
from bot.seams import ModelEnd, ModelText, Prompt, Rewritten


class ExtractiveModel:
    """Answers with one to four statements of the prompt's passages, each marked `[n]`. Needs no
    network, costs nothing and never fails."""

    name = EXTRACTIVE
    window = 1_000_000

    async def reply(self, prompt: Prompt) -> AsyncIterator[ModelText | ModelEnd]:
        question = prompt.question
        if prompt.turns and depends_on_turns(question):
            question = combine_with_turns(question, prompt.turns)
        for piece in render(extract(question, prompt.passages)):
            yield ModelText(piece)
        yield ModelEnd()

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> Rewritten:
        """The question with what the conversation was about, if it depends on that."""
        if depends_on_turns(question):
            question = combine_with_turns(question, turns)
        return Rewritten(question)
