"""What the OpenAI-compatible peer can be told to do: replies and faults, one a request."""

import json
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A streamed answer; `delay` seconds before each piece."""

    pieces: tuple[str, ...]
    delay: float = 0.0
    finish_reason: str | None = "stop"
    usage: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """An error as OpenAI writes it."""

    status: int
    message: str = "The server had an error."
    code: str | None = None
    param: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Any body with any content type, status 200."""

    body: str
    content_type: str = "text/html"


@dataclass(frozen=True, slots=True)
class Wait:
    """Accepts the request and answers after `seconds` (by default long after any test)."""

    seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Hangs up, after `pieces` of an answer."""

    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """A stream of these `data:` lines as they stand; then it stalls or ends."""

    lines: tuple[str, ...]
    stall: bool = False


@dataclass(frozen=True, slots=True)
class Vectors:
    """Changes the vectors of one embedding response: `drop` leaves that many out, `shorten` cuts
    that much off the last, `fill` puts a value into the first, `shuffle` sends them last first."""

    drop: int = 0
    shorten: int = 0
    fill: float | None = None
    shuffle: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """Changes the scores of one reranking response: `drop` leaves that many out, `shift` is added
    to each index, `fill` puts a value into the first; without `usage` no tokens are told."""

    drop: int = 0
    shift: int = 0
    fill: float | None = None
    usage: bool = True


@dataclass(frozen=True, slots=True)
class Strike:
    """The client's end: `strike` is told the port that it called from, and nothing is answered."""

    strike: Callable[[int], None]


Answered = Reply | Status | Raw | Wait | Disconnect | Events | Vectors | Scores
Action = Answered | Strike


def make_chunk(text: str | None, finish_reason: str | None = None) -> str:
    """One chunk of a stream with a piece of text."""
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "peer",
            "choices": [
                {
                    "index": 0,
                    "delta": {} if text is None else {"content": text},
                    "finish_reason": finish_reason,
                }
            ],
        }
    )


FAULTS: dict[str, Action] = {
    "error 500": Status(500),
    "overloaded 503": Status(503, "Overloaded."),
    "wrong key": Status(401, "Incorrect API key provided: sk-test********.", "invalid_api_key"),
    "unknown model": Status(404, "The model `x` does not exist.", "model_not_found"),
    "busy, short": Status(429, "Rate limit reached.", "rate_limit_exceeded", retry_after="0"),
    "busy, long": Status(429, "Rate limit reached.", "rate_limit_exceeded", retry_after="90"),
    "no quota": Status(429, "You exceeded your current quota.", "insufficient_quota"),
    "never answers": Wait(),
    "slow headers": Wait(0.3),
    "stall": Events((make_chunk("Hello"),), stall=True),
    "trickle": Reply(("word ",) * 1000, delay=0.05),
    "cut": Events((make_chunk("Hello"), make_chunk(" wor"))),
    "cut before text": Events(()),
    "disconnect": Disconnect(("Hello", " wor")),
    "disconnect at once": Disconnect(),
    "error event": Events(
        (
            make_chunk("Hello"),
            '{"error": {"message": "The server is overloaded.", "type": "server_error"}}',
        )
    ),
    "html": Raw("<html><body>Welcome to our wireless network</body></html>"),
    "json instead of stream": Raw('{"choices": []}', "application/json"),
    "broken chunk": Events((make_chunk("Hello"), '{"choices": [{"delta": {"con')),
    "strange chunk": Events(('{"choices": [{"index": 0, "delta": "hello"}]}',)),
    "choices by name": Events(('{"id": "1", "choices": {"first": {}}}',)),
    "deep chunk": Events(("[" * 100_000,)),
    "no choices": Events(('{"id": "1", "object": "chat.completion.chunk", "choices": []}',)),
    "content filter": Reply(("Hello",), finish_reason="content_filter"),
    "length": Reply(("Hello", " wor"), finish_reason="length"),
    "length, no text": Reply((), finish_reason="length"),
    "empty": Reply(()),
    "thought alone": Reply(("<think>", "Hm.")),
    "thought, cut": Reply(("<think>", "Hm."), finish_reason="length"),
    "no usage": Reply(("Hello",), usage=False),
    "too few vectors": Vectors(drop=1),
    "uneven vectors": Vectors(shorten=1),
    "not a number": Vectors(fill=float("nan")),
    "infinite": Vectors(fill=float("inf")),
    "shuffled": Vectors(shuffle=True),
    "too few scores": Scores(drop=1),
    "scores of others": Scores(shift=1),
    "score that is no number": Scores(fill=float("nan")),
    "no usage of scores": Scores(usage=False),
}
