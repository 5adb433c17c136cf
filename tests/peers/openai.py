"""An OpenAI-compatible server on loopback that validates like OpenAI and fails when told to.

By hand: `python -m tests.peers.openai --port 8080 [--fault NAME]`, then
`OPENAI_BASE_URL=http://127.0.0.1:8080/v1`.
"""

import argparse
import asyncio
import base64
import json
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import numpy
from aiohttp import web
from numpy.typing import NDArray

from tests.peers import openai_content, openai_rules
from tests.peers.openai_rules import Refusal
from tests.peers.openai_script import (
    FAULTS,
    Action,
    Answered,
    Disconnect,
    Events,
    Raw,
    Reply,
    Scores,
    Status,
    Strike,
    Vectors,
    Wait,
    make_chunk,
)

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came, whatever was answered."""

    path: str
    body: JSON
    authorization: str


@dataclass
class OpenAIPeer:
    """An async context manager; `url` is set inside.

    Each chat, embedding or reranking request takes the next action of `script`, then `always`,
    else is answered sensibly. `received` is set by a request, `abandoned` by a client that hung up
    first.
    """

    port: int = 0
    key: str | None = None
    models: tuple[str, ...] = ()  # empty: any
    shutdown_dates: dict[str, str] = field(default_factory=dict)
    model_list: Raw | None = None  # instead of the list of `models`
    refused: frozenset[str] = frozenset()  # parameters this server does not know
    most_inputs: int = 2048
    dimensions: int = 64
    script: deque[Action] = field(default_factory=deque)
    always: Action | None = None
    requests: list[Recorded] = field(default_factory=list)
    received: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 28)
        app.router.add_post("/v1/chat/completions", self._guarded(self._chat))
        app.router.add_post("/v1/embeddings", self._guarded(self._embeddings))
        app.router.add_post("/v1/rerank", self._guarded(self._rerank))
        app.router.add_get("/v1/models", self._list_models)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[JSON]:
        return [request.body for request in self.requests]

    def _guarded(
        self, handle: Callable[[web.Request, JSON], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            authorization = request.headers.get("Authorization", "")
            self.requests.append(Recorded(request.path, body, authorization))
            self.received.set()
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            try:
                self._check_key(authorization)
                return await handle(request, body)
            except Refusal as refusal:
                return _refuse(refusal.status)
            except (asyncio.CancelledError, ConnectionError):
                self.abandoned.set()
                raise
            finally:
                self.at_once -= 1

        return handler

    def _check_key(self, authorization: str) -> None:
        if self.key is not None and authorization != f"Bearer {self.key}":
            # As some servers do, it repeats the key: it must not come out anywhere.
            given = authorization.removeprefix("Bearer ")
            raise Refusal(Status(401, f"Incorrect API key provided: {given}.", "invalid_api_key"))

    def _next_action(self, request: web.Request) -> Answered | None:
        action = self.script.popleft() if self.script else self.always
        if isinstance(action, Strike):
            assert request.transport is not None
            action.strike(request.transport.get_extra_info("peername")[1])
            raise asyncio.CancelledError
        return action

    async def _list_models(self, request: web.Request) -> web.Response:
        if self.model_list:
            return _plain(self.model_list)
        models = [
            {
                **{"id": name, "object": "model", "created": 1},
                "shutdown_date": self.shutdown_dates.get(name),
            }
            for name in self.models
        ]
        return web.json_response({"object": "list", "data": models})

    async def _chat(self, request: web.Request, body: JSON) -> web.StreamResponse:
        openai_rules.check_chat(body, self.models, self.refused)
        match self._next_action(request):
            case None:
                words = openai_content.answer(body["messages"])
                reply = Reply(tuple(words[start : start + 8] for start in range(0, len(words), 8)))
            case Reply() as reply:
                pass
            case Wait(seconds):
                await asyncio.sleep(seconds)
                reply = Reply(("Late.",))
            case Events(lines, stall):
                return await self._stream(request, lines, stall=stall)
            case Disconnect(pieces):
                return await self._stream(request, tuple(map(make_chunk, pieces)), abort=True)
            case Vectors() | Scores():
                raise AssertionError("an action of another request for a chat request")
            case action:
                return _plain(action)
        if body.get("stream"):
            return await self._send(request, body, reply)
        return web.json_response(_whole(body, reply))

    async def _send(self, request: web.Request, body: JSON, reply: Reply) -> web.StreamResponse:
        lines = [make_chunk(piece) for piece in reply.pieces]
        if reply.finish_reason:
            lines.append(make_chunk(None, reply.finish_reason))
        if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
            empty: JSON = {"id": "1", "object": "chat.completion.chunk", "choices": []}
            lines.append(json.dumps(empty | {"usage": _count(body, reply)}))
        return await self._stream(request, (*lines, "[DONE]"), delay=reply.delay)

    async def _stream(
        self,
        request: web.Request,
        lines: tuple[str, ...],
        *,
        delay: float = 0.0,
        stall: bool = False,
        abort: bool = False,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for line in lines:
            await asyncio.sleep(delay)
            await response.write(f"data: {line}\n\n".encode())
        if stall:
            await asyncio.sleep(3600)
        if abort and request.transport is not None:
            request.transport.abort()
        return response

    async def _embeddings(self, request: web.Request, body: JSON) -> web.StreamResponse:
        openai_rules.check_embeddings(body, self.models, self.refused, self.most_inputs)
        action = self._next_action(request)
        match action:
            case None | Vectors():
                return web.json_response(self._embed(body, action or Vectors()))
            case Wait(seconds):
                await asyncio.sleep(seconds)
                return web.json_response(self._embed(body, Vectors()))
            case Disconnect():
                return await self._stream(request, (), abort=True)
            case Reply() | Events() | Scores():
                raise AssertionError("an action of another request for an embedding request")
            case action:
                return _plain(action)

    def _embed(self, body: JSON, change: Vectors) -> JSON:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        dimensions = body.get("dimensions", self.dimensions)
        vectors = [openai_content.embed(text, dimensions) for text in texts]
        if change.fill is not None:
            vectors[0][0] = change.fill
        if change.shorten:
            vectors[-1] = vectors[-1][: -change.shorten]
        encode = _encode_base64 if body.get("encoding_format") == "base64" else _encode_float
        data = [
            {"object": "embedding", "index": index, "embedding": encode(vector)}
            for index, vector in enumerate(vectors[: len(vectors) - change.drop])
        ]
        tokens = sum(map(openai_content.count_words, texts))
        return {
            "object": "list",
            "data": data[::-1] if change.shuffle else data,
            "model": body["model"],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    async def _rerank(self, request: web.Request, body: JSON) -> web.StreamResponse:
        openai_rules.check_reranking(body, self.models)
        action = self._next_action(request)
        match action:
            case None | Scores():
                return web.json_response(_score(body, action or Scores()))
            case Wait(seconds):
                await asyncio.sleep(seconds)
                return web.json_response(_score(body, Scores()))
            case Disconnect():
                return await self._stream(request, (), abort=True)
            case Reply() | Events() | Vectors():
                raise AssertionError("an action of another request for a reranking request")
            case action:
                return _plain(action)


def _score(body: JSON, change: Scores) -> JSON:
    """The share of the query's words that each document holds, best first, as the servers do."""
    query, documents = body["query"], body["documents"]
    scores = [openai_content.share_words(query, document) for document in documents]
    scores[0] = scores[0] if change.fill is None else change.fill
    order = sorted(range(len(scores)), key=lambda index: -scores[index])[: body["top_n"]]
    results = [
        {"index": index + change.shift, "relevance_score": scores[index]}
        for index in order[: len(order) - change.drop]
    ]
    tokens = sum(openai_content.count_words(query + document) for document in documents)
    usage = {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if change.usage else {}
    return {"model": body["model"], "object": "list", "results": results, **usage}


def _encode_base64(vector: NDArray[numpy.float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _encode_float(vector: NDArray[numpy.float32]) -> list[float]:
    return [float(value) for value in vector]


def _plain(action: Status | Raw) -> web.Response:
    if isinstance(action, Status):
        return _refuse(action)
    return web.Response(text=action.body, content_type=action.content_type)


def _refuse(status: Status) -> web.Response:
    error = {
        "message": status.message,
        "type": "invalid_request_error" if status.status < 500 else "server_error",
        "param": status.param,
        "code": status.code,
    }
    headers = {"Retry-After": status.retry_after} if status.retry_after else {}
    return web.json_response({"error": error}, status=status.status, headers=headers)


def _count(body: JSON, reply: Reply) -> JSON:
    prompt = sum(openai_content.count_words(message["content"]) for message in body["messages"])
    completion = openai_content.count_words("".join(reply.pieces))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": prompt // 2},
    }


def _whole(body: JSON, reply: Reply) -> JSON:
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [choice],
        "usage": _count(body, reply),
    }


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--fault", choices=sorted(FAULTS), help="what to do with every request")
    options = parser.parse_args()
    peer = OpenAIPeer(port=options.port, always=FAULTS.get(options.fault))
    async with peer:
        sys.stdout.write(f"{peer.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
