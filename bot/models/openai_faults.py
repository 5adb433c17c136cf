"""Puts what the SDK, the connection and the model server raise into words for people."""

import logging
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import openai

from bot.errors import ModelAway, ModelBroken, ModelError, ModelRejected
from bot.models.openai_client import CHECK_ADDRESS, Server

_log = logging.getLogger(__name__)
_KEY = re.compile(r"\bsk-[\w*-]{6,}|\bBearer\s+\S+")
_OVERFLOW = re.compile(
    r"context.?(length|size|window)|maximum context|too many tokens|prompt is too long"
    r"|input is too long|input length",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(r"model.{0,60}(not (found|exist|support)|unknown|invalid)", re.IGNORECASE)
_NO_MONEY = re.compile(r"insufficient.?(quota|balance|funds)|exceeded your current quota|billing")
_FILTERED = re.compile(r"content.?(filter|policy|management)|inappropriate content")


@dataclass(frozen=True, slots=True)
class Role:
    """What a client is used for: the model, the setting that names it, where it is served, and
    what to do about a slow server and a text that is too long."""

    model: str
    model_setting: str
    server: Server
    slow_remedy: str
    long_remedy: str = "Set OPENBOOK_CONTEXT_WINDOW to what it can."


class Fault(Exception):
    """An error on its way to who decides about another try; never leaves bot.models.

    `pause` is the seconds after which another try may help; None: none will.
    """

    def __init__(self, error: ModelError, pause: float | None = None) -> None:
        super().__init__(error.problem)
        self.error = error
        self.pause = pause


@contextmanager
def faults(role: Role) -> Iterator[None]:
    """Raises Fault for whatever the SDK, the connection and bad JSON raise."""
    try:
        yield
    except (
        openai.OpenAIError,
        httpx2.HTTPError,
        TimeoutError,
        ValueError,
        RecursionError,  # JSON can be nested deeper than its reader goes
    ) as error:
        fault = explain(error, role)
        words = _without_keys(str(error), role) or type(error).__name__
        _log.warning("%s: %s (%s)", role.model, fault.error.problem, words[:500])
        # Without the cause: tracebacks must not show what a server says, which may hold the key.
        raise fault from None


def _without_keys(text: str, role: Role) -> str:
    key = role.server.key
    return _KEY.sub("***", text.replace(key, "***") if key else text)


def explain(error: Exception, role: Role) -> Fault:
    """Sentences here are fixed: what a server says goes to the log."""
    match error:
        case openai.APIStatusError():
            return _explain_status(error, role)
        case openai.APITimeoutError() if not isinstance(error.__cause__, httpx2.ConnectTimeout):
            return Fault(_slow(role))
        case openai.APIConnectionError():
            return Fault(_unreachable(error.request, role), jitter())
        case TimeoutError() | httpx2.TimeoutException():
            return Fault(_slow(role))
        case openai.APIError() if not isinstance(error, openai.APIResponseValidationError):
            return _explain_stream_error(error, role)
    return Fault(not_json(role.server.remedy))


def _explain_status(error: openai.APIStatusError, role: Role) -> Fault:
    status, words = error.status_code, f"{error.code} {error.message}"
    if status == 402 or (status == 429 and _NO_MONEY.search(words)):
        return Fault(_no_money(role))
    if status == 429:
        return _explain_overload(error)
    if status in (408, 409) or status >= 500:
        pause = _retry_after(error.response)
        return Fault(
            ModelAway(f"The model server has a fault ({status}).", "Ask again later."),
            jitter() if pause is None else pause,
        )
    if status in (401, 403, 404):
        return Fault(_explain_access(status, words, role))
    return Fault(_explain_refusal(status, words, role))


def _explain_access(status: int, words: str, role: Role) -> ModelRejected:
    if status == 401:
        return ModelRejected(
            "The model server refuses the key.", f"Correct {role.server.key_setting}."
        )
    if status == 404 and "model" not in words.lower():
        return ModelRejected("There is no model server at this address.", role.server.remedy)
    return _no_model(role)


def _explain_refusal(status: int, words: str, role: Role) -> ModelRejected:
    if _FILTERED.search(words):
        return filtered()
    if status == 413 or _OVERFLOW.search(words):
        return ModelRejected(
            f"The text is longer than the model {role.model!r} can read.", role.long_remedy
        )
    if _NO_MODEL.search(words):
        return _no_model(role)
    return ModelRejected(
        f"The model server refuses the request ({status}).",
        f"See the log for its reason, and check {role.model_setting} and"
        f" {role.server.address_setting}.",
    )


def _explain_overload(error: openai.APIStatusError) -> Fault:
    pause = _retry_after(error.response)
    when = f"in {pause:.0f} seconds" if pause and pause >= 1 else "in a moment"
    return Fault(
        ModelAway("The model server takes no more requests for now.", f"Ask again {when}."),
        jitter() if pause is None else pause,
    )


def _explain_stream_error(error: openai.APIError, role: Role) -> Fault:
    words = f"{error.code} {error.type} {error.message}"
    if _NO_MONEY.search(words):
        return Fault(_no_money(role))
    if _FILTERED.search(words):
        return Fault(filtered())
    return Fault(
        ModelAway("The model server reported a fault while it answered.", "Ask again later."),
        jitter(),
    )


def not_json(remedy: str = CHECK_ADDRESS) -> ModelBroken:
    return ModelBroken("The model server sent something else than an answer.", remedy)


def filtered() -> ModelRejected:
    return ModelRejected(
        "The content filter of the model server stopped the answer.", "Ask in other words."
    )


def _unreachable(request: httpx2.Request, role: Role) -> ModelAway:
    return ModelAway(
        f"The model server at {request.url.host} cannot be reached.",
        f"Check the network and {role.server.address_setting}.",
    )


def _no_model(role: Role) -> ModelRejected:
    return ModelRejected(
        f"The model server has no model {role.model!r} for this key.",
        f"Correct {role.model_setting}.",
    )


def _slow(role: Role) -> ModelAway:
    return ModelAway("The model server did not answer in time.", role.slow_remedy)


def _no_money(role: Role) -> ModelRejected:
    return ModelRejected(
        "The account at the model server has no credit left.",
        f"Add credit, or put another key into {role.server.key_setting}.",
    )


def jitter() -> float:
    return random.SystemRandom().uniform(0.2, 0.6)


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds that the server asks to wait, from either of its headers."""
    headers = response.headers
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
