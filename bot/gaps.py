"""Questions that the documents do not answer, those that mean the same together."""

from collections.abc import Collection, Sequence

import numpy
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.nouns import Gap, Unanswered
from bot.seams import Casebook, Embedder
from bot.search.terms import cut_subject_terms

MOST = 500  # questions that are looked at, the last ones
# From which likeness on two questions are taken for one: the cosine of their vectors, by the model
# that they are of, and the share of the terms of both that they have in common.
ALIKE = {"local": 0.66, "e5": 0.90}
ALIKE_ELSEWHERE = 0.65
SHARED = 0.3


class Gaps:
    def __init__(self, casebook: Casebook, embedder: Embedder | None) -> None:
        self._casebook = casebook
        self._embedder = embedder

    async def read(self) -> list[Gap]:
        """The most frequent first, of those the newest. Raises LedgerError."""
        gaps = await self._group(await self._casebook.read_unanswered(MOST))
        return sorted(gaps, key=lambda gap: (len(gap.questions), gap.number), reverse=True)

    async def find(self, number: int) -> Gap | None:
        """That with the question of the number, whatever its place in the list is by now."""
        gaps = await self.read()
        return next((gap for gap in gaps if any(q.number == number for q in gap.questions)), None)

    async def find_open(self, numbers: Collection[int]) -> Gap | None:
        """Those of these questions that are open still."""
        questions = await self._casebook.read_unanswered(MOST)
        left = tuple(one for one in questions if one.number in numbers)
        return Gap(left) if left else None

    async def find_alike(self, question: str) -> Gap | None:
        gaps = await self.read()
        return next((gap for gap in gaps if question in gap.wordings), None)

    async def settle(self, gap: Gap) -> None:
        await self._casebook.settle([one.number for one in gap.questions])

    async def _group(self, questions: Sequence[Unanswered]) -> list[Gap]:
        """Each question joins the first group whose oldest question it is like enough."""
        if not questions:
            return []
        likeness, enough = await self._compare([one.question for one in questions])
        groups: list[list[int]] = []
        for index in range(len(questions)):
            like = [group for group in groups if likeness[index, group[0]] >= enough]
            if like:
                max(like, key=lambda group: float(likeness[index, group[0]])).append(index)
            else:
                groups.append([index])
        return [Gap(tuple(questions[index] for index in group)) for group in groups]

    async def _compare(self, texts: Sequence[str]) -> tuple[NDArray[numpy.float32], float]:
        """How like each is to each, and from where on they mean the same. Terms decide where the
        embedder is away."""
        if self._embedder is not None:
            try:
                vectors = await self._embedder.embed_passages(texts)
            except ModelError:
                return _compare_terms(texts), SHARED
            kind = self._embedder.identity.partition(" ")[0]
            return vectors @ vectors.T, ALIKE.get(kind, ALIKE_ELSEWHERE)
        return _compare_terms(texts), SHARED


def _compare_terms(texts: Sequence[str]) -> NDArray[numpy.float32]:
    terms = [frozenset(cut_subject_terms(text)) for text in texts]
    return numpy.array(
        [[len(a & b) / (len(a | b) or 1) for b in terms] for a in terms], dtype=numpy.float32
    )
