"""What OpenAI refuses of a request, and in which words."""

from collections.abc import Iterable
from typing import Any

from tests.peers.openai_content import count_words
from tests.peers.openai_script import Status

TOKENS_PER_INPUT = 8192
TOKENS_PER_REQUEST = 300_000

_CHAT = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "stop",
        "seed",
        "user",
        "reasoning_effort",
        "verbosity",
        "prompt_cache_key",
        "safety_identifier",
        "store",
        "metadata",
        "n",
        "response_format",
        "frequency_penalty",
        "presence_penalty",
        "service_tier",
    )
)
_EMBEDDINGS = frozenset(("model", "input", "dimensions", "encoding_format", "user"))
_RERANKING = frozenset(("model", "query", "documents", "top_n"))
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")

JSON = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


def check_chat(body: JSON, models: Iterable[str], refused: frozenset[str]) -> None:
    """Raises Refusal."""
    _check_names(body, _CHAT - refused)
    _check_model(body, models)
    messages = body.get("messages")
    _require(isinstance(messages, list) and messages != [], "messages", "a list of messages")
    assert isinstance(messages, list)
    for message in messages:
        known = isinstance(message, dict) and set(message) <= {"role", "content", "name"}
        _require(known, "messages", "messages of role and content")
        _require(
            message.get("role") in ("system", "developer", "user", "assistant"),
            "messages",
            "a known role",
        )
        _require(isinstance(message.get("content"), str), "messages", "a string as content")
    _require(not {"max_tokens", "max_completion_tokens"} <= body.keys(), "max_tokens", "one limit")
    for name in {"max_tokens", "max_completion_tokens"} & body.keys():
        _require(isinstance(body[name], int) and body[name] > 0, name, "a whole number above 0")
    _require(0 <= body.get("temperature", 1) <= 2, "temperature", "a number from 0 to 2")
    _require(body.get("reasoning_effort", "low") in _EFFORTS, "reasoning_effort", "an effort")
    _require(
        bool(body.get("stream")) or "stream_options" not in body,
        "stream_options",
        "only allowed when streaming",
    )


def check_embeddings(
    body: JSON, models: Iterable[str], refused: frozenset[str], most_inputs: int
) -> None:
    """Raises Refusal."""
    _check_names(body, _EMBEDDINGS - refused)
    _check_model(body, models)
    texts = [body.get("input")] if isinstance(body.get("input"), str) else body.get("input")
    _require(isinstance(texts, list) and texts != [], "input", "a string or a list of them")
    assert isinstance(texts, list)
    _require(all(isinstance(text, str) and text for text in texts), "input", "no empty string")
    if len(texts) > most_inputs:
        message = f"batch size is invalid, it should not be larger than {most_inputs}."
        raise Refusal(Status(400, message, "invalid_value"))
    tokens = [count_words(text) for text in texts]
    if max(tokens) > TOKENS_PER_INPUT:
        message = f"The maximum context length is 8192 tokens, you requested {max(tokens)}."
        raise Refusal(Status(400, message, "context_length_exceeded"))
    if sum(tokens) > TOKENS_PER_REQUEST:
        message = f"Requested {sum(tokens)} tokens, max 300000 tokens per request."
        raise Refusal(Status(400, message, "max_tokens_per_request"))
    encoding = body.get("encoding_format", "float")
    _require(encoding in ("float", "base64"), "encoding_format", "float or base64")
    dimensions = body.get("dimensions", 1)
    _require(isinstance(dimensions, int) and dimensions > 0, "dimensions", "a whole number")


def check_reranking(body: JSON, models: Iterable[str]) -> None:
    """As strict as the strictest of the servers that have /rerank. Raises Refusal."""
    _check_names(body, _RERANKING)
    _check_model(body, models)
    query, documents = body.get("query"), body.get("documents")
    _require(isinstance(query, str) and bool(query.strip()), "query", "a text")
    _require(isinstance(documents, list) and documents != [], "documents", "a list of texts")
    assert isinstance(documents, list)
    _require(all(isinstance(one, str) and one for one in documents), "documents", "no empty text")
    _require(body.get("top_n") in range(1, len(documents) + 1), "top_n", "at most all of them")


def _check_names(body: JSON, known: frozenset[str]) -> None:
    for name in body:
        if name not in known:
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            raise Refusal(Status(400, message, "unsupported_parameter", name))


def _check_model(body: JSON, models: Iterable[str]) -> None:
    model = body.get("model")
    _require(isinstance(model, str) and bool(model), "model", "a model name")
    if (known := tuple(models)) and model not in known:
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise Refusal(Status(404, message, "model_not_found"))


def _require(condition: bool, param: str, what: str) -> None:
    if not condition:
        raise Refusal(Status(400, f"Invalid '{param}': expected {what}.", "invalid_value", param))
