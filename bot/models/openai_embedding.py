"""Embeddings from OpenAI or a compatible server, within its limits."""

import asyncio
from collections.abc import Awaitable, Sequence
from functools import cached_property
from typing import Self

import httpx2
import numpy
import openai

from bot.errors import ModelBroken, ModelRejected
from bot.models.breaker import Breaker
from bot.models.embedding_batches import (
    TOKENS_PER_TEXT,
    find_smaller,
    is_about_size,
    plan_batches,
)
from bot.models.embedding_response import read_vectors
from bot.models.openai_client import build_client, find_server
from bot.models.openai_faults import Fault, Role
from bot.models.openai_parameters import Parameters, names_parameter
from bot.models.patience import Patience
from bot.models.prices import find_dimensions, find_embedding_price
from bot.models.retrying import insist
from bot.models.surrogates import replace_surrogates
from bot.models.tokens import TokenCounter, load_counter
from bot.seams import Vectors
from bot.settings import Settings

VERSION = 1  # to be raised whenever the same texts would be sent otherwise
IN_FLIGHT = 4
# An index run can wait out a rate limit; a person who asks gets the other searches instead.
PASSAGE_SECONDS, PASSAGE_TRIES = 180.0, 5
QUERY_SECONDS, QUERY_TRIES = 8.0, 2
EMPTY = "-"  # sent for texts without a word: servers refuse empty ones


class OpenAIEmbedder:
    """Learns the vectors' length, and what the server refuses, from its answers."""

    def __init__(self, settings: Settings, *, query_seconds: float = QUERY_SECONDS) -> None:
        self._query_seconds = query_seconds
        self._settings = settings
        self._model = settings.embedding_model
        self._query_model = settings.query_embedding_model or settings.embedding_model
        self._most = settings.embedding_batch
        self._dimensions = settings.embedding_dimensions
        if self._dimensions is None and settings.openai_base_url is None:
            self._dimensions = find_dimensions(settings.embedding_model)
        server = find_server(settings)
        self._client = build_client(server)
        self._role = Role(
            model=settings.embedding_model,
            model_setting="OPENBOOK_EMBEDDING_MODEL",
            server=server,
            slow_remedy="Try again later.",
            long_remedy="Set OPENBOOK_EMBEDDING_MODEL to one that reads longer texts.",
        )
        self._parameters = Parameters(
            [("encoding_format", "base64"), ("encoding_format", "float")],
        )
        self._breaker = Breaker()
        self.price_per_million = find_embedding_price(settings)

    @property
    def identity(self) -> str:
        shortened = self._settings.embedding_dimensions or "full"
        prefix = f" prefix {self._settings.passage_prefix!r}" * bool(self._settings.passage_prefix)
        return f"openai {self._model} dimensions {shortened}{prefix} version {VERSION}"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def dimensions(self) -> int:
        if self._dimensions is None:
            return len(await self.embed_query("dimensions"))
        return self._dimensions

    def count(self, text: str) -> int:
        return min(self._counter.count(self._settings.passage_prefix + text), TOKENS_PER_TEXT)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return numpy.empty((0, await self.dimensions()), numpy.float32)
        ready, batches = await asyncio.to_thread(self._prepare, texts)
        turn = asyncio.Semaphore(IN_FLIGHT)

        async def embed(batch: slice) -> Vectors:
            async with turn:
                return await self._embed(
                    ready[batch], self._model, Patience(PASSAGE_SECONDS), PASSAGE_TRIES
                )

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(embed(batch)) for batch in batches]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return numpy.concatenate([task.result() for task in tasks])

    async def embed_query(self, text: str) -> Vectors:
        ready = await asyncio.to_thread(self._cut, self._settings.query_prefix + text)
        with self._breaker.guard():
            vectors = await self._embed(
                [ready], self._query_model, Patience(self._query_seconds), QUERY_TRIES
            )
        return numpy.asarray(vectors[0])

    @cached_property
    def _counter(self) -> TokenCounter:
        return load_counter(self._model)

    def _prepare(self, texts: Sequence[str]) -> tuple[list[str], list[slice]]:
        ready = [self._cut(self._settings.passage_prefix + text) for text in texts]
        return ready, plan_batches([self._counter.count(text) for text in ready], self._most)

    def _cut(self, text: str) -> str:
        text = replace_surrogates(text)
        if not text.strip():
            return EMPTY
        if len(text.encode()) <= TOKENS_PER_TEXT:  # no token is shorter than a byte
            return text
        return self._counter.cut(text, TOKENS_PER_TEXT)

    async def _embed(
        self, texts: Sequence[str], model: str, patience: Patience, tries: int
    ) -> Vectors:
        return await insist(
            lambda: self._request(texts, model, patience), self._role, patience, tries
        )

    async def _request(self, texts: Sequence[str], model: str, patience: Patience) -> Vectors:
        """One request, or as many as are needed for texts that are too many for one."""
        while len(texts) <= self._most:
            sent = self._parameters.current()
            try:
                response = await patience.wait(self._post(texts, model, sent), patience.left)
            except openai.APIStatusError as refusal:
                self._learn(refusal, sent, len(texts))
            else:
                vectors = await asyncio.to_thread(read_vectors, response.content, len(texts))
                self._check_dimensions(vectors.shape[1])
                return vectors
        parts = [texts[start : start + self._most] for start in range(0, len(texts), self._most)]
        return numpy.concatenate([await self._request(part, model, patience) for part in parts])

    def _post(
        self, texts: Sequence[str], model: str, sent: dict[str, object]
    ) -> Awaitable[httpx2.Response]:
        wanted = self._settings.embedding_dimensions
        body = {"model": model, "input": texts, **sent}
        if wanted is not None:
            body["dimensions"] = wanted
        return self._client.post("/embeddings", body=body, cast_to=httpx2.Response)

    def _learn(self, refusal: openai.APIStatusError, sent: dict[str, object], texts: int) -> None:
        """Raises `refusal` again where there is nothing to learn from it."""
        if self._settings.embedding_dimensions and names_parameter(refusal, "dimensions"):
            raise Fault(
                ModelRejected(
                    f"The model {self._model!r} cannot shorten its vectors.",
                    "Unset OPENBOOK_EMBEDDING_DIMENSIONS.",
                )
            )
        if self._parameters.learn(refusal, sent):
            return
        if texts == 1 or not is_about_size(refusal):
            raise refusal
        self._most = min(self._most, find_smaller(refusal, texts))

    def _check_dimensions(self, found: int) -> None:
        if self._dimensions is None:
            self._dimensions = found
        if found != self._dimensions:
            remedy = (
                "Unset OPENBOOK_EMBEDDING_DIMENSIONS."
                if self._settings.embedding_dimensions
                else "Check OPENBOOK_EMBEDDING_MODEL and OPENBOOK_QUERY_EMBEDDING_MODEL."
            )
            raise Fault(
                ModelBroken(
                    f"The embedding server gives vectors of {found} numbers instead of "
                    f"{self._dimensions}.",
                    remedy,
                )
            )
