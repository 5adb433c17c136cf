"""Reranking by a model that a server offers at `POST /rerank`.

No standard, but one form: that of Jina, which llama.cpp's server (`--reranking`), vLLM, LocalAI and
Cohere (v2) take and give as well. `{model, query, documents, top_n}` is answered by `{results:
[{index, relevance_score}], usage: {total_tokens}}`, best first; `index` is the place in
`documents`, the scale of the scores is each model's own, and not all send `usage`. See "POST
/reranking" in tools/server/README.md of llama.cpp and the Rerank API of vLLM, Jina and Cohere.
"""

import json
import math
from collections.abc import Sequence
from typing import Any, Self

import httpx2

from bot.errors import ModelBroken
from bot.models.breaker import Breaker
from bot.models.openai_client import build_client, find_reranking_server
from bot.models.openai_faults import Fault, Role, not_json
from bot.models.patience import Patience
from bot.models.retrying import insist
from bot.models.surrogates import replace_surrogates
from bot.seams import Reranked
from bot.settings import Settings

# A person who asks has the order of the searches instead.
SECONDS, TRIES = 5.0, 2


class OpenAIReranker:
    """A Reranker."""

    def __init__(self, model: str, settings: Settings, *, seconds: float = SECONDS) -> None:
        self._model = model
        self._price = settings.reranker_price
        self._seconds = seconds
        server = find_reranking_server(settings)
        self._client = build_client(server)
        self._role = Role(
            model=model,
            model_setting="OPENBOOK_RERANKER",
            server=server,
            slow_remedy="Try again later, or set OPENBOOK_RERANKER to a faster model.",
            long_remedy="Set OPENBOOK_RERANKER to one that reads longer texts.",
        )
        self._breaker = Breaker()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def rerank(self, query: str, texts: Sequence[str]) -> Reranked:
        body = {
            "model": self._model,
            "query": replace_surrogates(query),
            "documents": [replace_surrogates(text) for text in texts],
            "top_n": len(texts),
        }
        patience = Patience(self._seconds)
        with self._breaker.guard():
            return await insist(lambda: self._request(body, patience), self._role, patience, TRIES)

    async def _request(self, body: dict[str, Any], patience: Patience) -> Reranked:
        request = self._client.post("/rerank", body=body, cast_to=httpx2.Response)
        reply = json.loads((await patience.wait(request, patience.left)).content)
        scores = self._read_scores(reply, len(body["documents"]))
        tokens = _read_tokens(reply)
        return Reranked(scores, tokens, self._price_out(tokens))

    def _read_scores(self, reply: Any, count: int) -> tuple[float, ...]:  # noqa: ANN401  (JSON)
        try:
            results = sorted(
                (int(one["index"]), float(one["relevance_score"])) for one in reply["results"]
            )
        except (ValueError, KeyError, TypeError, OverflowError):
            raise Fault(not_json(self._role.server.remedy)) from None
        if [index for index, _ in results] != list(range(count)):
            raise _broken(f"did not give each of {count} passages one score")
        if not all(math.isfinite(score) for _, score in results):
            raise _broken("gave scores that are not finite")
        return tuple(score for _, score in results)

    def _price_out(self, tokens: int) -> float | None:
        """Unknown too where the server does not tell the tokens, unless they are free."""
        if self._price is None or (self._price and not tokens):
            return None
        return tokens * self._price / 1e6


def _read_tokens(reply: dict[str, Any]) -> int:
    usage = reply.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and tokens > 0 else 0


def _broken(what: str) -> Fault:
    return Fault(ModelBroken(f"The reranking server {what}.", "Check OPENBOOK_RERANKER."))
